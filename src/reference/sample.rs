//! Draws a class from logits. Twin of `shaders/sample.wgsl`.
//!
//! 1. `p = softmax(logits / temperature)` over the allowed classes.
//! 2. Rank these by p, largest first; of equals, the lower index first.
//! 3. Keep a class if its rank (from 0) is below `top_k`, the probabilities ranked before it sum to less than `top_p`,
//!    and its own is at least `min_p` times the largest. The first is always kept.
//! 4. Let `kept_total` be the sum of the kept probabilities. Walk the kept classes by index and take the first at which
//!    their running sum exceeds `uniform·kept_total`.

/// The class drawn by `uniform`, a number in `[0, 1)`, from `logits`, `[V]`, which must be finite, among those that are
/// `allowed`, `[V]`, at least one.
///
/// `temperature` 0 gives the largest logit, the lowest index of equals. Switched off: `top_k` 0, `top_p` 1 (or more),
/// `min_p` 0.
pub fn sample(
    logits: &[f64],
    allowed: &[bool],
    temperature: f64,
    top_k: usize,
    top_p: f64,
    min_p: f64,
    uniform: f64,
) -> usize {
    assert_eq!(logits.len(), allowed.len());
    let classes: Vec<usize> = (0..logits.len()).filter(|&class| allowed[class]).collect();
    let max = classes.iter().map(|&class| logits[class]).fold(f64::NEG_INFINITY, f64::max);
    if temperature == 0.0 {
        let first = classes.into_iter().find(|&class| logits[class] == max);
        return first.expect("the largest logit is one of them");
    }

    let mut p = vec![0.0; logits.len()];
    for &class in &classes {
        p[class] = ((logits[class] - max) / temperature).exp();
    }
    let total: f64 = p.iter().sum();
    p.iter_mut().for_each(|p| *p /= total);

    // `sort_by` is stable: equals stay in the order of their index.
    let mut ranked = classes;
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
