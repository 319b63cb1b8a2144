//! Gradient norm, clipping, `AdamW`.

use gpu_lstm::engine::reference::{adamw, gradient_clip, sum_squares};

use crate::common::{SAME_MATH, assert_all_zero, assert_close_f64};

#[test]
fn a_sum_of_squares_by_hand() {
    assert_eq!(sum_squares(&[3.0, -4.0, 0.0]), 25.0);
    assert_eq!(sum_squares(&[]), 0.0);
}

#[test]
fn clipping_shrinks_a_long_gradient_and_leaves_a_short_one() {
    let (norm, scale) = gradient_clip(25.0, 1.0);
    assert_eq!(norm, 5.0);
    assert_close_f64("scale", &[scale], &[1.0 / 5.000001], SAME_MATH);
    assert_eq!(gradient_clip(25.0, 6.0), (5.0, 1.0));
    assert_eq!(gradient_clip(0.0, 1.0), (0.0, 1.0));
}

#[test]
fn a_bound_of_zero_or_less_means_no_clipping() {
    assert_eq!(gradient_clip(25.0, 0.0), (5.0, 1.0));
    assert_eq!(gradient_clip(25.0, -1.0), (5.0, 1.0));
}

#[test]
fn a_norm_that_is_not_a_number_does_not_become_one() {
    let (norm, scale) = gradient_clip(f64::NAN, 1.0);
    assert!(norm.is_nan() && scale.is_nan());
    assert_eq!(gradient_clip(f64::INFINITY, 1.0), (f64::INFINITY, 0.0));
}

fn first_step(gradient: f64, clip_scale: f64, eps: f64, weight_decay: f64) -> [f64; 3] {
    let (mut parameters, mut m, mut v) = ([2.0], [0.0], [0.0]);
    adamw(&mut parameters, &[gradient], &mut m, &mut v, clip_scale, 0.1, 0.9, 0.99, eps, weight_decay, 1);
    [parameters[0], m[0], v[0]]
}

#[test]
fn the_first_step_moves_by_the_learning_rate_against_the_sign() {
    let got = first_step(4.0, 1.0, 0.0, 0.0);
    assert_close_f64("gradient 4", &got, &[1.9, 0.4, 0.16], SAME_MATH);
    let got = first_step(-0.5, 1.0, 0.0, 0.0);
    assert_close_f64("gradient -0.5", &got, &[2.1, -0.05, 0.0025], SAME_MATH);
}

#[test]
fn eps_stands_outside_the_corrected_root() {
    // √v̂ is 4, so that an eps of 4 halves the step; inside the root, or before the correction, it would not.
    let got = first_step(4.0, 1.0, 4.0, 0.0);
    assert_close_f64("eps 4", &got, &[1.95, 0.4, 0.16], SAME_MATH);
}

#[test]
fn decay_shrinks_the_parameter_and_passes_the_moments_by() {
    let got = first_step(4.0, 1.0, 0.0, 0.5);
    assert_close_f64("decay", &got, &[2.0 * 0.95 - 0.1, 0.4, 0.16], SAME_MATH);
    let got = first_step(0.0, 1.0, 1e-8, 0.5);
    assert_close_f64("decay alone", &got[..1], &[1.9], SAME_MATH);
    assert_all_zero("moments", &got[1..]);
}

#[test]
fn clipping_comes_before_the_moments() {
    let got = first_step(40.0, 0.1, 4.0, 0.0);
    assert_close_f64("clipped", &got, &[1.95, 0.4, 0.16], SAME_MATH);
}
