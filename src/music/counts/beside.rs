//! The counts together with another predictor of the same piece, such as a network.

use super::mixer::{Mixer, Rows};
use crate::music::events::Field;

/// Weights at the beginning of each piece: of the other predictor, and of the counts.
const WEIGHTS: [f64; 2] = [0.6, 0.4];
/// How much the weights move with the first event, and at least with each later one: fast at first, so that a predictor
/// that is of no use for the piece soon has little weight.
const LEARNING_RATES: [f64; 2] = [0.02, 0.002];
/// Events after which they move half as much as at first.
const HALF: f64 = 20.0;

/// A mixture of two distributions for each part of an event: `p(v) = softmax(w₀ ln p_other(v) + w₁ ln p_counts(v))`,
/// with weights for each kind of part.
pub(super) struct Beside<'a> {
    logits: &'a [Vec<f32>; 3],
    mixers: [Mixer; 3],
    rows: Rows,
}

impl<'a> Beside<'a> {
    /// `logits` are [events + 1, classes] of each part, row-major.
    pub(super) fn new(logits: &'a [Vec<f32>; 3]) -> Self {
        let mixer = || Mixer::with_weights(&WEIGHTS, 1);
        Self { logits, mixers: [mixer(), mixer(), mixer()], rows: Rows::default() }
    }

    /// What class `target` costs in nats, as part `part` of event `at`, where the counts give `logarithms` of the
    /// probabilities of all classes. Then the weights learn it.
    pub(super) fn cost(&mut self, at: usize, part: usize, target: u32, logarithms: &[f64]) -> f64 {
        let classes = Field::CORE_CLASSES[part];
        self.rows.clear(classes);
        self.rows.push_logits(&self.logits[part][at * classes..][..classes]);
        self.rows.push(logarithms);
        let [first, least] = LEARNING_RATES;
        let rate = (first / (1.0 + at as f64 / HALF)).max(least);
        -self.mixers[part].mix(0, &self.rows, target, rate)[target as usize]
    }
}
