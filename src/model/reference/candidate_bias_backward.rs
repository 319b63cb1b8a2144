//! The gradients of the scores of candidates. Twin of `shaders/candidate_bias_backward.wgsl`.

use crate::music::candidates::{CANDIDATES, stacked_rows};

/// The gradients of [`candidate_bias`](super::candidate_bias()) by `table`, `score` and `query`, from those of the logits;
/// written. The shapes are those of the forward pass.
pub fn candidate_bias_backward(
    vocab_size: usize,
    candidates: &[u32],
    table: &[f64],
    score: &[f64],
    query: &[f64],
    dlogits: &[f64],
    dtable: &mut [f64],
    dscore: &mut [f64],
    dquery: &mut [f64],
) {
    let size = score.len() - 1;
    [&mut *dtable, &mut *dscore, &mut *dquery].into_iter().for_each(|gradient| gradient.fill(0.0));
    for (row, candidates) in candidates.chunks_exact(2 * CANDIDATES).enumerate() {
        for candidate in candidates.chunks_exact(2).filter(|candidate| candidate[0] > 0) {
            let dbias = dlogits[row * vocab_size + candidate[0] as usize - 1];
            dscore[size] += dbias;
            let rows = stacked_rows(candidate[1]);
            for c in 0..size {
                let evidence = query[row * size + c] + rows.iter().map(|row| table[row * size + c]).sum::<f64>();
                dscore[c] += dbias * evidence.max(0.0);
                let devidence = if evidence > 0.0 { dbias * score[c] } else { 0.0 };
                dquery[row * size + c] += devidence;
                rows.iter().for_each(|row| dtable[row * size + c] += devidence);
            }
        }
    }
}
