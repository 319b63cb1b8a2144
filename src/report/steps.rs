//! Notes as steps from one to the next, which stay the same when a passage is transposed.

use std::collections::HashSet;

use crate::events::{Event, encode};
use crate::midi::Note;

/// An event without its absolute pitch: interval from the event before, offset, duration.
pub(super) type Step = (i32, u32, u32);

/// Notes of a piece as steps; one fewer than notes.
pub(super) fn steps(notes: &[Note]) -> Vec<Step> {
    let events = encode(notes);
    let step = |pair: &[Event]| (i32::from(pair[1].note) - i32::from(pair[0].note), pair[1].offset, pair[1].duration);
    events.windows(2).map(step).collect()
}

/// Different runs of four steps as a share of all; 1 where there are none.
pub(super) fn distinct_share(steps: &[Step]) -> f64 {
    let distinct: HashSet<&[Step]> = steps.windows(4).collect();
    let all = steps.windows(4).len();
    if all == 0 { 1.0 } else { distinct.len() as f64 / all as f64 }
}
