//! Matrix product, neither factor transposed: the forward pass of a linear layer. Twin of `shaders/matmul_nn.wgsl`.

/// `out = a·b`, plus `bias` on every row if there is one, then `max(0, ·)` if `relu`.
///
/// `a` is `[M, K]`, `b` is `[K, N]`, `bias` is `[N]`; `out`, `[M, N]`, is written.
pub fn matmul_nn(
    m: usize,
    k: usize,
    n: usize,
    a: &[f64],
    b: &[f64],
    bias: Option<&[f64]>,
    relu: bool,
    out: &mut [f64],
) {
    assert_eq!(a.len(), m * k, "a");
    assert_eq!(b.len(), k * n, "b");
    assert!(bias.is_none_or(|bias| bias.len() == n), "bias");
    assert_eq!(out.len(), m * n, "out");
    for row in 0..m {
        for column in 0..n {
            let mut sum = bias.map_or(0.0, |bias| bias[column]);
            for inner in 0..k {
                sum += a[row * k + inner] * b[inner * n + column];
            }
            // Not `sum.max(0.0)`, which would turn NaN into 0 and hide it.
            out[row * n + column] = if relu && sum < 0.0 { 0.0 } else { sum };
        }
    }
}
