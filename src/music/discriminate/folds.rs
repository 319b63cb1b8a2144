//! How well a classifier does on pieces it was not fitted to.

use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_pcg::Pcg64;

use super::logistic::Logistic;
use super::sample::{Sample, sides};

/// Parts that are held out in turn; as many as there are pieces where a side has fewer.
const FOLDS: usize = 5;

/// Partitions into folds over which the result is averaged.
const PARTITIONS: u64 = 10;

/// The share of the excerpts whose side is recognised, both sides having the same weight (balanced accuracy), 0 to 1.
///
/// A logistic regression is fitted to all folds but one and applied to that one, each in turn. All excerpts of a piece,
/// and all copies of it, are in one fold; each fold has pieces of both sides. The mean over several partitions.
pub(super) fn balanced_accuracy(samples: &[Sample]) -> f64 {
    let sides = sides(samples);
    (0..PARTITIONS).map(|seed| accuracy_of(samples, &partition(&sides, seed))).sum::<f64>() / PARTITIONS as f64
}

/// The fold of each piece. Each kind of piece is shuffled and dealt to the folds in turn: those on both sides, and those
/// on one.
fn partition(sides: &[[bool; 2]], seed: u64) -> Vec<usize> {
    let pieces_of = |side: usize| sides.iter().filter(|piece| piece[side]).count();
    let folds = FOLDS.min(pieces_of(0)).min(pieces_of(1)).max(1);
    let mut random = Pcg64::seed_from_u64(seed);
    let mut fold_of = vec![0; sides.len()];
    let mut deal = |kind: [bool; 2], first: usize| {
        let mut pieces: Vec<usize> = (0..sides.len()).filter(|&piece| sides[piece] == kind).collect();
        pieces.shuffle(&mut random);
        pieces.iter().zip(first..).for_each(|(&piece, turn)| fold_of[piece] = turn % folds);
        first + pieces.len()
    };
    let first = deal([true, true], 0);
    deal([true, false], first);
    deal([false, true], first);
    fold_of
}

fn accuracy_of(samples: &[Sample], fold_of: &[usize]) -> f64 {
    let folds = fold_of.iter().max().map_or(0, |last| last + 1);
    // Weights of those recognised and of all, of the generated and of the human excerpts.
    let mut counts = [[0.0, 0.0]; 2];
    for fold in 0..folds {
        let others = samples.iter().filter(|sample| fold_of[sample.piece] != fold);
        let model = Logistic::fit(&others.collect::<Vec<_>>());
        for sample in samples.iter().filter(|sample| fold_of[sample.piece] == fold) {
            let score = model.score(&sample.features);
            let right = if score == 0.0 { 0.5 } else { f64::from(u8::from((score > 0.0) == sample.is_generated)) };
            let count = &mut counts[usize::from(!sample.is_generated)];
            *count = [count[0] + sample.weight * right, count[1] + sample.weight];
        }
    }
    counts.iter().map(|[right, all]| right / all).sum::<f64>() / 2.0
}

#[cfg(test)]
mod tests {
    use super::super::features::FEATURE_COUNT;
    use super::*;

    #[test]
    fn every_fold_has_pieces_of_both_sides_and_every_piece_one_fold() {
        let sides: Vec<[bool; 2]> =
            [[true, true]; 2].into_iter().chain([[true, false]; 3]).chain([[false, true]; 11]).collect();
        for seed in 0..20 {
            let fold_of = partition(&sides, seed);
            for side in 0..2 {
                let held: std::collections::BTreeSet<_> =
                    (0..sides.len()).filter(|&piece| sides[piece][side]).map(|piece| fold_of[piece]).collect();
                assert_eq!(held.len(), 5, "side {side}: {fold_of:?}");
            }
        }
        assert_ne!(partition(&sides, 0), partition(&sides, 1));
    }

    #[test]
    fn what_marks_a_piece_and_not_its_side_is_not_rewarded() {
        // Every piece has a value of its own; excerpts in several folds would be recognised by it.
        let sample = |piece: usize, excerpt: usize| {
            let mut features = [0.0; FEATURE_COUNT];
            features[piece % FEATURE_COUNT] = 1.0 + 0.01 * excerpt as f64;
            Sample { features, is_generated: piece.is_multiple_of(2), piece, place: excerpt, weight: 1.0 }
        };
        let samples: Vec<_> = (0..20).flat_map(|piece| (0..8).map(move |excerpt| sample(piece, excerpt))).collect();
        let accuracy = balanced_accuracy(&samples);
        assert!(accuracy < 0.6, "{accuracy}");
    }
}
