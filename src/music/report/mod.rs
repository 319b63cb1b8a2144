//! A piece in numbers: what distinguishes music from one repeated note, and from a copy; and the same numbers of other music, to
//! know what is normal.

mod songs;
pub(crate) mod steps;
mod table;
mod typical;

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

pub use songs::Songs;
pub use table::Table;
pub use typical::Typical;

use crate::music::key::{best_scale, pitch_class_shares};
use crate::music::midi::{Note, TICKS_PER_BEAT};
use crate::music::piano_roll::note_name;
use songs::SHORTEST_COPY;
use steps::{distinct_share, repeated_share, steps};

/// Figures of one piece.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Number of notes.
    pub notes: usize,
    /// Length in beats.
    pub beats: f64,
    /// Lowest and highest pitch.
    pub range: (u8, u8),
    /// Different pitches.
    pub pitches: usize,
    /// Different durations.
    pub durations: usize,
    /// Share of the most frequent pitch, 0 to 1.
    pub most_frequent_pitch: f64,
    /// Mean number of notes that sound at once, over the time in which any does.
    pub polyphony: f64,
    /// Share of the notes of each pitch class, from C.
    pub pitch_classes: [f64; 12],
    /// The major or natural minor scale that holds most notes, and the share it holds. Seven notes each: a raised sixth or
    /// seventh in minor does not fit, though [`Key`](crate::music::key::Key) has it.
    pub key: (String, f64),
    /// Different runs of four events (interval, offset, duration) as a share of all; 1 is no repetition.
    pub distinct_4_grams: f64,
    /// The same of the last quarter alone, where a network that is caught in a loop would be.
    pub distinct_at_end: f64,
    /// Share of the notes that are the eighth or a later step of a repeat of what the piece has played before, transposed
    /// or not, 0 to 1.
    pub in_repeats: f64,
    /// Number of songs in which shared passages were looked for.
    pub compared_with: usize,
    /// Longest passage shared with another piece, up to transposition, in notes, and that piece's name.
    pub longest_shared: Option<(usize, String)>,
}

impl Report {
    /// Measures notes; `songs` are those to look for shared passages in.
    pub fn new(notes: &[Note], songs: Option<&Songs>) -> Self {
        Self::except(notes, songs, None)
    }

    /// Measures notes; the song of the number `except` may be shared in full.
    fn except(notes: &[Note], songs: Option<&Songs>, except: Option<usize>) -> Self {
        let steps = steps(notes);
        let pitch_classes = pitch_class_shares(notes);
        let count_of = |key: fn(&Note) -> u32| {
            let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
            notes.iter().for_each(|note| *counts.entry(key(note)).or_default() += 1);
            counts
        };
        let pitches = count_of(|note| u32::from(note.pitch));
        let most = pitches.values().max().copied().unwrap_or(0);
        let pitch = |order: fn(std::vec::IntoIter<u8>) -> Option<u8>| {
            order(notes.iter().map(|note| note.pitch).collect::<Vec<_>>().into_iter()).unwrap_or(0)
        };
        let end = notes.iter().map(Note::end).max().unwrap_or(0);
        let start = notes.iter().map(|note| note.onset).min().unwrap_or(0);
        Self {
            notes: notes.len(),
            beats: f64::from(end - start) / f64::from(TICKS_PER_BEAT),
            range: (pitch(Iterator::min), pitch(Iterator::max)),
            pitches: pitches.len(),
            durations: count_of(|note| note.duration).len(),
            most_frequent_pitch: most as f64 / notes.len().max(1) as f64,
            polyphony: polyphony(notes),
            key: best_scale(&pitch_classes).map_or(("none".into(), 0.0), |(key, share)| (key.to_string(), share)),
            pitch_classes,
            distinct_4_grams: distinct_share(&steps),
            distinct_at_end: distinct_share(&steps[steps.len() - steps.len() / 4..]),
            in_repeats: repeated_share(&steps),
            compared_with: songs.map_or(0, Songs::len),
            longest_shared: songs.and_then(|songs| songs.longest_shared(&steps, except)),
        }
    }
}

impl fmt::Display for Report {
    /// One line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (low, high) = self.range;
        write!(f, "{} notes from {} to {}", self.notes, note_name(low), note_name(high))?;
        write!(f, ", {:.0} % in {}", 100.0 * self.key.1, self.key.0)?;
        write!(f, ", distinct 4-grams {:.0} %", 100.0 * self.distinct_4_grams)?;
        match &self.longest_shared {
            Some((notes, name)) => write!(f, ", longest copy {notes} notes of {name}"),
            None if self.compared_with > 0 => write!(f, ", no copy of {SHORTEST_COPY} notes"),
            None => Ok(()),
        }
    }
}

/// Sounding time of all notes over the time in which at least one sounds.
fn polyphony(notes: &[Note]) -> f64 {
    let mut spans: Vec<(u32, u32)> = notes.iter().map(|note| (note.onset, note.end())).collect();
    spans.sort_unstable();
    // A note may have millions of ticks, and their sum more than 32 bits.
    let sounding: u64 = spans.iter().map(|(onset, end)| u64::from(end - onset)).sum();
    let mut covered = 0;
    let mut reached = 0;
    for (onset, end) in spans {
        covered += end.saturating_sub(onset.max(reached));
        reached = reached.max(end);
    }
    sounding as f64 / f64::from(covered.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(pitches: &[u8]) -> Vec<Note> {
        let onsets = (0..).step_by(24);
        pitches.iter().zip(onsets).map(|(&pitch, onset)| Note::new(onset, pitch, 24)).collect()
    }

    #[test]
    fn a_repeated_note_is_seen_as_such() {
        let report = Report::new(&scale(&[60; 20]), None);
        assert_eq!((report.pitches, report.durations, report.most_frequent_pitch), (1, 1, 1.0));
        assert!(report.distinct_4_grams < 0.1, "{}", report.distinct_4_grams);
    }

    #[test]
    fn a_scale_is_in_its_key() {
        let report = Report::new(&scale(&[62, 64, 66, 67, 69, 71, 73, 74]), None);
        assert_eq!(report.key.0, "D major");
        assert!((report.key.1 - 1.0).abs() < 1e-9);
        assert!((report.polyphony - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_transposed_passage_is_found_with_its_length() {
        let other = scale(&[60, 62, 65, 61, 70, 64, 67, 59]);
        let piece = scale(&[50, 80, 64, 67, 63, 72, 66, 69, 40, 41]);
        let others = [("nothing".to_owned(), scale(&[60, 61, 62, 63, 64, 65])), ("song".to_owned(), other)];
        assert_eq!(Report::new(&piece, Some(&Songs::new(others.into()))).longest_shared, Some((6, "song".to_owned())));
    }

    #[test]
    fn polyphony_of_endless_notes_does_not_overflow() {
        // A million beats each, the longest that a file can hold; together more ticks than 32 bits can count.
        let chord: Vec<Note> =
            (0..128).flat_map(|pitch| [0, 1].map(|onset| Note::new(onset, pitch, 24_000_000))).collect();
        assert!((Report::new(&chord, None).polyphony - 256.0).abs() < 1e-3);
    }

    #[test]
    fn a_passage_that_comes_again_is_a_repeat_from_its_eighth_step_on() {
        // Twelve notes that leap about, and the same a third higher: eleven steps come again, four of them as eighth to
        // eleventh.
        let theme = [60, 62, 65, 61, 70, 64, 67, 59, 72, 66, 75, 63];
        let higher = theme.map(|pitch| pitch + 4);
        let report = Report::new(&scale(&[theme, higher].concat()), None);
        assert!((report.in_repeats - 4.0 / 24.0).abs() < 1e-9, "{}", report.in_repeats);
    }

    #[test]
    fn polyphony_counts_notes_that_sound_together() {
        let mut chord = scale(&[60, 64, 67]);
        chord.iter_mut().for_each(|note| note.onset = 0);
        assert!((Report::new(&chord, None).polyphony - 3.0).abs() < 1e-9);
    }
}
