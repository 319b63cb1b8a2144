//! Running totals of the losses. Twin of `shaders/loss_sum.wgsl`.

/// `totals[h] += Σ_r losses[r, h]`.
///
/// `losses` is `[rows, heads]`, one column per head; `totals`, `[heads]`, is accumulated into.
pub fn loss_sum(losses: &[f64], totals: &mut [f64]) {
    for row in losses.chunks_exact(totals.len()) {
        for (total, loss) in totals.iter_mut().zip(row) {
            *total += loss;
        }
    }
}
