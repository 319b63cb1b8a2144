//! The key of a piece: how well the durations of its pitch classes agree with what people expect of each key.
//!
//! The profiles are the probe-tone ratings of Krumhansl and Kessler, "Tracing the dynamic changes in perceived tonal
//! organization in a spatial representation of musical keys", Psychological Review 89 (1982); the method, to correlate
//! them with durations, is that of Krumhansl and Schmuckler: Krumhansl, "Cognitive Foundations of Musical Pitch" (1990),
//! chapter 4.

use super::Key;
use crate::music::midi::{Note, TICKS_PER_BEAT};

/// How well each pitch class fits, by semitones above the tonic.
const MAJOR_PROFILE: [f64; 12] = [6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88];
const MINOR_PROFILE: [f64; 12] = [6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17];

/// A note counts for as long as this at most: a pedal point says no more of the key the longer it lasts.
const LONGEST: u32 = 2 * TICKS_PER_BEAT;

/// A key signature is believed when the correlation of one of its keys is at most this far below the best one.
const MARGIN: f64 = 0.1;

/// The key of a piece; `None` where there are no notes, or all pitch classes last equally long.
///
/// `sharps` is the key signature, negative for flats. Of its two keys the better one is the key of the piece if the notes
/// agree: if its correlation is at most 0.1 below the best. No sharps and no flats say nothing, since many programs write
/// that without being asked; nor does the mode, which many write as major.
pub fn find(notes: &[Note], sharps: Option<i8>) -> Option<Key> {
    let durations = durations(notes);
    let of = |keys: &mut dyn Iterator<Item = Key>| {
        keys.filter_map(|key| Some((correlation(&durations, key)?, key)))
            .reduce(|best, next| if next.0 > best.0 { next } else { best })
    };
    let (best, key) = of(&mut Key::all())?;
    // Seven semitones up is one sharp more.
    let stated = sharps.filter(|&sharps| sharps != 0).and_then(|sharps| {
        let tonic = 7 * i32::from(sharps);
        of(&mut [Key::new(tonic, false), Key::new(tonic + 9, true)].into_iter())
    });
    match stated {
        Some((correlation, stated)) if correlation >= best - MARGIN => Some(stated),
        _ => Some(key),
    }
}

/// Which of the two keys that `shift` moves to C major and A minor the notes are in; the major one without notes.
pub fn relative(notes: &[Note], shift: i32) -> Key {
    let durations = durations(notes);
    let [major, minor] = Key::pair(shift);
    if correlation(&durations, minor) > correlation(&durations, major) { minor } else { major }
}

/// How long each pitch class sounds, from C, in grid ticks.
fn durations(notes: &[Note]) -> [f64; 12] {
    let mut durations = [0.0; 12];
    for note in notes {
        durations[usize::from(note.pitch) % 12] += f64::from(note.duration.min(LONGEST));
    }
    durations
}

/// Pearson's correlation with the profile of a key; `None` where all durations are equal.
fn correlation(durations: &[f64; 12], key: Key) -> Option<f64> {
    let profile = if key.is_minor() { &MINOR_PROFILE } else { &MAJOR_PROFILE };
    let mean = |values: &[f64; 12]| values.iter().sum::<f64>() / 12.0;
    let (mean_duration, mean_rating) = (mean(durations), mean(profile));
    let (mut product, mut squares) = (0.0, [0.0; 2]);
    for (class, duration) in durations.iter().enumerate() {
        let (duration, rating) = (duration - mean_duration, profile[(class + 12 - key.tonic()) % 12] - mean_rating);
        product += duration * rating;
        squares[0] += duration * duration;
        squares[1] += rating * rating;
    }
    (squares[0] > 0.0).then(|| product / (squares[0] * squares[1]).sqrt())
}
