use gpu_lstm::engine::reference;

use crate::common::POINTWISE;
use crate::common::device::devices;

#[test]
fn matches_its_twin_when_it_clips_and_when_not() {
    for (partials, max_grad_norm) in [(vec![9.0, 16.0], 1.0), (vec![0.01, 0.02, 0.06], 1.0), (vec![100.0], 0.0)] {
        let (norm, scale) = reference::gradient_clip(partials.iter().sum(), max_grad_norm);
        for device in devices() {
            let (input, clip) = (device.tensor([partials.len()], &partials), device.nan([2]));
            device.run(|recorder, kernels| {
                kernels.gradient_clip.record(recorder, &input, max_grad_norm as f32, &clip);
            });
            device.assert_parity(&format!("gradient_clip {partials:?}"), &clip, &[norm, scale], POINTWISE);
        }
    }
}

#[test]
fn a_norm_that_is_no_number_is_seen_by_the_host() {
    for device in devices() {
        let (input, clip) = (device.tensor([2], &[1.0, f64::NAN]), device.tensor([2], &[0.0, 0.0]));
        device.run(|recorder, kernels| kernels.gradient_clip.record(recorder, &input, 1.0, &clip));
        assert!(device.read(&clip)[0].is_nan());
    }
}
