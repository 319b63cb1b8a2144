//! Features of pitch.

use super::excerpt::Excerpt;
use super::features::{entropy, mean, share};
use crate::music::key::best_scale;
use crate::music::midi::{Note, TICKS_PER_BEAT};

/// Share of the notes that fit the major or natural minor scale that fits best.
pub(super) fn in_one_key(excerpt: &Excerpt) -> f64 {
    let mut classes = [0.0; 12];
    for note in &excerpt.notes {
        classes[usize::from(note.pitch) % 12] += 1.0 / excerpt.notes.len() as f64;
    }
    best_scale(&classes).map_or(0.0, |(_, share)| share)
}

/// Different pitches (Yang and Lerch: pitch count).
pub(super) fn pitches(excerpt: &Excerpt) -> f64 {
    let mut seen = [false; 256];
    excerpt.notes.iter().for_each(|note| seen[usize::from(note.pitch)] = true);
    seen.into_iter().filter(|&seen| seen).count() as f64
}

/// Semitones from the lowest to the highest note (Yang and Lerch: pitch range).
pub(super) fn range(excerpt: &Excerpt) -> f64 {
    let pitches = || excerpt.notes.iter().map(|note| note.pitch);
    f64::from(pitches().max().unwrap_or(0) - pitches().min().unwrap_or(0))
}

/// Entropy of the pitch classes in bits, mean over windows of `beats` beats that have notes (Wu and Yang: pitch class
/// histogram entropy, over 1 and over 4 bars).
fn windowed_entropy(excerpt: &Excerpt, beats: u32) -> f64 {
    let window = |note: &Note| note.onset / (beats * TICKS_PER_BEAT);
    let windows = excerpt.notes.chunk_by(|one, next| window(one) == window(next));
    mean(windows.map(|notes| entropy(notes.iter().map(|note| u32::from(note.pitch) % 12))))
}

/// Entropy of the pitch classes within 4 beats, in bits: low in plain harmony, high in clusters and chromatic runs.
pub(super) fn entropy_of_4_beats(excerpt: &Excerpt) -> f64 {
    windowed_entropy(excerpt, 4)
}

/// Entropy of the pitch classes within 16 beats, in bits: high where the key wanders.
pub(super) fn entropy_of_16_beats(excerpt: &Excerpt) -> f64 {
    windowed_entropy(excerpt, 16)
}

/// Mean interval from each note to the next, chords from the bottom up, in semitones (Yang and Lerch: average pitch
/// interval).
pub(super) fn interval_of_notes(excerpt: &Excerpt) -> f64 {
    mean(excerpt.notes.windows(2).map(|pair| f64::from(pair[0].pitch.abs_diff(pair[1].pitch))))
}

/// Entropy of the intervals from each note to the next, up and down apart, in bits (after Yang and Lerch: pitch class
/// transition matrix).
pub(super) fn entropy_of_intervals(excerpt: &Excerpt) -> f64 {
    entropy(excerpt.notes.windows(2).map(|pair| 256 + u32::from(pair[1].pitch) - u32::from(pair[0].pitch)))
}

/// Mean interval between the lowest notes of successive onsets, in semitones.
pub(super) fn interval_of_lows(excerpt: &Excerpt) -> f64 {
    let lows = || excerpt.chords().map(|chord| chord[0].pitch);
    mean(lows().zip(lows().skip(1)).map(|(one, next)| f64::from(one.abs_diff(next))))
}

/// Intervals in semitones between the highest notes of successive onsets.
fn tops(excerpt: &Excerpt) -> impl Iterator<Item = u8> {
    let tops = || excerpt.chords().map(|chord| chord[chord.len() - 1].pitch);
    tops().zip(tops().skip(1)).map(|(one, next)| one.abs_diff(next))
}

/// Mean interval between the highest notes of successive onsets, in semitones.
pub(super) fn interval_of_tops(excerpt: &Excerpt) -> f64 {
    mean(tops(excerpt).map(f64::from))
}

/// Share of the intervals between top notes that are none.
pub(super) fn repeated_tops(excerpt: &Excerpt) -> f64 {
    share(tops(excerpt).map(|interval| interval == 0))
}

/// Share of the intervals between top notes that are steps of one or two semitones.
pub(super) fn steps_of_tops(excerpt: &Excerpt) -> f64 {
    share(tops(excerpt).map(|interval| matches!(interval, 1 | 2)))
}

/// Share of the intervals between top notes that are wider than a fifth.
pub(super) fn leaps_of_tops(excerpt: &Excerpt) -> f64 {
    share(tops(excerpt).map(|interval| interval > 7))
}
