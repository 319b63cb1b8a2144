use gpu_lstm::engine::reference;

use super::softmax_cross_entropy::in_head;
use crate::common::device::{devices, rounded};
use crate::common::numeric::random;
use crate::common::sum_of;

#[test]
fn matches_its_twin() {
    for (rows, size) in [(1, 1), (5, 7), (64, 8), (67, 130), (9, 501)] {
        for (head, heads) in [(0, 1), (1, 3), (4, 5)] {
            let (prediction, targets) = (rounded(random(1, rows * size)), rounded(random(2, rows * size)));
            let scale = 0.25;
            let (mut losses, mut dprediction) = (vec![0.0; rows], vec![0.0; rows * size]);
            reference::mean_squared_error(size, &prediction, &targets, scale, &mut losses, &mut dprediction);

            // The engine's rows are padded: with different numbers before the kernel, with 0 after it.
            let stride = size.next_multiple_of(8);
            let pad = |values: &[f64], padding: f64| -> Vec<f64> {
                let row = |row: &[f64]| [row, &vec![padding; stride - size]].concat();
                values.chunks_exact(size).flat_map(row).collect()
            };
            for device in devices() {
                let prediction = device.tensor([1, rows, stride], &pad(&prediction, 5.0));
                let targets = device.tensor([1, rows, stride], &pad(&targets, 7.0));
                let got_losses = device.tensor([1, rows, heads], &vec![9.0; heads * rows]);
                let got = device.nan([1, rows, stride]);
                device.run(|recorder, kernels| {
                    let kernel = &kernels.mean_squared_error;
                    kernel.record(recorder, head, size, scale as f32, &prediction, &targets, &got_losses, &got);
                });
                let want = in_head(head, heads, 9.0, &losses);
                let what = |output: &str| format!("mean_squared_error.{output} {rows}x{size} {head}/{heads}");
                device.assert_parity(&what("losses"), &got_losses, &want, sum_of(size));
                device.assert_parity(&what("dprediction"), &got, &pad(&dprediction, 0.0), sum_of(size));
            }
        }
    }
}
