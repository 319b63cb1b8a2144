//! What followed when the last notes of a piece were played before. Twin of `shaders/recall_event.wgsl`.

use crate::features::{RECALL, recalled};

/// `token`, an event of a piece, follows `events`, all those before it. `context` is that of [`features`](crate::features).
///
/// Passages begin again at most `window - 1` events after they began before.
pub fn recall_event(
    token: [u32; 3],
    window: usize,
    vocab_sizes: [usize; 3],
    events: &mut Vec<[u32; 3]>,
    context: &mut [u32],
) {
    events.push(token);
    let pitches: Vec<u32> = events.iter().map(|event| event[1]).collect();
    let run = |distance: usize| {
        let (now, before) = (pitches.iter().rev(), pitches.iter().rev().skip(distance));
        now.zip(before).take_while(|(now, before)| now == before).count()
    };
    let mut best = (0, 0);
    for distance in 1..window.min(events.len()) {
        if run(distance) > best.0 {
            best = (run(distance), distance);
        }
    }
    let (length, distance) = best;
    let followed = if length > 0 { events[events.len() - distance] } else { token };
    context[RECALL..].copy_from_slice(&recalled(followed, length as u32, vocab_sizes));
}
