use gpu_lstm::engine::reference;

use crate::common::device::{devices, rounded};
use crate::common::numeric::random;
use crate::common::sum_of;

#[test]
fn adds_to_the_totals_of_each_head() {
    for rows in [1, 7, 64, 65, 1000] {
        let losses = rounded(random(1, 3 * rows));
        let mut want = vec![1.0, 2.0, 3.0];
        reference::loss_sum(&losses, &mut want);
        for device in devices() {
            let (losses, totals) = (device.tensor([1, rows, 3], &losses), device.tensor([3], &[1.0, 2.0, 3.0]));
            device.run(|recorder, kernels| kernels.loss_sum.record(recorder, &losses, &totals));
            device.assert_parity(&format!("loss_sum {rows}"), &totals, &want, sum_of(rows));
        }
    }
}
