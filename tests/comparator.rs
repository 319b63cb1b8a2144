//! Tests of the comparator that all numeric tests rely on: it must be able to fail.

mod common;

use common::{POINTWISE, Tolerance, assert_all_zero, assert_close, assert_close_f64, sum_of};

const WANT: [f64; 3] = [1.0, -2.0, 0.5];

#[test]
fn accepts_equal_values_and_one_unit_in_the_last_place() {
    assert_eq!(assert_close("equal", &[1.0, -2.0, 0.5], &WANT, POINTWISE), 0.0);
    let worst = assert_close("one unit", &[1.0 + f32::EPSILON, -2.0, 0.5], &WANT, POINTWISE);
    assert_eq!(worst, f64::from(f32::EPSILON));
}

#[test]
fn accepts_an_error_within_the_absolute_or_the_relative_part() {
    let tolerance = Tolerance { abs: 0.1, rel: 0.0 };
    assert_close_f64("absolute", &[1.09, -2.09, 0.41], &[1.0, -2.0, 0.5], tolerance);
    let tolerance = Tolerance { abs: 0.0, rel: 0.1 };
    assert_close_f64("relative", &[1.09, -2.19, 0.46], &WANT, tolerance);
}

#[test]
#[should_panic(expected = "1 of 3 elements differ; the worst, [1]")]
fn rejects_one_wrong_element() {
    assert_close("one wrong", &[1.0, -2.001, 0.5], &WANT, POINTWISE);
}

#[test]
#[should_panic(expected = "elements differ")]
fn rejects_the_wrong_sign() {
    assert_close("sign", &[1.0, 2.0, 0.5], &WANT, POINTWISE);
}

#[test]
#[should_panic(expected = "the worst, [2]")]
fn rejects_nan() {
    assert_close("NaN", &[1.0, -2.5, f32::NAN], &WANT, POINTWISE);
}

#[test]
#[should_panic(expected = "the worst, [0]")]
fn rejects_infinity() {
    assert_close("infinity", &[f32::INFINITY, -2.0, 0.5], &WANT, POINTWISE);
}

#[test]
#[should_panic(expected = "the reference is not finite")]
fn rejects_an_infinite_reference_which_would_tolerate_anything() {
    assert_close("infinite", &[1.0], &[f64::INFINITY], POINTWISE);
}

#[test]
#[should_panic(expected = "the reference is not finite")]
fn rejects_a_reference_that_is_not_a_number() {
    assert_close("NaN", &[f32::NAN, 1.0], &[f64::NAN, 1.0], POINTWISE);
}

#[test]
#[should_panic(expected = "short: length")]
fn rejects_a_short_result() {
    assert_close("short", &[1.0, -2.0], &WANT, POINTWISE);
}

#[test]
#[should_panic(expected = "all but zero")]
fn rejects_a_reference_of_zeros() {
    assert_close("zeros", &[0.0; 3], &[0.0; 3], POINTWISE);
}

#[test]
#[should_panic(expected = "all but zero")]
fn rejects_an_empty_reference() {
    assert_close("empty", &[], &[], POINTWISE);
}

#[test]
fn a_longer_sum_tolerates_more_and_no_more_than_it_must() {
    assert!(sum_of(1000).abs > sum_of(10).abs);
    assert!(sum_of(1000).abs < 2e-4);
}

#[test]
fn zeros_of_both_signs_are_zero() {
    assert_all_zero("zeros", &[0.0, -0.0]);
}

#[test]
#[should_panic(expected = "[1] is not 0")]
fn nan_is_not_zero() {
    assert_all_zero("NaN", &[0.0, f64::NAN]);
}

#[test]
#[should_panic(expected = "nothing to compare")]
fn nothing_is_not_zero() {
    assert_all_zero("empty", &[]);
}
