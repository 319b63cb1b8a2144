//! Features of texture: how many notes sound together, and how they stand to each other.

use super::excerpt::Excerpt;
use super::features::{mean, share};
use crate::music::midi::Note;

/// How long how many notes sound, as (notes, ticks), from the first onset to the last end.
fn sounding(excerpt: &Excerpt) -> Vec<(f64, f64)> {
    let notes = &excerpt.notes;
    let mut changes: Vec<(u32, f64)> = notes.iter().flat_map(|note| [(note.onset, 1.0), (note.end(), -1.0)]).collect();
    changes.sort_unstable_by_key(|change| change.0);
    let mut now = 0.0;
    let spans = changes.windows(2).map(|pair| {
        now += pair[0].1;
        (now, f64::from(pair[1].0 - pair[0].0))
    });
    spans.filter(|span| span.1 > 0.0).collect()
}

/// Mean over time, while any note sounds.
fn mean_of(spans: &[(f64, f64)], value: impl Fn(f64) -> f64) -> f64 {
    let loud = || spans.iter().filter(|(notes, _)| *notes > 0.0);
    let (sum, ticks) = loud().fold((0.0, 0.0), |(sum, all), (notes, ticks)| (sum + value(*notes) * ticks, all + ticks));
    sum / f64::max(ticks, 1.0)
}

/// Mean number of notes that sound together, while any does.
pub(super) fn polyphony(excerpt: &Excerpt) -> f64 {
    mean_of(&sounding(excerpt), |notes| notes)
}

/// Standard deviation of that number over time.
pub(super) fn polyphony_spread(excerpt: &Excerpt) -> f64 {
    let spans = sounding(excerpt);
    let mean = mean_of(&spans, |notes| notes);
    mean_of(&spans, |notes| (notes - mean).powi(2)).sqrt()
}

/// Share of the time from the first onset to the last end in which nothing sounds.
pub(super) fn silence(excerpt: &Excerpt) -> f64 {
    let spans = sounding(excerpt);
    let [silent, all] = spans.iter().fold([0.0, 0.0], |[silent, all], (notes, ticks)| {
        [if *notes == 0.0 { silent + ticks } else { silent }, all + ticks]
    });
    silent / f64::max(all, 1.0)
}

/// Mean number of notes that begin together.
pub(super) fn notes_in_an_onset(excerpt: &Excerpt) -> f64 {
    mean(excerpt.chords().map(|chord| chord.len() as f64))
}

/// Mean distance from the lowest to the highest note of the onsets with two notes or more, in semitones.
pub(super) fn width_of_onsets(excerpt: &Excerpt) -> f64 {
    let chords = excerpt.chords().filter(|chord| chord.len() > 1);
    mean(chords.map(|chord| f64::from(chord[chord.len() - 1].pitch - chord[0].pitch)))
}

/// Of the pairs of a note that begins and another that sounds then, the share that is a second, a seventh or a tritone,
/// octaves apart or not.
pub(super) fn dissonances(excerpt: &Excerpt) -> f64 {
    let notes = &excerpt.notes;
    let pairs = notes.iter().enumerate().flat_map(|(at, note)| {
        let held = notes[..at].iter().filter(|before| before.end() > note.onset);
        held.map(|before| before.pitch.abs_diff(note.pitch) % 12)
    });
    share(pairs.map(|interval| matches!(interval, 1 | 2 | 6 | 10 | 11)))
}

/// Of the successive onsets with two notes or more whose highest and lowest notes both move, the share in which both
/// move in one direction (similar motion, as opposed to contrary motion).
pub(super) fn similar_motion(excerpt: &Excerpt) -> f64 {
    let ends = |chord: &[Note]| (chord.len() > 1).then(|| [chord[0].pitch, chord[chord.len() - 1].pitch]);
    let chords: Vec<Option<[u8; 2]>> = excerpt.chords().map(ends).collect();
    let motions = chords.windows(2).filter_map(|pair| {
        let (one, next) = (pair[0]?, pair[1]?);
        let [bass, top] = [0, 1].map(|voice| next[voice].cmp(&one[voice]));
        (bass.is_ne() && top.is_ne()).then_some(bass == top)
    });
    share(motions)
}
