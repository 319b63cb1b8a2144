//! What followed when the last notes of a piece were played before.

use crate::events::Token;
use crate::features::RECALL_EVENTS;

/// An event that was heard before in the place of the one to predict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Recalled {
    /// The event that followed the passage.
    pub(super) followed: Token,
    /// Notes of the passage, 0 where nothing was found.
    pub(super) length: u32,
}

/// For each event and for END: the longest passage up to there that has the same pitches as one before it, the latest of
/// several, and what followed that one. Only distances within [`RECALL_EVENTS`] count.
pub(super) fn recalled(tokens: &[Token]) -> Vec<Recalled> {
    // runs[d]: how many of the last notes are the same as those d before them, without a gap
    let mut runs = vec![0; RECALL_EVENTS.min(tokens.len())];
    let mut all = vec![Recalled::default()];
    for (last, token) in tokens.iter().enumerate() {
        let mut best = Recalled::default();
        for (distance, run) in runs.iter_mut().enumerate().take(last + 1).skip(1) {
            *run = if tokens[last - distance][1] == token[1] { *run + 1 } else { 0 };
            if *run > best.length {
                best = Recalled { followed: tokens[last - distance + 1], length: *run };
            }
        }
        all.push(best);
    }
    all
}
