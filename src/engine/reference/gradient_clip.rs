//! Clipping by the global norm, as `torch.nn.utils.clip_grad_norm_`. Twin of `shaders/gradient_clip.wgsl`.

/// The norm of all gradients together, and the factor for them: `(norm, min(1, max_grad_norm / (norm + 1e-6)))`.
///
/// `sum_of_squares` is over all gradients. A `max_grad_norm` of 0 or less means no clipping: the factor is 1. A norm
/// that is not a number gives a factor that is none either, so that the fault is seen.
pub fn gradient_clip(sum_of_squares: f64, max_grad_norm: f64) -> (f64, f64) {
    let norm = sum_of_squares.sqrt();
    if max_grad_norm <= 0.0 {
        return (norm, 1.0);
    }
    let scale = max_grad_norm / (norm + 1e-6);
    // Not `scale.min(1.0)`, which would turn NaN into 1.
    (norm, if scale > 1.0 { 1.0 } else { scale })
}
