//! Table look-up. Twin of `shaders/embedding_forward.wgsl`.

/// `out[r] = weight[tokens[r]]`.
///
/// `weight` is `[V, E]`, `tokens` is `[rows]` with ids below V; `out`, `[rows, E]`, is written.
pub fn embedding_forward(embedding_size: usize, weight: &[f64], tokens: &[u32], out: &mut [f64]) {
    assert_eq!(out.len(), tokens.len() * embedding_size, "out");
    for (row, &token) in tokens.iter().enumerate() {
        for e in 0..embedding_size {
            out[row * embedding_size + e] = weight[token as usize * embedding_size + e];
        }
    }
}
