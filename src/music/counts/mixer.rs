//! Log-linear mixing of distributions, with weights that are learned from what comes.

/// Bound of each element of a gradient.
const MAX_GRADIENT: f64 = 8.0;
/// What the weights add up to at first: distributions that agree are worth more than each of them.
const SUM: f64 = 1.5;
/// No distribution is believed when it says less than this of a class.
const FLOOR: f64 = 1e-7;

/// Distributions over the same classes, as logarithms in rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    logarithms: Vec<f64>,
    classes: usize,
}

impl Rows {
    /// None yet, over `classes` classes.
    pub(super) fn clear(&mut self, classes: usize) {
        self.logarithms.clear();
        self.classes = classes;
    }

    /// Adds a distribution by the logarithms of its probabilities.
    pub(super) fn push(&mut self, logarithms: &[f64]) {
        let floor = FLOOR.ln();
        self.logarithms.extend(logarithms.iter().map(|logarithm| logarithm.max(floor)));
    }

    /// Adds a distribution by its logits.
    pub(super) fn push_logits(&mut self, logits: &[f32]) {
        let largest = logits.iter().fold(f64::NEG_INFINITY, |largest, &logit| largest.max(logit.into()));
        let sum: f64 = logits.iter().map(|&logit| (f64::from(logit) - largest).exp()).sum();
        let (all, floor) = (largest + sum.ln(), FLOOR.ln());
        self.logarithms.extend(logits.iter().map(|&logit| (f64::from(logit) - all).max(floor)));
    }

    /// Adds the first distribution again.
    pub(super) fn push_first(&mut self) {
        self.logarithms.extend_from_within(..self.classes);
    }

    /// Adds the first distribution, with `probability` for `class` and the others scaled to share the rest.
    pub(super) fn push_first_with(&mut self, class: usize, probability: f64) {
        let start = self.logarithms.len();
        let first = || self.logarithms[..self.classes].iter().enumerate();
        let others: f64 = first().filter(|&(at, _)| at != class).map(|(_, logarithm)| logarithm.exp()).sum();
        let scale = ((1.0 - probability) / others).ln();
        self.push_first();
        let floor = FLOOR.ln();
        let row = &mut self.logarithms[start..];
        row.iter_mut().for_each(|logarithm| *logarithm = (*logarithm + scale).max(floor));
        row[class] = probability.ln().max(floor);
    }
}

/// Weights of the distributions, a set for each bucket: `p(v) = softmax(Σ weight · ln p_row(v))`.
///
/// Each symbol moves the weights of its bucket down the gradient of its own cost, after that cost is known (Mattern, "Mixing
/// Strategies in Data Compression", 2012).
#[derive(Clone, Debug)]
pub(super) struct Mixer {
    weights: Vec<f64>,
    rows: usize,
    logarithms: Vec<f64>,
    probabilities: Vec<f64>,
}

impl Mixer {
    /// Equal weights for `rows` distributions in each bucket.
    pub(super) fn new(rows: usize, buckets: usize) -> Self {
        Self::with_weights(&vec![SUM / rows as f64; rows], buckets)
    }

    /// These weights, one for each distribution, in each bucket.
    pub(super) fn with_weights(weights: &[f64], buckets: usize) -> Self {
        let rows = weights.len();
        Self { weights: weights.repeat(buckets), rows, logarithms: Vec::new(), probabilities: Vec::new() }
    }

    /// The logarithms of the probabilities of all classes. Then the weights of `bucket` learn that `target` came;
    /// `rate` says how much they move.
    pub(super) fn mix(&mut self, bucket: usize, rows: &Rows, target: u32, rate: f64) -> &[f64] {
        let target = target as usize;
        let weights = &mut self.weights[bucket * self.rows..][..self.rows];
        debug_assert_eq!(rows.logarithms.len(), self.rows * rows.classes);
        let each_row = || rows.logarithms.chunks_exact(rows.classes);
        let (logarithms, probabilities) = (&mut self.logarithms, &mut self.probabilities);
        logarithms.clear();
        logarithms.resize(rows.classes, 0.0);
        for (row, weight) in each_row().zip(&*weights) {
            logarithms.iter_mut().zip(row).for_each(|(sum, logarithm)| *sum += weight * logarithm);
        }
        let largest = logarithms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        logarithms.iter_mut().for_each(|value| *value -= largest);
        probabilities.clear();
        probabilities.extend(logarithms.iter().map(|value| value.exp()));
        let sum: f64 = probabilities.iter().sum();
        let all = sum.ln();
        logarithms.iter_mut().for_each(|value| *value -= all);
        for (row, weight) in each_row().zip(weights) {
            let expected: f64 = row.iter().zip(&*probabilities).map(|(logarithm, value)| logarithm * value).sum();
            *weight -= rate * (expected / sum - row[target]).clamp(-MAX_GRADIENT, MAX_GRADIENT);
        }
        logarithms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: f64 = 0.004;

    fn rows(distributions: &[[f64; 3]]) -> Rows {
        let mut rows = Rows::default();
        rows.clear(3);
        distributions.iter().for_each(|row| rows.push(&row.map(f64::ln)));
        rows
    }

    #[test]
    fn weights_come_to_prefer_the_distribution_that_is_right_in_their_bucket_alone() {
        let rows = rows(&[[0.8, 0.1, 0.1], [0.1, 0.8, 0.1]]);
        let mut mixer = Mixer::new(2, 2);
        let at_first = mixer.clone().mix(0, &rows, 0, RATE)[0];
        (0..200).for_each(|_| {
            mixer.mix(0, &rows, 0, RATE);
        });
        assert!(mixer.clone().mix(0, &rows, 0, RATE)[0] > 0.5 * at_first);
        assert_eq!(mixer.mix(1, &rows, 0, RATE)[0], at_first);
    }

    #[test]
    fn probabilities_of_all_classes_add_up_to_one() {
        let rows = rows(&[[0.7, 0.2, 0.1], [1.0, 0.0, 0.0]]);
        let sum: f64 = Mixer::new(2, 1).mix(0, &rows, 1, RATE).iter().map(|logarithm| logarithm.exp()).sum();
        assert!((sum - 1.0).abs() < 1e-12, "{sum}");
    }

    #[test]
    fn logits_are_distributions_up_to_a_constant() {
        let mut rows = Rows::default();
        rows.clear(3);
        let logits = [0.7_f32, 0.2, 0.1].map(|probability| probability.ln() + 200.0);
        rows.push_logits(&logits);
        for (got, want) in rows.logarithms.iter().zip([0.7_f64, 0.2, 0.1]) {
            assert!((got.exp() - want).abs() < 1e-5, "{got}");
        }
        rows.push_logits(&[-300.0, 0.0, -300.0]);
        assert_eq!(rows.logarithms[3], FLOOR.ln());
    }
}
