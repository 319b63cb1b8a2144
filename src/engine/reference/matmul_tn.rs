//! Matrix product with the first factor transposed: the gradient of the weights in [`matmul_nn`].
//! Twin of `shaders/matmul_tn.wgsl`.
//!
//! [`matmul_nn`]: super::matmul_nn

/// `out = aᵀ·b`, or `out += aᵀ·b` if `accumulate`.
///
/// `a` is `[M, K]`, `b` is `[M, N]`; `out`, `[K, N]`, is written or added to. With `out = x·w` of sizes `m, k, n`, the
/// same `m, k, n` and `a = x`, `b = dout` give `dw`.
pub fn matmul_tn(m: usize, k: usize, n: usize, a: &[f64], b: &[f64], accumulate: bool, out: &mut [f64]) {
    assert_eq!(a.len(), m * k, "a");
    assert_eq!(b.len(), m * n, "b");
    assert_eq!(out.len(), k * n, "out");
    for row in 0..k {
        for column in 0..n {
            let mut sum = if accumulate { out[row * n + column] } else { 0.0 };
            for inner in 0..m {
                sum += a[inner * k + row] * b[inner * n + column];
            }
            out[row * n + column] = sum;
        }
    }
}
