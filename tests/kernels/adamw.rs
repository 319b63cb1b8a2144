use gpu_lstm::engine::gpu::Recorder;
use gpu_lstm::engine::kernels::AdamwStep;
use gpu_lstm::engine::reference;

use crate::common::Tolerance;
use crate::common::device::{devices, rounded};
use crate::common::numeric::random;

/// Each of five steps rounds parameters, moments and a root: some units in the last place of values up to 1.
const FIVE_STEPS: Tolerance = Tolerance { abs: 3e-6, rel: 1e-5 };

#[test]
fn five_steps_match_the_twin() {
    let (learning_rate, beta1, beta2, eps, weight_decay) = (0.01, 0.9, 0.99, 1e-8, 0.1);
    for len in [4, 60, 1028] {
        let before = rounded(random(1, len));
        let gradients = rounded(random(2, len));
        let mut want = [before.clone(), vec![0.0; len], vec![0.0; len]];
        for step in 1..=5 {
            let [parameters, m, v] = &mut want;
            let clip_scale = f64::from(0.3_f32);
            reference::adamw(
                parameters,
                &gradients,
                m,
                v,
                clip_scale,
                learning_rate,
                beta1,
                beta2,
                eps,
                weight_decay,
                step,
            );
        }
        for device in devices() {
            let (gradients, clip) = (device.tensor([len], &gradients), device.tensor([2], &[5.0, 0.3]));
            let got = [
                device.tensor([len], &before),
                device.tensor([len], &vec![0.0; len]),
                device.tensor([len], &vec![0.0; len]),
            ];
            let mut recorder = Recorder::new(&device.gpu, "test");
            let dispatch = device.kernels.adamw.record(&mut recorder, &gradients, &clip, &got[0], [&got[1], &got[2]]);
            let plan = recorder.finish().expect("a plan");
            for step in 1..=5 {
                dispatch.set_step(&plan, &AdamwStep { learning_rate, beta1, beta2, eps, weight_decay, step });
                plan.submit().expect("it runs");
            }
            for ((name, got), want) in ["parameters", "first_moment", "second_moment"].iter().zip(&got).zip(&want) {
                device.assert_parity(&format!("adamw.{name} {len}"), got, want, FIVE_STEPS);
            }
        }
    }
}
