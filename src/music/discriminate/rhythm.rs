//! Features of rhythm.

use super::excerpt::Excerpt;
use super::features::{entropy, mean, share};
use crate::music::midi::{Note, TICKS_PER_BEAT};

/// Lengths of a bar that [`groove`] tries, in beats.
const BARS: [u32; 2] = [3, 4];

fn beats(ticks: u32) -> f64 {
    f64::from(ticks) / f64::from(TICKS_PER_BEAT)
}

/// Notes over the time from the first onset to the last end, in beats.
pub(super) fn notes_a_beat(excerpt: &Excerpt) -> f64 {
    let notes = &excerpt.notes;
    let start = notes.first().map_or(0, |note| note.onset);
    let end = notes.iter().map(Note::end).max().unwrap_or(0);
    notes.len() as f64 / beats((end - start).max(1))
}

/// Times between successive onsets, in ticks.
fn gaps(excerpt: &Excerpt) -> impl Iterator<Item = u32> {
    excerpt.onsets().zip(excerpt.onsets().skip(1)).map(|(one, next)| next - one)
}

/// Mean time between successive onsets, in beats (Yang and Lerch: average inter-onset-interval).
pub(super) fn time_between_onsets(excerpt: &Excerpt) -> f64 {
    mean(gaps(excerpt).map(beats))
}

/// Entropy of the times between successive onsets, in bits.
pub(super) fn entropy_between_onsets(excerpt: &Excerpt) -> f64 {
    entropy(gaps(excerpt))
}

/// Mean length of the notes, in beats.
pub(super) fn length_of_notes(excerpt: &Excerpt) -> f64 {
    mean(excerpt.notes.iter().map(|note| beats(note.duration)))
}

/// Entropy of the lengths of the notes, in bits (after Yang and Lerch: note length histogram).
pub(super) fn entropy_of_lengths(excerpt: &Excerpt) -> f64 {
    entropy(excerpt.notes.iter().map(|note| note.duration))
}

/// Share of the onsets that are on a beat.
pub(super) fn onsets_on_the_beat(excerpt: &Excerpt) -> f64 {
    share(excerpt.onsets().map(|onset| onset.is_multiple_of(TICKS_PER_BEAT)))
}

/// Share of the onsets that are neither on a beat nor halfway between two.
pub(super) fn onsets_off_the_half_beat(excerpt: &Excerpt) -> f64 {
    share(excerpt.onsets().map(|onset| !onset.is_multiple_of(TICKS_PER_BEAT / 2)))
}

/// How much the onsets of successive bars are at the same places, 0 to 1; of bars of 3 and of 4 beats that which fits
/// better.
///
/// After the grooving pattern similarity of Wu and Yang, but as a share of the places that have an onset in either bar,
/// since most places of a fine grid have none. Bars are counted from the first beat of the excerpt; pairs of which one
/// is without onsets are left out.
pub(super) fn groove(excerpt: &Excerpt) -> f64 {
    BARS.into_iter().map(|bar| similarity_of_bars(excerpt, bar * TICKS_PER_BEAT)).fold(0.0, f64::max)
}

fn similarity_of_bars(excerpt: &Excerpt, ticks: u32) -> f64 {
    let onsets: Vec<u32> = excerpt.onsets().collect();
    // A bar has at most 96 ticks: its onsets are bits.
    let bars: Vec<(u32, u128)> = onsets
        .chunk_by(|one, next| one / ticks == next / ticks)
        .map(|bar| (bar[0] / ticks, bar.iter().fold(0, |places, onset| places | 1 << (onset % ticks))))
        .collect();
    let successive = bars.windows(2).filter(|pair| pair[1].0 == pair[0].0 + 1);
    mean(successive.map(|pair| {
        let (one, next) = (pair[0].1, pair[1].1);
        f64::from((one & next).count_ones()) / f64::from((one | next).count_ones())
    }))
}
