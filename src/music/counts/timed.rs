//! A piece as the counts see it.

use crate::music::events::{END, Field, Token, duration_ticks, offset_ticks};

/// What stands for the note before the first.
const MIDDLE_C: u32 = 60;

/// A piece with the times of its events, in grid ticks from its beginning.
pub(super) struct Timed<'a> {
    pub(super) tokens: &'a [Token],
    pub(super) onsets: Vec<u64>,
    pub(super) ends: Vec<u64>,
}

impl<'a> Timed<'a> {
    pub(super) fn new(tokens: &'a [Token]) -> Self {
        let onset = |now: &mut u64, token: &Token| {
            *now += u64::from(offset_ticks(token[0]));
            Some(*now)
        };
        let onsets: Vec<u64> = tokens.iter().scan(0, onset).collect();
        let ends =
            onsets.iter().zip(tokens).map(|(onset, token)| onset + u64::from(duration_ticks(token[2]))).collect();
        Self { tokens, onsets, ends }
    }

    /// Calls `visit` with each part of each event, its index, that of the part and its class, and with END.
    pub(super) fn each_part(&self, mut visit: impl FnMut(&Self, usize, usize, u32)) {
        for at in 0..=self.tokens.len() {
            let parts = self.tokens.get(at).map_or(&[END][..], |event| &event[..Field::CORE.len()]);
            parts.iter().enumerate().for_each(|(part, &class)| visit(self, at, part, class));
        }
    }

    /// The note of the event `age` events before event `at`.
    pub(super) fn pitch(&self, at: usize, age: usize) -> u32 {
        at.checked_sub(age).map_or(MIDDLE_C, |at| self.tokens[at][1])
    }

    /// The interval to the event `age` events before event `at` from the one before that.
    pub(super) fn interval(&self, at: usize, age: usize) -> i64 {
        i64::from(self.pitch(at, age)) - i64::from(self.pitch(at, age + 1))
    }
}
