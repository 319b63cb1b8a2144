//! Excerpts in numbers, weighed so that both sides are alike in all but the music.

use std::collections::BTreeMap;

use super::excerpt::{EXCERPT_NOTES, excerpts, released};
use super::features::{FEATURE_COUNT, features};
use crate::music::dataset::fingerprint;
use crate::music::midi::Note;

/// Of more pieces on a side only so many are measured, evenly spread over an order that depends on the music alone.
const MOST_PIECES: usize = 250;

/// An excerpt in numbers.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    pub(super) features: [f64; FEATURE_COUNT],
    pub(super) is_generated: bool,
    /// Excerpts of one piece have one number, and so have copies of the piece. The numbers run from 0.
    pub(super) piece: usize,
    /// Excerpts of the piece that are before this one.
    pub(super) place: usize,
    /// Above 0; the sum of each side is the same.
    pub(super) weight: f64,
}

/// The excerpts of both sides, in an order that depends on the music alone, not yet weighed.
pub(super) fn samples(generated: &[impl AsRef<[Note]>], human: &[impl AsRef<[Note]>]) -> Vec<Sample> {
    let mut pieces = pieces_of_side(generated, true);
    pieces.extend(pieces_of_side(human, false));
    pieces.sort_unstable();
    let mut samples = Vec::new();
    for (piece, copies) in pieces.chunk_by(|one, next| one.0 == next.0).enumerate() {
        for (_, is_generated, notes) in copies {
            samples.extend(excerpts(notes).iter().enumerate().map(|(place, excerpt)| Sample {
                features: features(excerpt),
                is_generated: *is_generated,
                piece,
                place,
                weight: 1.0,
            }));
        }
    }
    samples
}

/// The pieces of a side that have an excerpt, with a number that copies share, in the order of those numbers.
fn pieces_of_side(pieces: &[impl AsRef<[Note]>], is_generated: bool) -> Vec<(u64, bool, Vec<Note>)> {
    let notes = pieces.iter().map(|piece| released(piece.as_ref())).filter(|notes| notes.len() >= EXCERPT_NOTES);
    let mut pieces: Vec<_> = notes.map(|notes| (fingerprint(&notes), is_generated, notes)).collect();
    pieces.sort_unstable();
    let apart = pieces.len().max(MOST_PIECES);
    let mut index = 0;
    pieces.retain(|_| {
        index += 1;
        index * MOST_PIECES / apart > (index - 1) * MOST_PIECES / apart
    });
    pieces
}

/// Weighs the excerpts so that each place in the piece weighs the same on both sides: first excerpts are to be compared
/// with first ones, since beginnings repeat more than what follows, whoever wrote them. The weight of a place is the
/// smaller of its shares on the two sides; excerpts of places that one side lacks are left out.
pub(super) fn weigh(mut samples: Vec<Sample>) -> Vec<Sample> {
    // Excerpts of each place: generated, human.
    let mut counts: BTreeMap<usize, [f64; 2]> = BTreeMap::new();
    let mut all = [0.0; 2];
    for sample in &samples {
        let side = usize::from(!sample.is_generated);
        counts.entry(sample.place).or_default()[side] += 1.0;
        all[side] += 1.0;
    }
    samples.retain(|sample| counts[&sample.place].iter().all(|&count| count > 0.0));
    for sample in &mut samples {
        let of_place = counts[&sample.place];
        let smaller = f64::min(of_place[0] / all[0], of_place[1] / all[1]);
        sample.weight = smaller / of_place[usize::from(!sample.is_generated)];
    }
    samples
}

/// Which sides have excerpts of each piece: generated, human.
pub(super) fn sides(samples: &[Sample]) -> Vec<[bool; 2]> {
    let mut sides = vec![[false; 2]; samples.iter().map(|sample| sample.piece + 1).max().unwrap_or(0)];
    samples.iter().for_each(|sample| sides[sample.piece][usize::from(!sample.is_generated)] = true);
    sides
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_weighs_the_same_on_both_sides() {
        // Generated: four pieces of three excerpts. Human: six of one, of which two have a second one.
        let sample = |is_generated, piece, place| Sample {
            features: [0.0; FEATURE_COUNT],
            is_generated,
            piece,
            place,
            weight: 1.0,
        };
        let generated = (0..4).flat_map(|piece| (0..3).map(move |place| sample(true, piece, place)));
        let human = (4..10).map(|piece| sample(false, piece, 0)).chain((4..6).map(|piece| sample(false, piece, 1)));
        let weighed = weigh(generated.chain(human).collect());
        assert_eq!(weighed.len(), 16, "third excerpts have no counterpart");
        let sum = |is_generated: bool, place: usize| -> f64 {
            let mine = weighed.iter().filter(|sample| (sample.is_generated, sample.place) == (is_generated, place));
            mine.map(|sample| sample.weight).sum()
        };
        // Shares of first excerpts are 1/3 and 3/4, of second ones 1/3 and 1/4.
        for (place, weight) in [(0, 1.0 / 3.0), (1, 1.0 / 4.0)] {
            assert!((sum(true, place) - weight).abs() < 1e-12, "{weighed:?}");
            assert!((sum(false, place) - weight).abs() < 1e-12, "{weighed:?}");
        }
    }

    #[test]
    fn of_many_pieces_some_are_measured_evenly() {
        let piece =
            |number: u32| -> Vec<Note> { (0..64).map(|index| Note::new(index * (number + 1), 60, 1)).collect() };
        let pieces: Vec<Vec<Note>> = (0..300).map(piece).collect();
        assert_eq!(pieces_of_side(&pieces, true).len(), MOST_PIECES);
        assert_eq!(pieces_of_side(&pieces[..200], true).len(), 200);
    }
}
