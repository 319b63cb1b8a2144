//! What followed when the passage that a piece now plays was played before.

use crate::events::Token;
use crate::features::RECALL_EVENTS;

/// An event that was heard before in the place of the one to predict, and what led to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Recalled {
    pub(super) offset: u32,
    /// Moved as the passage was since; perhaps beyond 0..=127.
    pub(super) note: i32,
    pub(super) duration: u32,
    /// Intervals of the passage, 0 where nothing was found.
    pub(super) run: u32,
    /// How many events ago it was played.
    pub(super) distance: u32,
}

/// For each event and for END: the longest passage up to there that has the same intervals as one before it, in this key
/// or another, and what followed it; of several the latest. Only distances within [`RECALL_EVENTS`] count.
pub(super) fn recalled(tokens: &[Token]) -> Vec<Recalled> {
    let note = |at: usize| tokens[at][1] as i32;
    let interval = |at: usize| note(at) - note(at - 1);
    // runs[d]: how many of the last intervals are the same as those d before them, without a gap
    let mut runs = vec![0; tokens.len().min(RECALL_EVENTS - 1)];
    let mut all = vec![Recalled::default()];
    for last in 0..tokens.len() {
        let (mut longest, mut distance) = (0, 0);
        for (d, run) in runs.iter_mut().enumerate().take(last).skip(1) {
            *run = if interval(last) == interval(last - d) { *run + 1 } else { 0 };
            if *run > longest {
                (longest, distance) = (*run, d);
            }
        }
        if longest == 0 {
            all.push(Recalled::default());
            continue;
        }
        let [offset, _, duration] = tokens[last + 1 - distance];
        let note = note(last + 1 - distance) + note(last) - note(last - distance);
        all.push(Recalled { offset, note, duration, run: longest, distance: distance as u32 });
    }
    all
}
