//! Softmax cross-entropy and mean squared error.

use gpu_lstm::engine::reference::{IGNORE, mean_squared_error, softmax_cross_entropy};

use crate::common::numeric::{central_differences, random};
use crate::common::{DIFFERENCES, SAME_MATH, assert_all_zero, assert_close_f64};

fn loss(vocab_size: usize, logits: &[f64], targets: &[u32], scale: f64) -> (Vec<f64>, Vec<f64>) {
    let mut losses = vec![f64::NAN; targets.len()];
    let mut dlogits = vec![f64::NAN; logits.len()];
    softmax_cross_entropy(vocab_size, logits, targets, scale, &mut losses, &mut dlogits);
    (losses, dlogits)
}

fn assert_gradient_is_right(what: &str, vocab_size: usize, logits: &[f64], targets: &[u32]) {
    let scale = 0.37;
    let (_, dlogits) = loss(vocab_size, logits, targets, scale);
    let want =
        central_differences(logits, |logits| scale * loss(vocab_size, logits, targets, scale).0.iter().sum::<f64>());
    assert_close_f64(what, &dlogits, &want, DIFFERENCES);
}

#[test]
fn gradient_equals_central_differences() {
    let targets = [0, 4, IGNORE, 2, 2, IGNORE, 1];
    assert_gradient_is_right("dlogits", 5, &random(1, 35), &targets);
}

#[test]
fn gradient_of_saturated_logits_equals_central_differences() {
    let logits = [100.0, -100.0, 0.0, -100.0, 99.0, 100.0];
    // Once the class that has all the probability, and once one that has next to none.
    assert_gradient_is_right("hit and miss", 3, &logits, &[0, 0]);
    assert_gradient_is_right("miss and hit", 3, &logits, &[1, 2]);
}

#[test]
fn saturated_logits_give_the_exact_loss() {
    let (losses, dlogits) = loss(3, &[100.0, -100.0, 0.0], &[1], 1.0);
    assert_close_f64("losses", &losses, &[200.0], SAME_MATH);
    assert_close_f64("dlogits", &dlogits, &[1.0, -1.0, 0.0], SAME_MATH);
    let (losses, dlogits) = loss(2, &[1e6, -1e6], &[1], 1.0);
    assert_eq!((losses, dlogits), (vec![2e6], vec![1.0, -1.0]));
}

#[test]
fn equal_logits_cost_the_logarithm_of_their_number() {
    let (losses, dlogits) = loss(4, &[7.0; 4], &[3], 2.0);
    assert_close_f64("losses", &losses, &[4f64.ln()], SAME_MATH);
    assert_close_f64("dlogits", &dlogits, &[0.5, 0.5, 0.5, -1.5], SAME_MATH);
}

#[test]
fn an_ignored_row_has_neither_loss_nor_gradient() {
    let (losses, dlogits) = loss(3, &random(2, 6), &[IGNORE, IGNORE], 1.0);
    assert_all_zero("losses", &losses);
    assert_all_zero("dlogits", &dlogits);
}

#[test]
fn the_scale_is_on_the_gradient_and_not_on_the_losses() {
    let logits = random(3, 4);
    let (losses, dlogits) = loss(4, &logits, &[1], 1.0);
    let (same, tripled) = loss(4, &logits, &[1], 3.0);
    assert_eq!(losses, same);
    let want: Vec<f64> = dlogits.iter().map(|dlogit| 3.0 * dlogit).collect();
    assert_close_f64("dlogits", &tripled, &want, SAME_MATH);
}

#[test]
fn gradient_of_squares_equals_central_differences() {
    let (size, scale, targets) = (5, 0.37, random(4, 15));
    let loss = |prediction: &[f64]| {
        let (mut losses, mut gradient) = ([f64::NAN; 3], [f64::NAN; 15]);
        mean_squared_error(size, prediction, &targets, scale, &mut losses, &mut gradient);
        (losses, gradient)
    };
    let prediction = random(5, 15);
    let want = central_differences(&prediction, |prediction| scale * loss(prediction).0.iter().sum::<f64>());
    assert_close_f64("dprediction", &loss(&prediction).1, &want, DIFFERENCES);
    // Each row errs by 2 everywhere, whatever its size.
    let shifted: Vec<f64> = targets.iter().map(|target| target + 2.0).collect();
    assert_close_f64("losses", &loss(&shifted).0, &[4.0; 3], SAME_MATH);
}
