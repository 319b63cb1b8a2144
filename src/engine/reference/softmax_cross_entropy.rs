//! Softmax, cross-entropy and its gradient in one. Twin of `shaders/softmax_cross_entropy.wgsl`.

/// The target of a row that has none: its loss and its gradient are 0.
pub const IGNORE: u32 = u32::MAX;

/// `losses = -ln softmax(logits)[target]` in nats, `dlogits = (softmax(logits) - onehot(target))·scale`.
///
/// `logits` is `[R, V]`, `targets` is `[R]` with classes below V or [`IGNORE`]; `losses`, `[R]`, and `dlogits`, `[R, V]`,
/// are written. `dlogits` is the gradient of `scale·Σ losses`; the losses themselves are not scaled.
pub fn softmax_cross_entropy(
    vocab_size: usize,
    logits: &[f64],
    targets: &[u32],
    scale: f64,
    losses: &mut [f64],
    dlogits: &mut [f64],
) {
    assert_eq!(logits.len(), targets.len() * vocab_size, "logits");
    assert_eq!(losses.len(), targets.len(), "losses");
    assert_eq!(dlogits.len(), logits.len(), "dlogits");
    for (row, &target) in targets.iter().enumerate() {
        let logits = &logits[row * vocab_size..(row + 1) * vocab_size];
        let dlogits = &mut dlogits[row * vocab_size..(row + 1) * vocab_size];
        if target == IGNORE {
            losses[row] = 0.0;
            dlogits.fill(0.0);
            continue;
        }
        let target = target as usize;
        // Softmax does not change when a constant is subtracted; with the largest logit at 0 no exponential overflows.
        let max = logits.iter().copied().fold(logits[0], f64::max);
        let sum: f64 = logits.iter().map(|logit| (logit - max).exp()).sum();
        losses[row] = sum.ln() - (logits[target] - max);
        for (class, dlogit) in dlogits.iter_mut().enumerate() {
            let onehot = if class == target { 1.0 } else { 0.0 };
            *dlogit = ((logits[class] - max).exp() / sum - onehot) * scale;
        }
    }
}
