//! Mean squared error and its gradient in one. Twin of `shaders/mean_squared_error.wgsl`.

/// `losses = Σ (prediction - targets)² / N` of each row, `dprediction = 2·(prediction - targets) / N·scale`.
///
/// `prediction` and `targets` are `[R, N]` with N = `size`; `losses`, `[R]`, and `dprediction`, `[R, N]`, are written.
/// `dprediction` is the gradient of `scale·Σ losses`; the losses themselves are not scaled.
pub fn mean_squared_error(
    size: usize,
    prediction: &[f64],
    targets: &[f64],
    scale: f64,
    losses: &mut [f64],
    dprediction: &mut [f64],
) {
    assert_eq!(prediction.len(), losses.len() * size, "prediction");
    assert_eq!(targets.len(), prediction.len(), "targets");
    assert_eq!(dprediction.len(), prediction.len(), "dprediction");
    for (row, loss) in losses.iter_mut().enumerate() {
        *loss = 0.0;
        for at in row * size..(row + 1) * size {
            let error = prediction[at] - targets[at];
            *loss += error.powi(2) / size as f64;
            dprediction[at] = 2.0 * error / size as f64 * scale;
        }
    }
}
