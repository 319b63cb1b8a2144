use gpu_lstm::engine::reference;

use crate::common::device::{devices, rounded};
use crate::common::numeric::random;
use crate::common::sum_of;

#[test]
fn adds_to_the_totals_of_each_head() {
    for (rows, heads) in [1, 7, 64, 65, 1000].into_iter().flat_map(|rows| [1, 3, 5, 8].map(|heads| (rows, heads))) {
        let losses = rounded(random(1, heads * rows));
        let before: Vec<f64> = (1..=heads).map(|head| head as f64).collect();
        let mut want = before.clone();
        reference::loss_sum(&losses, &mut want);
        for device in devices() {
            let (losses, totals) = (device.tensor([1, rows, heads], &losses), device.tensor([heads], &before));
            device.run(|recorder, kernels| kernels.loss_sum.record(recorder, &losses, &totals));
            device.assert_parity(&format!("loss_sum {rows}x{heads}"), &totals, &want, sum_of(rows));
        }
    }
}
