use gpu_lstm::engine::reference;

use crate::common::device::{devices, rounded};
use crate::common::numeric::random;
use crate::common::{assert_close_f64, sum_of};

#[test]
fn the_partial_sums_add_up_to_the_twin() {
    for (len, partials) in [(4, 1), (1000, 3), (40_000, 64)] {
        let values = rounded(random(1, len));
        let want = reference::sum_squares(&values);
        for device in devices() {
            let (values, out) = (device.tensor([len], &values), device.nan([partials]));
            device.run(|recorder, kernels| kernels.sum_squares.record(recorder, &values, &out));
            let sum: f64 = device.read(&out).iter().map(|&partial| f64::from(partial)).sum();
            let worst = assert_close_f64("sum_squares", &[sum], &[want], sum_of(len / partials));
            println!("parity | {:?} | sum_squares {len} | {worst:.1e}", device.gpu.family());
        }
    }
}
