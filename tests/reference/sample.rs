//! Sampling from logits.

use gpu_lstm::model::reference;

use crate::common::numeric::random;

/// Probabilities 0.1, 0.4, 0.1, 0.25, 0.15 as logits.
fn logits() -> Vec<f64> {
    [0.1, 0.4, 0.1, 0.25, 0.15].map(f64::ln).to_vec()
}

/// All classes allowed, none exempt.
fn sample(logits: &[f64], temperature: f64, top_k: usize, top_p: f64, min_p: f64, uniform: f64) -> usize {
    reference::sample(logits, &vec![true; logits.len()], None, temperature, top_k, top_p, min_p, uniform)
}

/// How often each class is drawn by a thousand evenly spread draws.
fn counts(temperature: f64, top_k: usize, top_p: f64, min_p: f64) -> Vec<usize> {
    counts_exempt(None, temperature, top_k, top_p, min_p)
}

/// The same with a class that the filters leave alone.
fn counts_exempt(exempt: Option<usize>, temperature: f64, top_k: usize, top_p: f64, min_p: f64) -> Vec<usize> {
    let mut counts = vec![0; 5];
    for draw in 0..1000 {
        let uniform = (f64::from(draw) + 0.25) / 1000.0;
        counts[reference::sample(&logits(), &[true; 5], exempt, temperature, top_k, top_p, min_p, uniform)] += 1;
    }
    counts
}

#[test]
fn without_filters_classes_come_by_their_probability_in_order_of_index() {
    assert_eq!(counts(1.0, 0, 1.0, 0.0), [100, 400, 100, 250, 150]);
    let draws = [0.05, 0.3, 0.55, 0.7, 0.9, 0.9999].map(|u| sample(&logits(), 1.0, 0, 1.0, 0.0, u));
    assert_eq!(draws, [0, 1, 2, 3, 4, 4]);
}

#[test]
fn temperature_zero_takes_the_largest_and_the_first_of_equals() {
    for uniform in [0.0, 0.5, 0.999] {
        assert_eq!(sample(&logits(), 0.0, 0, 1.0, 0.0, uniform), 1);
        assert_eq!(sample(&[-3.0, -0.0, 0.0, -1.0], 0.0, 3, 0.9, 0.0, uniform), 1);
    }
}

#[test]
fn temperature_sharpens_and_flattens() {
    // At 1/2 probabilities are squared: 1, 16, 1, 6.25, 2.25, in hundredths of 0.265.
    assert_eq!(counts(0.5, 0, 1.0, 0.0), [38, 604, 37, 236, 85]);
    assert_eq!(counts(1e6, 0, 1.0, 0.0), [200; 5]);
    assert_eq!(counts(1e-3, 0, 1.0, 0.0), [0, 1000, 0, 0, 0]);
}

#[test]
fn top_k_keeps_the_most_probable_and_of_equals_the_first() {
    assert_eq!(counts(1.0, 1, 1.0, 0.0), [0, 1000, 0, 0, 0]);
    assert_eq!(counts(1.0, 3, 1.0, 0.0), [0, 500, 0, 313, 187]);
    let four = counts(1.0, 4, 1.0, 0.0);
    assert!(four[0] > 0 && four[2] == 0, "{four:?}");
    assert_eq!(counts(1.0, 99, 1.0, 0.0), counts(1.0, 0, 1.0, 0.0));
}

#[test]
fn top_p_keeps_classes_until_the_mass_before_them_reaches_it() {
    assert_eq!(counts(1.0, 0, 0.0, 0.0), [0, 1000, 0, 0, 0]);
    assert_eq!(counts(1.0, 0, 0.39, 0.0), [0, 1000, 0, 0, 0]);
    // The second has 0.4 before it: that is less than 0.41, so it stays although it passes the mark.
    assert_eq!(counts(1.0, 0, 0.41, 0.0), [0, 616, 0, 384, 0]);
    assert_eq!(counts(1.0, 0, 0.79, 0.0), [0, 500, 0, 313, 187]);
}

#[test]
fn min_p_is_a_share_of_the_largest_probability() {
    assert_eq!(counts(1.0, 0, 1.0, 0.5), [0, 616, 0, 384, 0]);
    assert_eq!(counts(1.0, 0, 1.0, 0.3), [0, 500, 0, 313, 187]);
    assert_eq!(counts(1.0, 0, 1.0, 1.0), [0, 1000, 0, 0, 0]);
}

#[test]
fn filters_apply_together() {
    assert_eq!(counts(1.0, 2, 0.9, 0.3), [0, 616, 0, 384, 0]);
    assert_eq!(counts(1.0, 4, 0.41, 0.0), [0, 616, 0, 384, 0]);
    assert_eq!(counts(1.0, 4, 0.9, 0.5), [0, 616, 0, 384, 0]);
}

#[test]
fn extreme_logits_and_draws_still_give_a_class() {
    let logits = [-100.0, 100.0, -1e4, 100.0];
    assert_eq!(sample(&logits, 1.0, 0, 1.0, 0.0, 1e-9), 1);
    assert_eq!(sample(&logits, 1.0, 0, 1.0, 0.0, 1.0 - f64::EPSILON / 2.0), 3);
    assert_eq!(sample(&logits, 1e-3, 0, 1.0, 0.0, 0.4), 1);
    assert_eq!(sample(&[5.0], 1.0, 1, 0.5, 0.5, 0.5), 0);
}

#[test]
fn a_draw_on_the_boundary_takes_the_class_above_it() {
    assert_eq!(sample(&[1.0, 1.0], 1.0, 0, 1.0, 0.0, 0.5), 1);
    // Class 0 has no probability at all: e^-10000 is 0 in f64.
    assert_eq!(sample(&[-1e4, 0.0], 1.0, 0, 1.0, 0.0, 0.0), 1);
}

#[test]
fn a_shift_of_all_logits_changes_nothing() {
    let logits: Vec<f64> = random(1, 50).iter().map(|x| x * 4.0).collect();
    let shifted: Vec<f64> = logits.iter().map(|x| x + 32.0).collect();
    for draw in 0..100 {
        let uniform = (f64::from(draw) + 0.5) / 100.0;
        let once = sample(&logits, 0.9, 20, 0.95, 0.01, uniform);
        assert_eq!(once, sample(&shifted, 0.9, 20, 0.95, 0.01, uniform));
    }
}

#[test]
fn a_class_that_is_not_allowed_is_as_good_as_absent() {
    let allowed = [true, false, true, false, true];
    let rest = [0, 2, 4].map(|class| logits()[class]);
    for (temperature, top_k, top_p, min_p) in
        [(1.0, 0, 1.0, 0.0), (0.0, 0, 1.0, 0.0), (0.5, 2, 1.0, 0.0), (1.0, 0, 0.6, 0.0), (2.0, 0, 1.0, 0.9)]
    {
        for draw in 0..100 {
            let uniform = (f64::from(draw) + 0.5) / 100.0;
            let masked = reference::sample(&logits(), &allowed, None, temperature, top_k, top_p, min_p, uniform);
            assert_eq!(masked, 2 * sample(&rest, temperature, top_k, top_p, min_p, uniform));
        }
    }
    // However unlikely the only class may be.
    assert_eq!(reference::sample(&[9e3, -9e3, 9e3], &[false, true, false], None, 0.1, 1, 0.1, 1.0, 0.3), 1);
}

#[test]
fn an_exempt_class_keeps_its_probability_and_the_rest_is_filtered_without_it() {
    // The least likely, first, last and in the middle: it keeps 0.1, 0.15, 0.1, and the most likely has the rest.
    assert_eq!(counts_exempt(Some(0), 1.0, 1, 1.0, 0.0), [100, 900, 0, 0, 0]);
    assert_eq!(counts_exempt(Some(4), 1.0, 1, 1.0, 0.0), [0, 850, 0, 0, 150]);
    assert_eq!(counts_exempt(Some(2), 1.0, 0, 0.3, 0.0), [0, 900, 100, 0, 0]);
    assert_eq!(counts_exempt(Some(2), 1.0, 0, 1.0, 0.9), [0, 900, 100, 0, 0]);
    // The most likely: the others are 1/6, 1/6, 5/12 and 1/4 of what it leaves, 0.6, and ranked by that. Kept are 5/12
    // and 1/4, so 5/8 and 3/8 of 0.6.
    let kept = [0, 400, 0, 375, 225];
    assert_eq!(counts_exempt(Some(1), 1.0, 2, 1.0, 0.0), kept);
    // 5/12 is before the second, 2/3 before the third.
    assert_eq!(counts_exempt(Some(1), 1.0, 0, 0.42, 0.0), kept);
    assert_eq!(counts_exempt(Some(1), 1.0, 0, 0.66, 0.0), kept);
    assert_eq!(counts_exempt(Some(1), 1.0, 0, 0.41, 0.0), [0, 400, 0, 600, 0]);
    // Of the largest of these, 1/4 is 0.6 and 1/6 is 0.4.
    assert_eq!(counts_exempt(Some(1), 1.0, 0, 1.0, 0.59), kept);
    assert_eq!(counts_exempt(Some(1), 1.0, 0, 1.0, 0.61), [0, 400, 0, 600, 0]);
    // Tempered as all: at 1/2 it has 1 of 1 + 16 + 1 + 6.25 + 2.25, or 3.77 %; 963 draws are below the rest, 0.96226.
    assert_eq!(counts_exempt(Some(2), 0.5, 1, 1.0, 0.0), [0, 963, 37, 0, 0]);
    for class in 0..5 {
        assert_eq!(counts_exempt(Some(class), 0.7, 0, 1.0, 0.0), counts(0.7, 0, 1.0, 0.0), "nothing is filtered");
        assert_eq!(counts_exempt(Some(class), 0.0, 1, 0.5, 0.5), [0, 1000, 0, 0, 0], "the most likely of all");
    }
}

#[test]
fn an_exempt_class_that_is_not_allowed_has_no_probability_and_one_alone_has_all() {
    let allowed = [true, false, true, true, false];
    for draw in 0..100 {
        let uniform = (f64::from(draw) + 0.5) / 100.0;
        let drawn = |allowed: &[bool], exempt| reference::sample(&logits(), allowed, exempt, 1.0, 2, 0.6, 0.1, uniform);
        assert_eq!(drawn(&allowed, Some(1)), drawn(&allowed, None));
        assert_eq!(drawn(&[false, false, true, false, false], Some(2)), 2);
        // Its logit is so far above, or below, that nothing is left of the others, or of it.
        let extreme = |logit| reference::sample(&[0.0, logit, 0.0], &[true; 3], Some(1), 1.0, 1, 1.0, 0.0, uniform);
        assert_eq!([extreme(1e4), extreme(-1e4)], [1, 0]);
    }
}
