use gpu_lstm::engine::reference;

use crate::common::POINTWISE;
use crate::common::device::{devices, rounded};
use crate::common::numeric::random;

#[test]
fn blocks_the_gradient_where_the_output_is_zero() {
    for len in [12, 60, 256, 1004] {
        let output: Vec<f64> = rounded(random(1, len)).iter().map(|value| value.max(0.0)).collect();
        let before = rounded(random(2, len));
        for probability in [0.0, 0.25] {
            let mut want = before.clone();
            reference::relu_backward(probability, &output, &mut want);
            for device in devices() {
                let (output, doutput) = (device.tensor([len], &output), device.tensor([len], &before));
                device.run(|recorder, kernels| {
                    kernels.relu_backward.record(recorder, probability as f32, &output, &doutput);
                });
                device.assert_parity(&format!("relu_backward {len} {probability}"), &doutput, &want, POINTWISE);
            }
        }
    }
}
