//! What followed when the passage that a piece now plays was played before. Twin of `shaders/recall_event.wgsl`.

use crate::features::{RECALL, recall_columns};

/// `token`, an event of a piece, follows `events`, all those before it. `context` is that of [`features`](crate::features).
///
/// Only passages that were played up to `window - 2` events before count.
pub fn recall_event(
    token: [u32; 3],
    window: usize,
    vocab_sizes: [usize; 3],
    events: &mut Vec<[u32; 3]>,
    context: &mut [u32],
) {
    events.push(token);
    let pitches: Vec<i64> = events.iter().map(|event| event[1].into()).collect();
    let intervals: Vec<i64> = pitches.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let run = |distance: usize| {
        let (now, before) = (intervals.iter().rev(), intervals.iter().rev().skip(distance));
        now.zip(before).take_while(|(now, before)| now == before).count()
    };
    // The latest of the longest: max_by_key takes the last of equals.
    let longest = (1..(window - 1).min(intervals.len())).rev().max_by_key(|&distance| run(distance));
    let Some(distance) = longest.filter(|&distance| run(distance) > 0) else {
        context[RECALL..].fill(0);
        return;
    };
    let (last, then) = (pitches.len() - 1, events.len() - distance);
    let moved = (pitches[then] + pitches[last] - pitches[last - distance]).clamp(0, vocab_sizes[1] as i64 - 1);
    let followed = [events[then][0], moved as u32, events[then][2]];
    context[RECALL..].copy_from_slice(&recall_columns(followed, run(distance) as u32, distance as u32, vocab_sizes));
}
