//! The counter-based generator, and dropout.

use gpu_lstm::engine::reference::dropout;
use gpu_lstm::engine::reference::random::{pcg, uniform};

use crate::common::numeric::{central_differences, dot, random};
use crate::common::{DIFFERENCES, assert_close_f64};

fn dropped(values: &[f64], p: f64, seed: u32, counter: u32) -> Vec<f64> {
    let mut values = values.to_vec();
    dropout(&mut values, p, seed, counter);
    values
}

#[test]
fn draws_lie_in_the_unit_interval_and_spread_evenly() {
    let mut tenths = [0; 10];
    for index in 0..10_000 {
        let draw = uniform(1, 2, index);
        assert!((0.0..1.0).contains(&draw));
        assert_eq!(f64::from(draw as f32), draw, "exact in f32");
        tenths[(draw * 10.0) as usize] += 1;
    }
    // Six standard deviations of a binomial count.
    assert!(tenths.iter().all(|count| (820..1180).contains(count)), "{tenths:?}");
}

#[test]
fn seed_counter_and_index_each_change_the_draw() {
    let draw = uniform(1, 2, 3);
    assert_eq!(draw, uniform(1, 2, 3));
    for other in [uniform(2, 2, 3), uniform(1, 3, 3), uniform(1, 2, 4), uniform(2, 1, 3)] {
        assert_ne!(draw, other);
    }
    assert_ne!(pcg(0), pcg(1));
}

#[test]
fn masks_of_neighbouring_sites_and_steps_are_independent() {
    let values = vec![1.0; 10_000];
    let mask = |seed, counter| dropped(&values, 0.5, seed, counter);
    let first = mask(7, 1);
    for other in [mask(8, 1), mask(7, 2), mask(8, 2)] {
        let equal = first.iter().zip(&other).filter(|(a, b)| a == b).count();
        assert!((4_700..5_300).contains(&equal), "{equal} of 10000 are equal");
    }
}

#[test]
fn dropout_drops_a_share_of_p_and_scales_the_rest() {
    let got = dropped(&vec![3.0; 10_000], 0.25, 5, 6);
    let zeros = got.iter().filter(|&&value| value == 0.0).count();
    assert!((2_240..2_760).contains(&zeros), "{zeros} of 10000 are dropped");
    assert!(got.iter().all(|&value| value == 0.0 || value == 4.0));
}

#[test]
fn dropout_of_nothing_changes_nothing() {
    let values = random(1, 100);
    assert_eq!(dropped(&values, 0.0, 5, 6), values);
}

#[test]
fn dropout_is_its_own_gradient() {
    let (values, weights) = (random(1, 40), random(2, 40));
    let want = central_differences(&values, |values| dot(&dropped(values, 0.3, 5, 6), &weights));
    let got = dropped(&weights, 0.3, 5, 6);
    assert!(got.contains(&0.0));
    assert_close_f64("dvalues", &got, &want, DIFFERENCES);
}
