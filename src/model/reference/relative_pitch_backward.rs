//! The gradient of what is predicted at intervals. Twin of `shaders/relative_pitch_backward.wgsl`.

use super::relative_pitch::{column, is_ruled_out, references};
use crate::music::context::CONTEXT_SIZE;

/// The gradient of [`relative_pitch`](super::relative_pitch()) by `relative`, `[R, 4 · 75]`, written; `dlogits`, `[R, V]`, becomes
/// the gradient of what the logits were before: 0 where a pitch is ruled out.
pub fn relative_pitch_backward(context: &[u32], dlogits: &mut [f64], drelative: &mut [f64]) {
    drelative.fill(0.0);
    let rows = context.len() / CONTEXT_SIZE;
    let (pitches, width) = (dlogits.len() / rows, drelative.len() / rows / 4);
    for (row, context) in context.chunks_exact(CONTEXT_SIZE).enumerate() {
        for pitch in 0..pitches {
            let dlogit = &mut dlogits[row * pitches + pitch];
            if is_ruled_out(context, pitch) {
                *dlogit = 0.0;
            }
            for (at, reference) in references(context).into_iter().enumerate() {
                if let Some(from) = reference {
                    drelative[(4 * row + at) * width + column(pitch, from)] += *dlogit;
                }
            }
        }
    }
}
