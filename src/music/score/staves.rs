//! Which notes stand on the treble staff and which on the bass staff.
//!
//! The notes from a split pitch upwards are treble. The split follows the music: it rests at middle C, and moves where that
//! saves ledger lines or keeps what sounds together within a hand, at a cost for each semitone, so that a melody around middle
//! C stays on one staff. The cheapest path of the split through the piece is found by dynamic programming (Viterbi).

use std::ops::RangeInclusive;

use crate::music::midi::Note;

/// Where the split may be.
const SPLITS: RangeInclusive<u8> = 48..=72;
const MIDDLE_C: u8 = 60;
/// Semitones that a hand spans with ease.
const HAND: u8 = 12;

/// Costs of a semitone: beyond middle C on the wrong side, beyond what two ledger lines hold, of a span beyond a hand, of a
/// move of the split, and of a split away from middle C.
const BEYOND: f64 = 0.3;
const FAR_BEYOND: f64 = 1.0;
const WIDE: f64 = 1.5;
const MOVE: f64 = 0.25;
const AWAY: f64 = 0.02;
/// Costs of a split through a chord that fits into a hand, and of two notes or more of which all are on one staff.
const TORN: f64 = 1.5;
const ALONE: f64 = 1.0;
/// Semitones beyond middle C that two ledger lines hold.
const LEDGER_LINES: u8 = 5;

/// The notes of the treble staff and those of the bass staff; `notes` are sorted.
pub(super) fn split(notes: &[Note]) -> [Vec<Note>; 2] {
    let groups: Vec<&[Note]> = notes.chunk_by(|one, other| one.onset == other.onset).collect();
    let mut costs = [0.0; SPLITS_COUNT];
    let mut came_from: Vec<[u8; SPLITS_COUNT]> = Vec::with_capacity(groups.len());
    let mut sounding: Vec<Note> = Vec::new();
    for group in &groups {
        sounding.retain(|note| note.end() > group[0].onset);
        sounding.extend_from_slice(group);
        let mut next = [0.0; SPLITS_COUNT];
        let mut origins = [0; SPLITS_COUNT];
        for (place, split) in SPLITS.enumerate() {
            let by_way = |from: usize| costs[from] + MOVE * from.abs_diff(place) as f64;
            let best = (0..SPLITS_COUNT).min_by(|&one, &other| by_way(one).total_cmp(&by_way(other)));
            let best = best.expect("there are splits");
            next[place] = by_way(best) + cost(split, group, &sounding);
            origins[place] = best as u8;
        }
        costs = next;
        came_from.push(origins);
    }
    let mut place = (0..SPLITS_COUNT).min_by(|&one, &other| costs[one].total_cmp(&costs[other])).expect("splits");
    let mut splits = Vec::with_capacity(groups.len());
    for origins in came_from.iter().rev() {
        splits.push(SPLITS.start() + place as u8);
        place = usize::from(origins[place]);
    }
    let mut staves = [Vec::new(), Vec::new()];
    for (group, &split) in groups.iter().zip(splits.iter().rev()) {
        for note in *group {
            staves[usize::from(note.pitch < split)].push(*note);
        }
    }
    staves
}

const SPLITS_COUNT: usize = (*SPLITS.end() - *SPLITS.start() + 1) as usize;

/// What it costs to split at one pitch the notes that begin, while others still sound.
fn cost(split: u8, beginning: &[Note], sounding: &[Note]) -> f64 {
    let mut cost = AWAY * f64::from(split.abs_diff(MIDDLE_C));
    for note in beginning {
        let beyond =
            if note.pitch >= split { MIDDLE_C.saturating_sub(note.pitch) } else { note.pitch.saturating_sub(MIDDLE_C) };
        cost += BEYOND * f64::from(beyond) + FAR_BEYOND * f64::from(beyond.saturating_sub(LEDGER_LINES));
    }
    let is_torn = |chord: &[Note]| {
        let (low, high) = (chord[0].pitch, chord[chord.len() - 1].pitch);
        low < split && split <= high && high - low <= HAND
    };
    let mut chords = beginning.to_vec();
    chords.sort_by_key(|note| (note.duration, note.pitch));
    cost += TORN * chords.chunk_by(|one, other| one.duration == other.duration).filter(|c| is_torn(c)).count() as f64;
    for is_treble in [true, false] {
        let hand = || sounding.iter().map(|note| note.pitch).filter(|&pitch| (pitch >= split) == is_treble);
        let span = hand().max().unwrap_or(0) - hand().min().unwrap_or(0);
        cost += WIDE * f64::from(span.saturating_sub(HAND));
        cost += if sounding.len() > 1 && hand().next().is_none() { ALONE } else { 0.0 };
    }
    cost
}
