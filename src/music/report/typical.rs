//! How typical a piece is of songs: of several that were drawn, the one that is most like music by people.

use super::steps::{distinct_share, repeated_share};
use super::{Report, Songs};

/// A figure that is compared.
type Figure = fn(&Report) -> f64;

/// Those of which a piece may have too much or too little. Those of repetition change as a passage grows, and are taken
/// from passages of one length, as in the [`Table`](super::Table).
const FIGURES: [Figure; 6] = [
    |report| report.notes as f64,
    |report| report.pitches as f64,
    |report| report.durations as f64,
    |report| report.most_frequent_pitch,
    |report| report.polyphony,
    |report| report.key.1,
];

/// What songs are like: their figures, which those of pieces are compared with.
pub struct Typical {
    /// For each figure its value in each song.
    figures: Vec<(Figure, Vec<f64>)>,
    /// The longest passage that each song shares with another.
    copies: Vec<f64>,
}

impl Typical {
    /// Measures songs, each cut to the `notes` notes that the longest of the pieces has.
    pub fn new(songs: &Songs, notes: usize) -> Self {
        let reports = songs.reports(notes);
        let column = |figure: Figure| reports.iter().map(figure).collect();
        let mut figures: Vec<(Figure, Vec<f64>)> = FIGURES.map(|figure| (figure, column(figure))).into();
        figures.push((|report| report.distinct_4_grams, songs.of_passages(notes, distinct_share)));
        figures.push((|report| report.in_repeats, songs.of_passages(notes, repeated_share)));
        Self { figures, copies: column(copied) }
    }

    /// How typical a piece is: the sum over its figures of the logarithm of the share of songs that lie as far out on the same
    /// side; 0 would be a piece in the middle of everything.
    pub fn score(&self, piece: &Report) -> f64 {
        let shares = self.figures.iter().map(|(figure, others)| as_far_out(figure(piece), others));
        shares.chain([as_high(copied(piece), &self.copies)]).map(f64::ln).sum()
    }
}

/// Notes of the longest passage shared with a song.
fn copied(report: &Report) -> f64 {
    report.longest_shared.as_ref().map_or(0.0, |(notes, _)| *notes as f64)
}

/// Twice the share of `others` that are as low, or as high, whichever is less, and 1 at most; the value itself counts as one
/// of them, so the share is never 0.
fn as_far_out(value: f64, others: &[f64]) -> f64 {
    let as_low = others.iter().filter(|&&other| other <= value).count();
    let as_high = others.iter().filter(|&&other| other >= value).count();
    (2.0 * (as_low.min(as_high) + 1) as f64 / (others.len() + 1) as f64).min(1.0)
}

/// The share of `others` that are as high; the value itself counts as one of them.
fn as_high(value: f64, others: &[f64]) -> f64 {
    (others.iter().filter(|&&other| other >= value).count() + 1) as f64 / (others.len() + 1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::midi::Note;

    #[test]
    fn the_middle_is_more_typical_than_the_edge() {
        let others: Vec<f64> = (0..9).map(f64::from).collect();
        assert!((as_far_out(4.0, &others) - 1.0).abs() < 1e-12);
        assert!((as_far_out(8.0, &others) - 0.4).abs() < 1e-12);
        assert!((as_far_out(100.0, &others) - 0.2).abs() < 1e-12);
        assert!((as_high(0.0, &others) - 1.0).abs() < 1e-12);
        assert!((as_high(8.5, &others) - 0.1).abs() < 1e-12);
    }

    #[test]
    fn a_song_is_more_typical_than_one_note_over_and_over_and_than_a_copy() {
        // Songs of 40 notes that wander through a scale, each by its own steps.
        let song = |seed: u32| -> Vec<Note> {
            let pitch = |at: u32| [60, 62, 64, 65, 67, 69, 71, 72][((at * at * seed + at * (seed + 3)) % 8) as usize];
            (0..40).map(|at| Note::new(24 * at, pitch(at), [12, 24][(at % 2) as usize])).collect()
        };
        let songs = Songs::new((1..12).map(|seed| (format!("song {seed}"), song(seed))).collect());
        let typical = |notes: &[Note]| Typical::new(&songs, 40).score(&Report::new(notes, Some(&songs)));
        let flat: Vec<Note> = (0..40).map(|at| Note::new(24 * at, 60, 24)).collect();
        assert!(typical(&song(13)) > typical(&flat));
        assert!(typical(&song(13)) > typical(&song(13)[..5]), "too short");
    }
}
