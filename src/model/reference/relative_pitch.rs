//! What is predicted at intervals, added to pitch logits. Twin of `shaders/relative_pitch.wgsl`.

use crate::music::context::{CONTEXT_SIZE, LAST, LAST_EVENTS, NEXT, VOICES};

/// Semitones up and down that have a value of their own.
const REACH: i64 = 37;
/// Values for each reference.
const WIDTH: usize = 75;
/// The logit of a pitch that cannot follow.
const RULED_OUT: f64 = -30.0;

/// `logits[r, p] += relative[r, i, clamp(p - ref_i + 37, 0, 74)]` for each of the four references there are; and where the event to
/// predict has an offset of 0, pitches up to the last one get -30: notes of one onset ascend.
///
/// `context` is `[R, 73]`, `relative` `[R, 4 · 75]`, `logits` `[R, V]`.
pub fn relative_pitch(context: &[u32], relative: &[f64], logits: &mut [f64]) {
    let rows = context.len() / CONTEXT_SIZE;
    let pitches = logits.len() / rows;
    for (row, context) in context.chunks_exact(CONTEXT_SIZE).enumerate() {
        for pitch in 0..pitches {
            let logit = &mut logits[row * pitches + pitch];
            for (at, reference) in references(context).into_iter().enumerate() {
                *logit += reference.map_or(0.0, |from| relative[(4 * row + at) * WIDTH + column(pitch, from)]);
            }
            if is_ruled_out(context, pitch) {
                *logit = RULED_OUT;
            }
        }
    }
}

/// The last pitch, the lowest and the highest that sound, and that of the same place in the chord before.
pub(super) fn references(context: &[u32]) -> [Option<i64>; 4] {
    [LAST + LAST_EVENTS, VOICES, VOICES + 1, VOICES + 2].map(|column| match context[column] {
        0 => None,
        pitch => Some(i64::from(pitch) - 1),
    })
}

/// Which value of a reference a pitch has.
pub(super) fn column(pitch: usize, from: i64) -> usize {
    (pitch as i64 - from + REACH).clamp(0, 2 * REACH) as usize
}

/// Whether a pitch cannot follow within the chord.
pub(super) fn is_ruled_out(context: &[u32], pitch: usize) -> bool {
    context[NEXT] == 0 && references(context)[0].is_some_and(|last| pitch as i64 <= last)
}
