//! Values of a feature on one side, and on both.

use serde::Serialize;

/// Where weighted values lie.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// A tenth of the weight is below it.
    pub low: f64,
    /// The middle one.
    pub median: f64,
    /// A tenth of the weight is above it.
    pub high: f64,
}

impl Spread {
    /// Of values and their weights, in any order.
    ///
    /// # Panics
    /// If there is none.
    pub fn new(mut values: Vec<(f64, f64)>) -> Self {
        values.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
        let all: f64 = values.iter().map(|value| value.1).sum();
        let at = |share: f64| {
            let mut below = 0.0;
            let reaches = |value: &&(f64, f64)| {
                below += value.1;
                below > share * all
            };
            values.iter().find(reaches).unwrap_or(&values[values.len() - 1]).0
        };
        Self { low: at(0.1), median: at(0.5), high: at(0.9) }
    }
}

/// The chance that a value of the first side is greater than one of the other, equals counting half. Values have weights.
pub(super) fn more_often(ones: &[(f64, f64)], others: &[(f64, f64)]) -> f64 {
    let mut sorted = others.to_vec();
    sorted.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
    // Weights of the first so many of them.
    let mut sums = vec![0.0];
    for (at, (_, weight)) in sorted.iter().enumerate() {
        sums.push(sums[at] + weight);
    }
    let below = |(one, weight): &(f64, f64)| {
        let less = sorted.partition_point(|(other, _)| other < one);
        let not_more = sorted.partition_point(|(other, _)| other <= one);
        weight * (sums[less] + sums[not_more]) / 2.0
    };
    let all: f64 = ones.iter().map(|one| one.1).sum();
    ones.iter().map(below).sum::<f64>() / (all * sums[sorted.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_leaves_out_a_tenth_at_either_end() {
        let values = (0..20).rev().map(|value| (f64::from(value), 1.0)).collect();
        assert_eq!(Spread::new(values), Spread { low: 2.0, median: 10.0, high: 18.0 });
        assert_eq!(Spread::new(vec![(3.0, 0.5)]), Spread { low: 3.0, median: 3.0, high: 3.0 });
        let median = Spread::new(vec![(1.0, 1.0), (2.0, 1.0), (3.0, 5.0)]).median;
        assert_eq!(median, 3.0, "weights count");
    }

    #[test]
    fn pairs_are_counted_with_ties_as_halves_and_by_weight() {
        let of = |values: &[f64]| values.iter().map(|&value| (value, 2.0)).collect::<Vec<_>>();
        // 1 ties with 1 and loses to 2; 3 beats both; 2 beats 1 and ties with 2: four points of six.
        assert_eq!(more_often(&of(&[1.0, 3.0, 2.0]), &of(&[1.0, 2.0])), (0.5 + 2.0 + 1.5) / 6.0);
        assert_eq!(more_often(&of(&[5.0, 6.0]), &of(&[1.0, 2.0])), 1.0);
        assert_eq!(more_often(&[(5.0, 3.0), (0.0, 1.0)], &of(&[1.0, 2.0])), 0.75);
    }
}
