//! Gradient of a table look-up. Twin of `shaders/embedding_backward.wgsl`.

/// `dweight[v] = Σ dout[r]` over the rows `r` whose token is `v`; 0 for a token that does not occur.
///
/// `dout` is `[rows, E]`, `tokens` is `[rows]`; `dweight`, `[V, E]`, is written, not accumulated into.
pub fn embedding_backward(embedding_size: usize, dout: &[f64], tokens: &[u32], dweight: &mut [f64]) {
    assert_eq!(dout.len(), tokens.len() * embedding_size, "dout");
    dweight.fill(0.0);
    for (row, &token) in tokens.iter().enumerate() {
        for e in 0..embedding_size {
            dweight[token as usize * embedding_size + e] += dout[row * embedding_size + e];
        }
    }
}
