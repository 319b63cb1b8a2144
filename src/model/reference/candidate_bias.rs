//! The scores of candidates, added to logits. Twin of `shaders/candidate_bias.wgsl`.

use crate::music::candidates::{CANDIDATES, stacked_rows};

/// `logits[r, y] += v · max(e, 0) + v0` for each candidate y of row r, with e the query of the row plus the rows of `table`
/// that its classes choose.
///
/// `candidates` is `[R, 8, 2]`, of one head; `table` `[126, C]`; `score` `[C + 1]`, v and then v0; `query` `[R, C]`; `logits`
/// `[R, V]`.
pub fn candidate_bias(
    vocab_size: usize,
    candidates: &[u32],
    table: &[f64],
    score: &[f64],
    query: &[f64],
    logits: &mut [f64],
) {
    let size = score.len() - 1;
    for (row, candidates) in candidates.chunks_exact(2 * CANDIDATES).enumerate() {
        for candidate in candidates.chunks_exact(2).filter(|candidate| candidate[0] > 0) {
            let mut bias = score[size];
            for c in 0..size {
                let rows = stacked_rows(candidate[1]);
                let evidence = query[row * size + c] + rows.iter().map(|row| table[row * size + c]).sum::<f64>();
                bias += score[c] * evidence.max(0.0);
            }
            logits[row * vocab_size + candidate[0] as usize - 1] += bias;
        }
    }
}
