//! Sum of squares: the square of the global gradient norm. Twin of `shaders/sum_squares.wgsl`.

/// `Σ values²`.
pub fn sum_squares(values: &[f64]) -> f64 {
    values.iter().map(|value| value * value).sum()
}
