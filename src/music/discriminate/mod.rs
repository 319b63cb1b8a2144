//! How well generated music can be told apart from music by people, in one number.
//!
//! Pieces are cut into excerpts of 64 notes, each excerpt becomes some twenty features (entropies, intervals, polyphony,
//! rhythm, repetition), and a logistic regression learns to say of an excerpt which side it is from. The number is the
//! share of excerpts it recognises in pieces it was not fitted to, both sides having the same weight: 50 % is chance, 100 %
//! a difference that shows in any excerpt. This is a classifier two-sample test (Lopez-Paz and Oquab, "Revisiting
//! classifier two-sample tests", 2017) on features of music.
//!
//! It asks for differences in these features within 64 notes, no more: what they do not measure, such as form or a good
//! melody, does not show. It says how much two sets of music differ, not which is better.

mod excerpt;
mod features;
mod folds;
mod logistic;
mod pitch;
mod repetition;
mod rhythm;
mod sample;
mod spread;
mod table;
mod texture;

use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_pcg::Pcg64;
use serde::Serialize;

pub use excerpt::{EXCERPT_NOTES, Excerpt, excerpts};
pub use features::{FEATURE_COUNT, FEATURES, Feature, Unit, features};
pub use spread::Spread;

use crate::error::{Error, Result};
use crate::music::midi::Note;
use folds::balanced_accuracy;
use sample::{Sample, samples, sides, weigh};
use spread::more_often;

/// Different pieces that each side must have at least.
pub const LEAST_PIECES: usize = 4;

/// Excerpts that each side must have at least.
pub const LEAST_EXCERPTS: usize = 20;

/// How often the human pieces are divided into halves.
const DIVISIONS: u64 = 8;

/// Generated music beside music by people.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// Share of the excerpts whose side is recognised, both sides having the same weight, 0 to 1; 0.5 is chance.
    pub told_apart: f64,
    /// The same of two halves of the human pieces, over several random divisions: what comes out where there is nothing
    /// to recognise. Empty where a half would have too few pieces or excerpts.
    pub human_halves: Vec<f64>,
    /// What there is of the generated music.
    pub generated: Side,
    /// What there is of the human music.
    pub human: Side,
    /// Every feature, those first that separate the sides best.
    pub features: Vec<FeatureComparison>,
}

/// How much music a side has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Side {
    /// Different pieces that have an excerpt; copies of a piece, transposed or not, count once.
    pub pieces: usize,
    /// Excerpts.
    pub excerpts: usize,
}

/// One feature on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct FeatureComparison {
    /// Its name.
    pub name: &'static str,
    /// Chance that a generated excerpt has more of it than a human one, ties counting half (area under the curve): 0.5 is
    /// no difference, 0 and 1 are a difference without exception.
    pub more_often: f64,
    /// Its values in the generated excerpts.
    pub generated: Spread,
    /// Its values in the human excerpts.
    pub human: Spread,
    /// How its values are written.
    pub unit: Unit,
}

impl FeatureComparison {
    /// How often this feature alone, more or less of it, separates a generated excerpt from a human one, 0.5 to 1.
    pub fn alone(&self) -> f64 {
        self.more_often.max(1.0 - self.more_often)
    }
}

impl Comparison {
    /// Compares pieces. The same pieces give the same result, in any order.
    ///
    /// # Errors
    /// [`Error::TooLittleMusic`] where a side has fewer than [`LEAST_PIECES`] different pieces of 64 notes or more, or
    /// fewer than [`LEAST_EXCERPTS`] excerpts.
    pub fn new(generated: &[impl AsRef<[Note]>], human: &[impl AsRef<[Note]>]) -> Result<Self> {
        let samples = samples(generated, human);
        enough(&samples)?;
        // Where one side has no excerpts to compare with, less is left of the other.
        let samples = weigh(samples);
        let [of_generated, of_human] = enough(&samples)?;
        Ok(Self {
            told_apart: balanced_accuracy(&samples),
            human_halves: halves(&samples),
            generated: of_generated,
            human: of_human,
            features: compare_features(&samples),
        })
    }
}

impl Side {
    fn is_enough(self) -> bool {
        self.pieces >= LEAST_PIECES && self.excerpts >= LEAST_EXCERPTS
    }
}

/// What the generated and the human side have, or an error that names the side that has too little.
fn enough(samples: &[Sample]) -> Result<[Side; 2]> {
    let sides = amounts(samples);
    for (side, amount) in ["generated", "human"].into_iter().zip(sides) {
        if !amount.is_enough() {
            return Err(Error::TooLittleMusic { side, pieces: amount.pieces, excerpts: amount.excerpts });
        }
    }
    Ok(sides)
}

/// What the generated and the human side have.
fn amounts(samples: &[Sample]) -> [Side; 2] {
    let sides = sides(samples);
    [0, 1].map(|side| Side {
        pieces: sides.iter().filter(|piece| piece[side]).count(),
        excerpts: samples.iter().filter(|sample| usize::from(!sample.is_generated) == side).count(),
    })
}

/// The accuracy between two halves of the human pieces, for each division that leaves enough on both sides.
fn halves(samples: &[Sample]) -> Vec<f64> {
    let human = || samples.iter().filter(|sample| !sample.is_generated);
    let mut pieces: Vec<usize> = human().map(|sample| sample.piece).collect();
    pieces.dedup();
    let half = |seed: u64| {
        let mut shuffled = pieces.clone();
        shuffled.shuffle(&mut Pcg64::seed_from_u64(seed));
        shuffled.truncate(pieces.len() / 2);
        let relabelled =
            human().map(|sample| Sample { is_generated: shuffled.contains(&sample.piece), ..sample.clone() });
        let relabelled = weigh(relabelled.collect());
        amounts(&relabelled).into_iter().all(Side::is_enough).then(|| balanced_accuracy(&relabelled))
    };
    (0..DIVISIONS).filter_map(half).collect()
}

/// Every feature on both sides, the most telling first; of equals, in the order of [`FEATURES`].
fn compare_features(samples: &[Sample]) -> Vec<FeatureComparison> {
    let compare = |(index, feature): (usize, &Feature)| {
        let values = |is_generated: bool| {
            let mine = samples.iter().filter(|sample| sample.is_generated == is_generated);
            mine.map(|sample| (sample.features[index], sample.weight)).collect::<Vec<_>>()
        };
        let [generated, human] = [true, false].map(values);
        FeatureComparison {
            name: feature.name,
            more_often: more_often(&generated, &human),
            generated: Spread::new(generated),
            human: Spread::new(human),
            unit: feature.unit,
        }
    };
    let mut features: Vec<_> = FEATURES.iter().enumerate().map(compare).collect();
    features.sort_by(|one, other| other.alone().total_cmp(&one.alone()));
    features
}
