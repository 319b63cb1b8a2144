//! What followed where a piece has played the same before. Twin of `shaders/draw_field/find_candidates.wgsl`.
//!
//! By the definition of [`candidates`](crate::music::candidates), distance after distance, each run counted anew.

use std::collections::BTreeMap;

use crate::music::candidates::{CANDIDATES, Evidence, rank};
use crate::music::events::{Field, Token};

/// The candidates of `field` of the event after `events`, of which `drawn` has the fields before: `[8, 2]`.
///
/// Only the distances 1 to `window - 2` count.
pub fn find_candidates(field: Field, window: usize, events: &[Token], drawn: &Token) -> [u32; 2 * CANDIDATES] {
    let next = events.len();
    let pitch = |at: usize| i64::from(events[at][1]);
    let mut votes: BTreeMap<i64, (u32, Evidence)> = BTreeMap::new();
    for distance in 1..(window - 1).min(next.saturating_sub(1)) {
        let wide = distance as u32;
        let [whole_interval, rhythm, both] = runs(events, distance);
        let [interval, rhythm, both] = [whole_interval, rhythm, both].map(|run| run.min(wide));

        let then = next - distance;
        let moved = pitch(next - 1) - pitch(then - 1);
        let offset_fits = field == Field::Offset || drawn[0] == events[then][0];
        let pitch_fits = field != Field::Duration || i64::from(drawn[1]) == pitch(then) + moved;
        let both = if offset_fits && pitch_fits { both } else { 0 };
        let interval = if pitch_fits { interval } else { 0 };
        let rhythm = if offset_fits && field != Field::Pitch { rhythm } else { 0 };
        let token = match field {
            Field::Pitch => pitch(then) + moved,
            _ => i64::from(events[then][field.index()]),
        };
        if (interval == 0 && both == 0 && rhythm < 2)
            || !(0..if field == Field::Offset { 130 } else { 128 }).contains(&token)
        {
            continue;
        }
        let (best, evidence) = votes.entry(token).or_default();
        evidence.both = evidence.both.max(both);
        evidence.interval = evidence.interval.max(interval);
        evidence.rhythm = evidence.rhythm.max(rhythm);
        if interval >= 2 || both >= 1 || rhythm >= 4 {
            evidence.count += 1;
        }
        if interval > 0 {
            evidence.rounds = evidence.rounds.max(whole_interval / wide);
        }
        // The nearest of equals comes first.
        if rank(both, interval, rhythm) > *best {
            *best = rank(both, interval, rhythm);
            evidence.distance = wide;
            evidence.transposition = if moved == 0 { 0 } else { 2 - u32::from(moved % 12 == 0) };
        }
    }
    let mut ranked: Vec<_> = votes.into_iter().collect();
    ranked.sort_by_key(|(_, (best, evidence))| (std::cmp::Reverse(*best), evidence.distance));
    let mut columns = [0; 2 * CANDIDATES];
    for (slot, (token, (_, evidence))) in columns.chunks_exact_mut(2).zip(ranked) {
        slot.copy_from_slice(&[token as u32 + 1, evidence.packed()]);
    }
    columns
}

/// How many of the last events in a row equal those `distance` before, in their interval, in their rhythm, and in both.
pub(super) fn runs(events: &[Token], distance: usize) -> [u32; 3] {
    let pitch = |at: usize| i64::from(events[at][1]);
    let same_interval = |at: usize, then: usize| pitch(at) - pitch(at - 1) == pitch(then) - pitch(then - 1);
    let same_rhythm = |at: usize, then: usize| events[at][0] == events[then][0] && events[at][2] == events[then][2];
    let run = |same: &dyn Fn(usize, usize) -> bool| {
        let pairs = (distance + 1..events.len()).rev().map(|at| (at, at - distance));
        pairs.take_while(|&(at, then)| same(at, then)).count() as u32
    };
    [run(&same_interval), run(&same_rhythm), run(&|at, then| same_interval(at, then) && same_rhythm(at, then))]
}
