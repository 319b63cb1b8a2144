//! Sum over rows: the gradient of a bias. Twin of `shaders/column_sum.wgsl`.

/// `out[n] = Σ_m a[m, n]`.
///
/// `a` is `[M, N]`; `out`, `[N]`, is written.
pub fn column_sum(m: usize, n: usize, a: &[f64], out: &mut [f64]) {
    assert_eq!(a.len(), m * n, "a");
    assert_eq!(out.len(), n, "out");
    for column in 0..n {
        out[column] = (0..m).map(|row| a[row * n + column]).sum();
    }
}
