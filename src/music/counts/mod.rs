//! Counts of what follows what: a model without a network, and hard to beat.
//!
//! It predicts the three parts of an event one after the other, each knowing those before. For each part there are chains of
//! contexts from short to long: the last 0 to 8 events with their notes as intervals, the last 0 to 4 events as they are, and
//! what is held with the place in the bar. What followed a context is blended with what followed shorter ones (Witten-Bell,
//! as in "prediction by partial matching", PPM); each chain gives several such distributions. They are counted twice, over
//! the training pieces and over the piece so far, and the event that followed the longest match within the piece, in any
//! key, is one more. All are mixed by weights that learn from each symbol after it was predicted, as in the PAQ family of
//! compressors (Mahoney, "Adaptive Weighing of Context Models for Lossless Data Compression", 2005). There is a set of weights
//! for each class of how long the match is and of how its event has agreed so far.
//!
//! Long-term and short-term counts of several views of music go back to Conklin and Witten ("Multiple Viewpoint Systems for
//! Music Prediction", 1995) and Pearce ("The Construction and Evaluation of Statistical Models of Melodic Structure in Music
//! Perception and Composition", 2005).
//!
//! Another predictor of the same piece, such as a network, can be mixed with them in the same way: two distributions
//! with weights that begin anew with each piece. These weights are not tuned on the training pieces: a network predicts
//! the pieces that it was trained on better than others, so its weight would come out too high.
//!
//! Nothing is random, and neither the order of the training pieces nor the pieces scored before change a figure.

mod beside;
mod contexts;
mod mixer;
mod mixture;
mod plain;
mod table;
mod timed;

pub use plain::{nats_per_note, unigram};

use beside::Beside;
use contexts::{Contexts, mix};
use mixture::Mixture;
use table::Table;
use timed::Timed;

use crate::music::events::Token;

/// One piece in this many tunes the weights.
const TUNING_SHARE: usize = 5;

/// Counts of a corpus, with weights for them. They take about 1 kB of memory for each note.
pub struct Counts {
    table: Table,
    whole: Mixture,
    alone: Mixture,
}

impl Counts {
    /// Counts `pieces`. A fifth of them, chosen by a hash of their events, is scored with the counts of the others before it
    /// is counted too, and so the weights are tuned. Copies and transpositions of a piece stay together. Where all pieces are
    /// copies of one, the weights stay equal.
    pub fn train(pieces: &[impl AsRef<[Token]>]) -> Self {
        let mut pieces: Vec<(u64, &[Token])> =
            pieces.iter().map(AsRef::as_ref).map(|piece| (fingerprint(piece), piece)).collect();
        pieces.sort_unstable();
        let groups: Vec<_> = pieces.chunk_by(|one, other| one.0 == other.0).collect();
        let tuning = if groups.len() < 2 { 0 } else { (groups.len() / TUNING_SHARE).max(1) };
        let (tuning, others) = groups.split_at(tuning);
        let (tuning, others) = (tuning.concat(), others.concat());
        let mut counts = Self { table: Table::default(), whole: Mixture::new(true), alone: Mixture::new(false) };
        others.iter().for_each(|(_, piece)| counts.table.count(piece));
        for (_, piece) in &tuning {
            counts.whole.score(&counts.table, piece);
            counts.alone.score(&counts.table, piece);
        }
        tuning.iter().for_each(|(_, piece)| counts.table.count(piece));
        counts
    }

    /// What each event of a piece costs, in nats: offset, note, duration. END comes last, as an offset. The part of an event
    /// depends on the events before it and on its earlier parts.
    ///
    /// # Panics
    /// When an id is not in the vocabulary; so do the other functions of this module.
    pub fn score(&self, piece: &[Token]) -> Vec<[f64; 3]> {
        self.whole.clone().score(&self.table, piece)
    }

    /// The same by a mixture of the counts and another predictor, whose `logits` of each part are [events + 1,
    /// classes], row-major: those of the classes of an event after the events before it and its earlier parts. Of the
    /// last row, which predicts END, only the offset counts. The mixture is one distribution over the classes of each
    /// part, and its weights learn from each part after it was predicted.
    ///
    /// # Panics
    /// Also when there are fewer rows of logits than events.
    pub fn score_beside(&self, piece: &[Token], logits: &[Vec<f32>; 3]) -> Vec<[f64; 3]> {
        let mut both = Beside::new(logits);
        let cost = |at, part, target, logarithms: &[f64]| both.cost(at, part, target, logarithms);
        self.whole.clone().score_by(&self.table, piece, cost)
    }

    /// The same by the training counts alone, without those of the piece and without its longest match.
    pub fn score_by_training_alone(&self, piece: &[Token]) -> Vec<[f64; 3]> {
        self.alone.clone().score(&self.table, piece)
    }
}

impl Table {
    /// Counts a piece with its END.
    fn count(&mut self, tokens: &[Token]) {
        let mut contexts = Contexts::default();
        Timed::new(tokens).each_part(|piece, at, part, class| {
            contexts.find(piece, at, part);
            contexts.symbols(class).for_each(|(context, symbol)| self.add(context, symbol));
        });
    }
}

/// A hash of the events, the same for transposed pieces.
fn fingerprint(piece: &[Token]) -> u64 {
    let first = piece.first().map_or(0, |event| event[1]);
    piece.iter().fold(0, |hash, &[offset, note, duration, ..]| {
        [offset, note.wrapping_sub(first), duration].into_iter().fold(hash, |hash, part| mix(hash ^ u64::from(part)))
    })
}
