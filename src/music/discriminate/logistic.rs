//! A logistic regression with two classes of equal weight.

use super::features::FEATURE_COUNT;
use super::sample::Sample;

/// Strength of the L2 penalty, for weights of standardised features and losses of which the mean is 1 a sample.
const PENALTY: f64 = 1.0;

/// Newton steps at most; a handful suffices.
const NEWTON_STEPS: usize = 25;

/// The features and a constant.
const SIZE: usize = FEATURE_COUNT + 1;

type Vector = [f64; SIZE];
type Matrix = [Vector; SIZE];

/// A fitted classifier.
pub(super) struct Logistic {
    mean: [f64; FEATURE_COUNT],
    /// One over the standard deviation; 0 where a feature never changes.
    scale: [f64; FEATURE_COUNT],
    /// The last one is the constant.
    weights: Vector,
}

impl Logistic {
    /// Minimises `Σ c · ln(1 + exp(-y · w·x)) + ½ · penalty · |w|²` by Newton's method, x the standardised features, y ±1,
    /// c the weights, scaled so that both classes weigh as much and the mean of c is 1. The constant is not penalised.
    /// Generated excerpts are the positive class; there must be some of both.
    pub(super) fn fit(samples: &[&Sample]) -> Self {
        let half = samples.len() as f64 / 2.0;
        let of_class = |is_positive: bool| {
            let mine = samples.iter().filter(|sample| sample.is_generated == is_positive);
            half / mine.map(|sample| sample.weight).sum::<f64>()
        };
        let (of_positive, of_negative) = (of_class(true), of_class(false));
        let weighted: Vec<(&[f64; FEATURE_COUNT], f64, f64)> = samples
            .iter()
            .map(|sample| {
                let (sign, scale) = if sample.is_generated { (1.0, of_positive) } else { (-1.0, of_negative) };
                (&sample.features, sign, scale * sample.weight)
            })
            .collect();
        let total = samples.len() as f64;
        let moment = |value: &dyn Fn(&[f64; FEATURE_COUNT]) -> f64| {
            weighted.iter().map(|(features, _, weight)| weight * value(features)).sum::<f64>() / total
        };
        let mean = std::array::from_fn(|index| moment(&|features| features[index]));
        let scale = std::array::from_fn(|index| {
            let deviation = moment(&|features| (features[index] - mean[index]).powi(2)).sqrt();
            if deviation > 1e-9 { deviation.recip() } else { 0.0 }
        });
        let mut model = Self { mean, scale, weights: [0.0; SIZE] };
        let rows: Vec<(Vector, f64, f64)> =
            weighted.iter().map(|(features, sign, weight)| (model.standardised(features), *sign, *weight)).collect();
        model.weights = minimise(&rows);
        model
    }

    /// Above 0 for the positive class.
    pub(super) fn score(&self, features: &[f64; FEATURE_COUNT]) -> f64 {
        dot(&self.weights, &self.standardised(features))
    }

    fn standardised(&self, features: &[f64; FEATURE_COUNT]) -> Vector {
        let value = |index| (features[index] - self.mean[index]) * self.scale[index];
        std::array::from_fn(|index| if index < FEATURE_COUNT { value(index) } else { 1.0 })
    }
}

fn dot(one: &Vector, other: &Vector) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

fn penalty(index: usize) -> f64 {
    if index < FEATURE_COUNT { PENALTY } else { 0.0 }
}

fn loss(rows: &[(Vector, f64, f64)], weights: &Vector) -> f64 {
    let of_row = |(x, sign, weight): &(Vector, f64, f64)| {
        let margin = sign * dot(weights, x);
        // ln(1 + exp(-margin)) without overflow
        weight * ((-margin.abs()).exp().ln_1p() + (-margin).max(0.0))
    };
    let size: f64 = weights.iter().enumerate().map(|(index, weight)| penalty(index) * weight * weight).sum();
    rows.iter().map(of_row).sum::<f64>() + size / 2.0
}

/// Weights at which the loss is least. A Newton step that does not lower the loss is halved.
fn minimise(rows: &[(Vector, f64, f64)]) -> Vector {
    let mut weights = [0.0; SIZE];
    let mut least = loss(rows, &weights);
    for _ in 0..NEWTON_STEPS {
        let mut gradient: Vector = std::array::from_fn(|index| penalty(index) * weights[index]);
        let mut hessian: Matrix = [[0.0; SIZE]; SIZE];
        for (index, row) in hessian.iter_mut().enumerate() {
            // A trace for the constant, so that the matrix can be inverted where all samples are beyond doubt.
            row[index] = penalty(index).max(1e-9);
        }
        for (x, sign, weight) in rows {
            let wrong = 1.0 / (1.0 + (sign * dot(&weights, x)).exp());
            let curvature = weight * wrong * (1.0 - wrong);
            for (row, value) in x.iter().enumerate() {
                gradient[row] -= weight * sign * wrong * value;
                let factor = curvature * value;
                hessian[row][..=row].iter_mut().zip(x).for_each(|(entry, other)| *entry += factor * other);
            }
        }
        let step = solve(hessian, gradient);
        let moved = |length: f64| std::array::from_fn(|index| weights[index] - length * step[index]);
        let lengths = std::iter::successors(Some(1.0), |length| Some(length / 2.0)).take(20);
        let Some((lower, better)) = lengths.map(moved).map(|to| (loss(rows, &to), to)).find(|(loss, _)| *loss < least)
        else {
            break;
        };
        let gained = least - lower;
        (least, weights) = (lower, better);
        if gained < 1e-10 * least {
            break;
        }
    }
    weights
}

/// Solves `matrix · x = right` for a symmetric positive definite matrix, of which the lower triangle is read (Cholesky).
fn solve(mut matrix: Matrix, right: Vector) -> Vector {
    let mut x = right;
    for row in 0..SIZE {
        for column in 0..=row {
            let known: f64 = (0..column).map(|inner| matrix[row][inner] * matrix[column][inner]).sum();
            let rest = matrix[row][column] - known;
            matrix[row][column] = if row == column { rest.max(1e-12).sqrt() } else { rest / matrix[column][column] };
        }
        let known: f64 = (0..row).map(|inner| matrix[row][inner] * x[inner]).sum();
        x[row] = (x[row] - known) / matrix[row][row];
    }
    for row in (0..SIZE).rev() {
        let known: f64 = (row + 1..SIZE).map(|inner| matrix[inner][row] * x[inner]).sum();
        x[row] = (x[row] - known) / matrix[row][row];
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(is_generated: bool, first: f64, second: f64) -> Sample {
        let mut features = [7.0; FEATURE_COUNT];
        (features[0], features[1]) = (first, second);
        Sample { features, is_generated, piece: 0, place: 0, weight: 1.0 }
    }

    #[test]
    fn the_gradient_is_zero_at_the_minimum() {
        // Classes of unequal size that overlap; the values are of any size, since they are standardised.
        let value = |at: u32| sample(at.is_multiple_of(3), f64::from(at * at % 17), 1e4 * f64::from(at * 7 % 11));
        let samples: Vec<Sample> = (0..30).map(value).collect();
        let model = Logistic::fit(&samples.iter().collect::<Vec<_>>());
        let row = |sample: &Sample| {
            let (sign, weight) = if sample.is_generated { (1.0, 1.5) } else { (-1.0, 0.75) };
            (model.standardised(&sample.features), sign, weight)
        };
        let rows: Vec<(Vector, f64, f64)> = samples.iter().map(row).collect();
        assert!(model.weights[0].abs() > 0.05, "{:?}", model.weights);
        for index in 0..SIZE {
            let at = |change: f64| {
                let mut weights = model.weights;
                weights[index] += change;
                loss(&rows, &weights)
            };
            let slope = (at(1e-4) - at(-1e-4)) / 2e-4;
            assert!(slope.abs() < 1e-5, "{index}: {slope}");
        }
    }

    #[test]
    fn a_class_ten_times_as_frequent_is_not_favoured() {
        // By numbers alone everything would be of the frequent class; half-way between the two is the limit instead.
        let value = |at: u32| if at.is_multiple_of(11) { 1.0 } else { 0.0 };
        let samples: Vec<Sample> = (0..220).map(|at| sample(value(at) > 0.5, value(at), 0.0)).collect();
        let model = Logistic::fit(&samples.iter().collect::<Vec<_>>());
        let score = |value: f64| model.score(&sample(true, value, 0.0).features);
        assert!(score(1.0) > 0.0 && score(0.0) < 0.0);
        assert!(score(0.5).abs() < 0.05, "{}", score(0.5));
    }
}
