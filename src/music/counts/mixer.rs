//! Log-linear mixing of distributions, with weights that are learned from what comes.

/// How much the weights move with each symbol.
const LEARNING_RATE: f64 = 0.004;
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
    probabilities: Vec<f64>,
}

impl Mixer {
    /// Equal weights for `rows` distributions in each bucket.
    pub(super) fn new(rows: usize, buckets: usize) -> Self {
        Self { weights: vec![SUM / rows as f64; rows * buckets], rows, probabilities: Vec::new() }
    }

    /// The cost of class `target` in nats. The weights of `bucket` learn from it.
    pub(super) fn cost(&mut self, bucket: usize, rows: &Rows, target: u32) -> f64 {
        let target = target as usize;
        let weights = &mut self.weights[bucket * self.rows..][..self.rows];
        debug_assert_eq!(rows.logarithms.len(), self.rows * rows.classes);
        let each_row = || rows.logarithms.chunks_exact(rows.classes);
        let probabilities = &mut self.probabilities;
        probabilities.clear();
        probabilities.resize(rows.classes, 0.0);
        for (row, weight) in each_row().zip(&*weights) {
            probabilities.iter_mut().zip(row).for_each(|(sum, logarithm)| *sum += weight * logarithm);
        }
        let largest = probabilities.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let of_target = probabilities[target] - largest;
        probabilities.iter_mut().for_each(|value| *value = (*value - largest).exp());
        let sum: f64 = probabilities.iter().sum();
        for (row, weight) in each_row().zip(weights) {
            let expected: f64 = row.iter().zip(&*probabilities).map(|(logarithm, value)| logarithm * value).sum();
            *weight -= LEARNING_RATE * (expected / sum - row[target]).clamp(-MAX_GRADIENT, MAX_GRADIENT);
        }
        sum.ln() - of_target
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let at_first = mixer.clone().cost(0, &rows, 0);
        (0..200).for_each(|_| {
            mixer.cost(0, &rows, 0);
        });
        assert!(mixer.clone().cost(0, &rows, 0) < 0.5 * at_first);
        assert_eq!(mixer.cost(1, &rows, 0), at_first);
    }

    #[test]
    fn costs_of_all_classes_are_probabilities() {
        let rows = rows(&[[0.7, 0.2, 0.1], [1.0, 0.0, 0.0]]);
        let sum: f64 = (0..3).map(|class| (-Mixer::new(2, 1).cost(0, &rows, class)).exp()).sum();
        assert!((sum - 1.0).abs() < 1e-12, "{sum}");
    }
}
