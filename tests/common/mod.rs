//! What every numeric test shares: the comparator with its tolerances.
//!
//! The comparator has tests of its own, in `tests/comparator.rs`: a comparison that cannot fail is worse than none.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses its own part of this module")]
#![allow(clippy::neg_cmp_op_on_partial_ord, reason = "`!(error <= bound)` fails on NaN, which is its purpose")]

pub mod device;
pub mod network;
pub mod numeric;
pub mod program;
pub mod runs;

/// An element passes if `|got - want| <= abs + rel·|want|`.
#[derive(Clone, Copy, Debug)]
pub struct Tolerance {
    /// Absolute part, in the unit of the values.
    pub abs: f64,
    /// Part relative to the wanted value.
    pub rel: f64,
}

/// For f32 results of a few operations: WGSL grants `exp` and `tanh` several units in the last place (6e-8 each), and
/// values here are of order 1.
pub const POINTWISE: Tolerance = Tolerance { abs: 1e-6, rel: 1e-5 };

/// For analytic f64 gradients against central differences. With a step of 1e-5 these err by about 1e-10 from curvature
/// and 1e-11 from rounding, for a loss of order 1; ten times that is allowed.
pub const DIFFERENCES: Tolerance = Tolerance { abs: 1e-9, rel: 1e-6 };

/// For f64 results that differ in the order of operations only: a few hundred roundings of 1e-16.
pub const SAME_MATH: Tolerance = Tolerance { abs: 1e-12, rel: 1e-10 };

/// For f32 sums of `k` products of factors within ±1: each addition may round by half a unit of a sum that is at most
/// `k`, but errors of random sign and a sum of order √k make `k` units a generous bound.
pub const fn sum_of(k: usize) -> Tolerance {
    Tolerance { abs: POINTWISE.abs + k as f64 * f32::EPSILON as f64, rel: POINTWISE.rel }
}

/// Asserts that every element of an f32 result is close to its f64 reference, and returns the largest absolute error.
#[track_caller]
pub fn assert_close(what: &str, got: &[f32], want: &[f64], tolerance: Tolerance) -> f64 {
    let got: Vec<f64> = got.iter().copied().map(f64::from).collect();
    assert_close_f64(what, &got, want, tolerance)
}

/// Asserts that every element is close to its reference, and returns the largest absolute error.
///
/// NaN never passes, nor does infinity on either side. A reference without any element that stands out of the tolerance
/// proves nothing, and is refused; assert zeros with [`assert_all_zero`].
#[track_caller]
pub fn assert_close_f64(what: &str, got: &[f64], want: &[f64], tolerance: Tolerance) -> f64 {
    assert_eq!(got.len(), want.len(), "{what}: length");
    assert!(want.iter().all(|want| want.is_finite()), "{what}: the reference is not finite");
    assert!(
        want.iter().any(|want| want.abs() > 10.0 * tolerance.abs),
        "{what}: the reference is all but zero; this comparison would prove nothing"
    );
    let mut failures = 0;
    let mut worst = 0.0;
    let mut worst_failure = (0, f64::NEG_INFINITY);
    for (index, (&got, &want)) in got.iter().zip(want).enumerate() {
        let error = (got - want).abs();
        let bound = tolerance.abs + tolerance.rel * want.abs();
        worst = f64::max(worst, error);
        // Not `error > bound`: with NaN that is false too, and NaN would pass.
        if !(error <= bound) {
            failures += 1;
            let excess = if error.is_nan() { f64::INFINITY } else { error / bound };
            if excess > worst_failure.1 {
                worst_failure = (index, excess);
            }
        }
    }
    let (index, excess) = worst_failure;
    assert!(
        failures == 0,
        "{what}: {failures} of {} elements differ; the worst, [{index}], is {:e} instead of {:e}, {excess:.1} times the \
         tolerated error",
        want.len(),
        got[index],
        want[index],
    );
    worst
}

/// Asserts that every element is exactly 0, for gradients and states that must not exist.
#[track_caller]
pub fn assert_all_zero(what: &str, got: &[f64]) {
    assert!(!got.is_empty(), "{what}: nothing to compare");
    let wrong = got.iter().position(|&got| got != 0.0);
    assert!(wrong.is_none(), "{what}: [{}] is not 0", wrong.unwrap());
}
