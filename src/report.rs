//! A piece in numbers: what tells music from one repeated note, and from a copy.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;

use serde::Serialize;

use crate::events::{Event, encode};
use crate::midi::{Note, TICKS_PER_BEAT};
use crate::piano_roll::note_name;

/// Notes of a passage that two pieces may share by chance: scales and broken chords.
const SEED_LENGTH: usize = 4;

/// Semitones above the tonic of a major and a natural minor scale.
const SCALES: [(&str, [usize; 7]); 2] = [("major", [0, 2, 4, 5, 7, 9, 11]), ("minor", [0, 2, 3, 5, 7, 8, 10])];

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
    /// The scale that holds most notes, and the share it holds.
    pub key: (String, f64),
    /// Share of the runs of four events (interval, offset, duration) that differ from all others; 1 is no repetition.
    pub distinct_4_grams: f64,
    /// Number of pieces in which shared passages were looked for.
    pub compared_with: usize,
    /// Longest passage shared with another piece, up to transposition, in notes, and that piece's name.
    pub longest_shared: Option<(usize, String)>,
}

impl Report {
    /// Measures notes; `others` are the pieces to look for shared passages in, by name.
    pub fn new(notes: &[Note], others: &[(String, Vec<Note>)]) -> Self {
        let mut pitch_classes = [0.0; 12];
        for note in notes {
            pitch_classes[usize::from(note.pitch) % 12] += 1.0 / notes.len() as f64;
        }
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
            key: best_key(&pitch_classes),
            pitch_classes,
            distinct_4_grams: distinct_4_grams(notes),
            compared_with: others.len(),
            longest_shared: longest_shared(notes, others),
        }
    }
}

/// Sounding time of all notes over the time in which at least one sounds.
fn polyphony(notes: &[Note]) -> f64 {
    let mut spans: Vec<(u32, u32)> = notes.iter().map(|note| (note.onset, note.end())).collect();
    spans.sort_unstable();
    let sounding: u32 = spans.iter().map(|(onset, end)| end - onset).sum();
    let mut covered = 0;
    let mut reached = 0;
    for (onset, end) in spans {
        covered += end.saturating_sub(onset.max(reached));
        reached = reached.max(end);
    }
    f64::from(sounding) / f64::from(covered.max(1))
}

/// The scale that holds the largest share of the notes; among equals the one whose tonic is most frequent.
fn best_key(pitch_classes: &[f64; 12]) -> (String, f64) {
    let mut best = (String::from("none"), 0.0, 0.0);
    for tonic in 0..12 {
        for (mode, steps) in SCALES {
            let share: f64 = steps.iter().map(|step| pitch_classes[(tonic + step) % 12]).sum();
            let weight = pitch_classes[tonic];
            if share > best.1 + 1e-9 || (share > best.1 - 1e-9 && weight > best.2) {
                let name = note_name(u8::try_from(60 + tonic).expect("below 72"));
                let name = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-');
                best = (format!("{name} {mode}"), share, weight);
            }
        }
    }
    (best.0, best.1)
}

/// An event without its absolute pitch: interval from the event before, offset, duration.
type Step = (i32, u32, u32);

fn steps(notes: &[Note]) -> Vec<Step> {
    let events = encode(notes);
    let step = |pair: &[Event]| (i32::from(pair[1].note) - i32::from(pair[0].note), pair[1].offset, pair[1].duration);
    events.windows(2).map(step).collect()
}

fn distinct_4_grams(notes: &[Note]) -> f64 {
    let steps = steps(notes);
    let distinct: HashSet<&[Step]> = steps.windows(4).collect();
    distinct.len() as f64 / steps.windows(4).len().max(1) as f64
}

/// The longest run of equal steps in `notes` and one of `others`.
fn longest_shared(notes: &[Note], others: &[(String, Vec<Note>)]) -> Option<(usize, String)> {
    let piece = steps(notes);
    let mut places: HashMap<&[Step], Vec<usize>> = HashMap::new();
    for (at, gram) in piece.windows(SEED_LENGTH).enumerate() {
        places.entry(gram).or_default().push(at);
    }
    let mut best: Option<(usize, String)> = None;
    for (name, other) in others {
        let other = steps(other);
        // Runs that end at the place before, by the place in the piece.
        let mut running: HashMap<usize, usize> = HashMap::new();
        for gram in other.windows(SEED_LENGTH) {
            let mut next = HashMap::new();
            for &at in places.get(gram).into_iter().flatten() {
                let length =
                    at.checked_sub(1).and_then(|before| running.get(&before)).map_or(SEED_LENGTH, |run| run + 1);
                next.insert(at, length);
                // A run of n steps joins n + 1 notes.
                if best.as_ref().is_none_or(|(longest, _)| length + 1 > *longest) {
                    best = Some((length + 1, name.clone()));
                }
            }
            running = next;
        }
    }
    best
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |share: f64| format!("{:.0} %", 100.0 * share);
        let (low, high) = self.range;
        writeln!(f, "  notes              {} over {:.1} beats", self.notes, self.beats)?;
        writeln!(f, "  pitches            {} from {} to {}", self.pitches, note_name(low), note_name(high))?;
        writeln!(f, "  most frequent      {} of the notes have one pitch", percent(self.most_frequent_pitch))?;
        writeln!(f, "  durations          {} different", self.durations)?;
        writeln!(f, "  polyphony          {:.2} notes at once", self.polyphony)?;
        writeln!(f, "  key                {} holds {} of the notes", self.key.0, percent(self.key.1))?;
        write!(f, "  distinct 4-grams   {}", percent(self.distinct_4_grams))?;
        match &self.longest_shared {
            Some((notes, name)) => write!(f, "\n  longest copy       {notes} notes, also in {name}"),
            None if self.compared_with > 0 => {
                write!(f, "\n  longest copy       none of {} notes or more", SEED_LENGTH + 1)
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(pitches: &[u8]) -> Vec<Note> {
        let onsets = (0..).step_by(24);
        pitches.iter().zip(onsets).map(|(&pitch, onset)| Note { onset, pitch, duration: 24 }).collect()
    }

    #[test]
    fn a_repeated_note_is_seen_as_such() {
        let report = Report::new(&scale(&[60; 20]), &[]);
        assert_eq!((report.pitches, report.durations, report.most_frequent_pitch), (1, 1, 1.0));
        assert!(report.distinct_4_grams < 0.1, "{}", report.distinct_4_grams);
    }

    #[test]
    fn a_scale_is_in_its_key() {
        let report = Report::new(&scale(&[62, 64, 66, 67, 69, 71, 73, 74]), &[]);
        assert_eq!(report.key.0, "D major");
        assert!((report.key.1 - 1.0).abs() < 1e-9);
        assert!((report.polyphony - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_transposed_passage_is_found_with_its_length() {
        let other = scale(&[60, 62, 65, 61, 70, 64, 67, 59]);
        let piece = scale(&[50, 80, 64, 67, 63, 72, 66, 69, 40, 41]);
        let others = [("nothing".to_owned(), scale(&[60, 61, 62, 63, 64, 65])), ("song".to_owned(), other)];
        assert_eq!(Report::new(&piece, &others).longest_shared, Some((6, "song".to_owned())));
    }

    #[test]
    fn polyphony_counts_notes_that_sound_together() {
        let mut chord = scale(&[60, 64, 67]);
        chord.iter_mut().for_each(|note| note.onset = 0);
        assert!((Report::new(&chord, &[]).polyphony - 3.0).abs() < 1e-9);
    }
}
