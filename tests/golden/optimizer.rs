//! `torch.optim.AdamW` and `clip_grad_norm_`.

use gpu_lstm::engine::reference::{adamw, gradient_clip, sum_squares};

use crate::Golden;
use crate::common::numeric::wave;

#[test]
fn six_steps_of_adamw_with_decay() {
    let golden = Golden::read("adamw");
    let mut parameters = wave(0.1, 5);
    let (mut m, mut v) = ([0.0; 5], [0.0; 5]);
    for step in 1..=6 {
        let factor = match step {
            3 => 0.0,
            4 => 1e6,
            _ => 1.0,
        };
        let gradients = wave(step as f64, 5);
        adamw(&mut parameters, &gradients, &mut m, &mut v, factor, 0.03, 0.8, 0.95, 1e-3, 0.2, step);
        golden.assert_equals(&format!("parameters_{step}"), &parameters);
    }
    golden.assert_equals("m", &m);
    golden.assert_equals("v", &v);
}

#[test]
fn clipping_by_the_global_norm() {
    let golden = Golden::read("gradient_clip");
    let gradients = [wave(0.1, 7), wave(0.2, 4)];
    for max_grad_norm in ["0.5", "3.0", "100.0"] {
        let sum = gradients.iter().map(|gradient| sum_squares(gradient)).sum();
        let (norm, scale) = gradient_clip(sum, max_grad_norm.parse().unwrap());
        let clipped = gradients.iter().flatten().map(|gradient| gradient * scale);
        let got: Vec<f64> = [norm].into_iter().chain(clipped).collect();
        golden.assert_equals(max_grad_norm, &got);
    }
}
