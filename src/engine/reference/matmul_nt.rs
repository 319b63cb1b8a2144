//! Matrix product with the second factor transposed: carries a gradient back through [`matmul_nn`] to its input.
//! Twin of `shaders/matmul_nt.wgsl`.
//!
//! [`matmul_nn`]: super::matmul_nn

/// `out = a·bᵀ`.
///
/// `a` is `[M, N]`, `b` is `[K, N]`; `out`, `[M, K]`, is written. With `out = x·w` of sizes `m, k, n`, the same
/// `m, k, n` and `a = dout`, `b = w` give `dx`.
pub fn matmul_nt(m: usize, k: usize, n: usize, a: &[f64], b: &[f64], out: &mut [f64]) {
    assert_eq!(a.len(), m * n, "a");
    assert_eq!(b.len(), k * n, "b");
    assert_eq!(out.len(), m * k, "out");
    for row in 0..m {
        for column in 0..k {
            let mut sum = 0.0;
            for inner in 0..n {
                sum += a[row * n + inner] * b[column * n + inner];
            }
            out[row * k + column] = sum;
        }
    }
}
