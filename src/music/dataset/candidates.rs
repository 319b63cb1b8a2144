//! The candidates of every event of a piece: see [`crate::music::candidates`] for what they are.
//!
//! Runs are kept for all distances of the window and updated once an event; the distances whose runs count are few, and
//! only these are looked at for the three fields. So the time grows with the length of a piece times the window.

use std::cmp::Reverse;

use crate::music::candidates::{
    CANDIDATE_COLUMNS, CANDIDATES, Evidence, FIGURE_CLASSES, REPEAT_REACH, REPEAT_STEPS, WINDOW, figure_class, rank,
};
use crate::music::events::{END, Token};

/// A candidate of one field of one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Candidate {
    token: u8,
    /// [`Evidence::packed`].
    classes: u32,
}

/// The candidates of a piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidates {
    list: Vec<Candidate>,
    /// The first candidate of each field of each row, and the end of the last.
    starts: Vec<u32>,
    /// How often figures of each [`figure_class`] are repeated without a gap, at most.
    pub(super) rounds: [u32; FIGURE_CLASSES],
    /// Events that are repeats, see [`crate::music::candidates`].
    pub(super) repeats: u32,
}

/// Runs for each distance; index 0 is not used.
struct Runs {
    both: Vec<u16>,
    interval: Vec<u16>,
    rhythm: Vec<u16>,
    /// Distances that may count for a field, ascending.
    active: Vec<u16>,
    /// [`Candidates::rounds`] and [`Candidates::repeats`] so far.
    rounds: [u32; FIGURE_CLASSES],
    repeats: u32,
}

/// The evidence for each token of a field while it is collected.
struct Ballot {
    evidence: [Evidence; VOCABULARY],
    rank: [u32; VOCABULARY],
    tokens: Vec<u8>,
}

/// Tokens of a field, END among them, which is never a candidate.
const VOCABULARY: usize = END as usize + 1;

impl Candidates {
    /// For each event and for END.
    pub(super) fn find(tokens: &[Token]) -> Self {
        let mut runs = Runs::new(tokens.len());
        let mut ballot =
            Ballot { evidence: [Evidence::default(); VOCABULARY], rank: [0; VOCABULARY], tokens: Vec::new() };
        let mut found = Self { list: Vec::new(), starts: vec![0], rounds: [0; FIGURE_CLASSES], repeats: 0 };
        for row in 0..=tokens.len() {
            runs.extend(tokens, row);
            for field in 0..3 {
                // After the last event only END can follow, and it is an offset.
                if row < tokens.len() || field == 0 {
                    ballot.collect(tokens, row, field, &runs);
                    ballot.close(&mut found.list);
                }
                found.starts.push(u32::try_from(found.list.len()).expect("fewer than 2^32 candidates"));
            }
        }
        (found.rounds, found.repeats) = (runs.rounds, runs.repeats);
        found
    }

    /// The columns of row `row`, `[3, 8, 2]`, `shift` semitones higher; pitches that leave 0..=127 drop out.
    pub(super) fn columns(&self, row: usize, shift: i32) -> [u32; CANDIDATE_COLUMNS] {
        let mut columns = [0; CANDIDATE_COLUMNS];
        for (field, slots) in columns.chunks_exact_mut(2 * CANDIDATES).enumerate() {
            let range = self.starts[3 * row + field] as usize..self.starts[3 * row + field + 1] as usize;
            for (slot, candidate) in slots.chunks_exact_mut(2).zip(&self.list[range]) {
                let token = i32::from(candidate.token) + if field == 1 { shift } else { 0 };
                if field != 1 || (0..128).contains(&token) {
                    slot.copy_from_slice(&[token as u32 + 1, candidate.classes]);
                }
            }
        }
        columns
    }
}

impl Runs {
    fn new(events: usize) -> Self {
        let distances = events.min(WINDOW - 1);
        let zeros = || vec![0; distances];
        let (active, rounds) = (Vec::new(), [0; FIGURE_CLASSES]);
        Self { both: zeros(), interval: zeros(), rhythm: zeros(), active, rounds, repeats: 0 }
    }

    /// Takes in event `row - 1`, so that the runs are those before event `row`.
    fn extend(&mut self, tokens: &[Token], row: usize) {
        self.active.clear();
        let Some(last) = row.checked_sub(1).filter(|&last| last > 0) else { return };
        let interval = |at: usize| tokens[at][1].wrapping_sub(tokens[at - 1][1]);
        let ([offset, _, duration, ..], now) = (tokens[last], interval(last));
        let distances = last.min(self.both.len());
        let runs = self.both.iter_mut().zip(&mut self.interval).zip(&mut self.rhythm);
        for (distance, ((both, by_interval), by_rhythm)) in runs.enumerate().take(distances).skip(1) {
            let then = last - distance;
            let same_interval = u16::from(interval(then) == now);
            let same_rhythm = u16::from(tokens[then][0] == offset && tokens[then][2] == duration);
            // 16 bits hold 16 rounds of any distance, and more do not count.
            *by_interval = same_interval * by_interval.saturating_add(1);
            *by_rhythm = same_rhythm * by_rhythm.saturating_add(1);
            *both = same_interval * same_rhythm * both.saturating_add(1);
            if usize::from(*both) >= distance {
                let most = &mut self.rounds[figure_class(distance)];
                *most = (*most).max(u32::from(*both) / distance as u32);
            }
            if *by_interval >= 1 || *by_rhythm >= 2 {
                self.active.push(distance as u16);
            }
        }
        let near = &self.both[..self.both.len().min(REPEAT_REACH + 1)];
        self.repeats += u32::from(near.iter().skip(1).any(|&both| u32::from(both) >= REPEAT_STEPS));
    }
}

impl Ballot {
    /// Collects the evidence for each token of `field` of event `row`.
    fn collect(&mut self, tokens: &[Token], row: usize, field: usize, runs: &Runs) {
        for &distance in &runs.active {
            let (at, wide) = (usize::from(distance), u32::from(distance));
            let then = row - at;
            let run = |run: &[u16]| u32::from(run[at]).min(wide);
            let (mut both, mut interval, mut rhythm) = (run(&runs.both), run(&runs.interval), run(&runs.rhythm));
            if field > 0 && tokens[then][0] != tokens[row][0] {
                (both, rhythm) = (0, 0);
            }
            if field == 1 {
                rhythm = 0;
            }
            let moved = tokens[row - 1][1] as i32 - tokens[then - 1][1] as i32;
            if field == 2 && tokens[then][1] as i32 + moved != tokens[row][1] as i32 {
                (both, interval) = (0, 0);
            }
            if interval < 1 && both < 1 && rhythm < 2 {
                continue;
            }
            let token = match field {
                1 => tokens[then][1] as i32 + moved,
                _ => tokens[then][field] as i32,
            };
            let Some(token) = u8::try_from(token).ok().filter(|&token| token < 128 || field == 0) else { continue };
            let index = usize::from(token);
            let (evidence, best) = (&mut self.evidence[index], &mut self.rank[index]);
            if *best == 0 {
                *evidence = Evidence::default();
                self.tokens.push(token);
            }
            evidence.both = evidence.both.max(both);
            evidence.interval = evidence.interval.max(interval);
            evidence.rhythm = evidence.rhythm.max(rhythm);
            evidence.count += u32::from(interval >= 2 || both >= 1 || rhythm >= 4);
            if interval > 0 {
                evidence.rounds = evidence.rounds.max(u32::from(runs.interval[at]) / wide);
            }
            let rank = rank(both, interval, rhythm);
            if rank > *best {
                *best = rank;
                evidence.distance = wide;
                evidence.transposition = match moved {
                    0 => 0,
                    _ if moved % 12 == 0 => 1,
                    _ => 2,
                };
            }
        }
    }

    /// Appends the tokens ranked first, and forgets them all.
    fn close(&mut self, list: &mut Vec<Candidate>) {
        self.tokens.sort_by_key(|&token| {
            let index = usize::from(token);
            (Reverse(self.rank[index]), self.evidence[index].distance)
        });
        let candidate = |&token: &u8| Candidate { token, classes: self.evidence[usize::from(token)].packed() };
        list.extend(self.tokens.iter().take(CANDIDATES).map(candidate));
        for token in self.tokens.drain(..) {
            self.rank[usize::from(token)] = 0;
        }
    }
}
