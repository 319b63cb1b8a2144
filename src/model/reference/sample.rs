//! Draws a class from logits. Twin of `shaders/draw_field/sample.wgsl`.
//!
//! 1. `p = softmax(logits / temperature)` over the allowed classes.
//! 2. The filters see the allowed classes without `exempt`. Let `q = softmax(logits / temperature)` over these alone;
//!    without an exempt class, or where it is not allowed, `q = p`. Rank them by q, largest first; of equals, the lower
//!    index first.
//! 3. Keep one of them if its rank (from 0) is below `top_k`, the q ranked before it sum to less than `top_p`, and its own
//!    is at least `min_p` times the largest. The first is always kept. Let `q_kept` be the sum of the q that are kept.
//! 4. The exempt class, where it is allowed, has the probability `p[exempt]`, untouched by the filters; each class kept has
//!    `(1 - p[exempt])·q / q_kept`; all others have none.
//! 5. Walk the classes by index and take the first at which the running sum of these probabilities exceeds `uniform` times
//!    their sum (which is 1, but for rounding).

/// The class drawn by `uniform`, a number in `[0, 1)`, from `logits`, `[V]`, which must be finite, among those that are
/// `allowed`, `[V]`, at least one.
///
/// `temperature` 0 gives the largest logit of all, the lowest index of equals. Switched off: `top_k` 0, `top_p` 1 (or
/// more), `min_p` 0.
pub fn sample(
    logits: &[f64],
    allowed: &[bool],
    exempt: Option<usize>,
    temperature: f64,
    top_k: usize,
    top_p: f64,
    min_p: f64,
    uniform: f64,
) -> usize {
    assert_eq!(logits.len(), allowed.len());
    let classes: Vec<usize> = (0..logits.len()).filter(|&class| allowed[class]).collect();
    if temperature == 0.0 {
        let max = classes.iter().map(|&class| logits[class]).fold(f64::NEG_INFINITY, f64::max);
        let first = classes.into_iter().find(|&class| logits[class] == max);
        return first.expect("the largest logit is one of them");
    }
    let exempt = exempt.filter(|class| classes.contains(class));
    let p = softmax(logits, &classes, temperature);
    let p_exempt = exempt.map_or(0.0, |class| p[class]);

    // `sort_by` is stable: equals stay in the order of their index.
    let mut ranked: Vec<usize> = classes.into_iter().filter(|&class| Some(class) != exempt).collect();
    let q = softmax(logits, &ranked, temperature);
    ranked.sort_by(|&left, &right| q[right].total_cmp(&q[left]));

    let mut kept = Vec::new();
    let mut mass_before = 0.0;
    for (rank, &class) in ranked.iter().enumerate() {
        if rank == 0
            || (top_k == 0 || rank < top_k) && (top_p >= 1.0 || mass_before < top_p) && q[class] >= min_p * q[ranked[0]]
        {
            kept.push(class);
        }
        mass_before += q[class];
    }

    let q_kept: f64 = kept.iter().map(|&class| q[class]).sum();
    let mut probabilities = vec![0.0; logits.len()];
    for &class in &kept {
        probabilities[class] = (1.0 - p_exempt) * q[class] / q_kept;
    }
    if let Some(class) = exempt {
        probabilities[class] = p_exempt;
    }
    let total: f64 = probabilities.iter().sum();
    let mut cumulative = 0.0;
    for (class, probability) in probabilities.iter().enumerate() {
        cumulative += probability;
        if cumulative > uniform * total {
            return class;
        }
    }
    unreachable!("uniform = {uniform} is not in [0, 1), or a logit is not finite")
}

/// The probabilities of `classes`, `[V]`; 0 for others.
fn softmax(logits: &[f64], classes: &[usize], temperature: f64) -> Vec<f64> {
    let max = classes.iter().map(|&class| logits[class]).fold(f64::NEG_INFINITY, f64::max);
    let mut p = vec![0.0; logits.len()];
    for &class in classes {
        p[class] = ((logits[class] - max) / temperature).exp();
    }
    let total: f64 = p.iter().sum();
    p.iter_mut().for_each(|p| *p /= total);
    p
}
