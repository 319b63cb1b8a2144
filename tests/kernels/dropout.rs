use gpu_lstm::engine::gpu::Recorder;
use gpu_lstm::engine::reference;

use crate::common::POINTWISE;
use crate::common::device::{devices, rounded};
use crate::common::numeric::random;

#[test]
fn draws_the_masks_of_its_twin() {
    for (len, probability, seed, counter) in [(8, 0.5, 1, 0), (1028, 0.2, 7, 3), (64, 0.9, u32::MAX, 70_000)] {
        let values = rounded(random(1, len));
        let mut want = values.clone();
        reference::dropout(&mut want, f64::from(probability), seed, counter);
        for device in devices() {
            let got = device.tensor([len], &values);
            let mut recorder = Recorder::new(&device.gpu, "test");
            let site = device.kernels.dropout.record(&mut recorder, &got, probability, seed);
            let plan = recorder.finish().expect("a plan");
            plan.set_counter(site, counter);
            plan.submit().expect("it runs");
            device.assert_parity(&format!("dropout {len} p={probability}"), &got, &want, POINTWISE);
        }
    }
}
