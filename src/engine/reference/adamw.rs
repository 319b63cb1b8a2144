//! One step of the optimizer `AdamW`, exactly as `torch.optim.AdamW`. Twin of `shaders/adamw.wgsl`.
//!
//! ```text
//! gradient   = gradients·clip_scale
//! parameters = parameters·(1 - learning_rate·weight_decay)
//! m          = beta1·m + (1 - beta1)·gradient
//! v          = beta2·v + (1 - beta2)·gradient²
//! m̂, v̂       = m / (1 - beta1^step), v / (1 - beta2^step)
//! parameters = parameters - learning_rate·m̂ / (√v̂ + eps)
//! ```
//!
//! `eps` stands outside the corrected root, and the decay is decoupled: it does not pass through the moments.

/// Updates `parameters` and the moments `m` and `v` in place; all four slices have one length.
///
/// `step` counts from 1, with both moments 0 before the first. `gradients` are multiplied by `clip_scale` first.
pub fn adamw(
    parameters: &mut [f64],
    gradients: &[f64],
    m: &mut [f64],
    v: &mut [f64],
    clip_scale: f64,
    learning_rate: f64,
    beta1: f64,
    beta2: f64,
    eps: f64,
    weight_decay: f64,
    step: u64,
) {
    assert!(step >= 1, "step counts from 1");
    assert_eq!(gradients.len(), parameters.len(), "gradients");
    assert_eq!(m.len(), parameters.len(), "m");
    assert_eq!(v.len(), parameters.len(), "v");
    let correction1 = 1.0 - beta1.powf(step as f64);
    let correction2 = 1.0 - beta2.powf(step as f64);
    for index in 0..parameters.len() {
        let gradient = gradients[index] * clip_scale;
        m[index] = beta1 * m[index] + (1.0 - beta1) * gradient;
        v[index] = beta2 * v[index] + (1.0 - beta2) * gradient * gradient;
        let update = (m[index] / correction1) / ((v[index] / correction2).sqrt() + eps);
        let decayed = parameters[index] * (1.0 - learning_rate * weight_decay);
        parameters[index] = decayed - learning_rate * update;
    }
}
