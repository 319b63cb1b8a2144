//! Gradient of `max(0, x)`, in place. Twin of `shaders/relu_backward.wgsl`.

/// Sets `dout` to 0 where `output`, the result of the forward pass, is not positive, and divides it by 1 - `probability`, that
/// of a dropout after the `ReLU`, elsewhere.
///
/// Both have the same length. The derivative at exactly 0 is taken as 0, as `PyTorch` does.
pub fn relu_backward(probability: f64, output: &[f64], dout: &mut [f64]) {
    assert_eq!(output.len(), dout.len(), "dout");
    for (&output, dout) in output.iter().zip(dout) {
        *dout = if output > 0.0 { *dout / (1.0 - probability) } else { 0.0 };
    }
}
