//! Draws a class from logits. Twin of `shaders/sample.wgsl`.
//!
//! 1. `p = softmax(logits / temperature)`.
//! 2. Rank the classes by p, largest first; of equals, the lower index first.
//! 3. Keep a class if its rank (from 0) is below `top_k`, the probabilities ranked before it sum to less than `top_p`,
//!    and its own is at least `min_p` times the largest. The first is always kept.
//! 4. Let `kept_total` be the sum of the kept probabilities. Walk the kept classes by index and take the first at which
//!    their running sum exceeds `uniform·kept_total`.

/// The class drawn by `uniform`, a number in `[0, 1)`, from `logits`, `[V]`, which must be finite.
///
/// `temperature` 0 gives the largest logit, the lowest index of equals. Switched off: `top_k` 0, `top_p` 1 (or more),
/// `min_p` 0.
pub fn sample(logits: &[f64], temperature: f64, top_k: usize, top_p: f64, min_p: f64, uniform: f64) -> usize {
    let max = logits.iter().copied().fold(logits[0], f64::max);
    if temperature == 0.0 {
        let first = logits.iter().position(|&logit| logit == max);
        return first.expect("the largest logit is one of them");
    }

    let weights = logits.iter().map(|logit| ((logit - max) / temperature).exp());
    let total: f64 = weights.clone().sum();
    let p: Vec<f64> = weights.map(|weight| weight / total).collect();

    // `sort_by` is stable: equals stay in the order of their index.
    let mut ranked: Vec<usize> = (0..logits.len()).collect();
    ranked.sort_by(|&left, &right| p[right].total_cmp(&p[left]));

    let mut kept = vec![false; logits.len()];
    let mut mass_before = 0.0;
    for (rank, &class) in ranked.iter().enumerate() {
        kept[class] = rank == 0
            || (top_k == 0 || rank < top_k)
                && (top_p >= 1.0 || mass_before < top_p)
                && p[class] >= min_p * p[ranked[0]];
        mass_before += p[class];
    }

    let kept: Vec<usize> = (0..logits.len()).filter(|&class| kept[class]).collect();
    let kept_total: f64 = kept.iter().map(|&class| p[class]).sum();
    let mut cumulative = 0.0;
    for &class in &kept {
        cumulative += p[class];
        if cumulative > uniform * kept_total {
            return class;
        }
    }
    unreachable!("uniform = {uniform} is not in [0, 1), or a logit is not finite")
}
