//! Scores of candidates and pitches at intervals: gradients against central differences.

use gpu_lstm::model::reference::{candidate_bias, candidate_bias_backward, relative_pitch, relative_pitch_backward};
use gpu_lstm::music::candidates::{CANDIDATE_ROWS, CANDIDATES};
use gpu_lstm::music::context::{CONTEXT_SIZE, LAST, LAST_EVENTS, NEXT, VOICES};

use crate::common::network::{candidates, small_config};
use crate::common::numeric::{central_differences, dot, random, random_ids};
use crate::common::{DIFFERENCES, assert_close_f64};

#[test]
fn gradients_of_the_scores_equal_central_differences() {
    let (config, rows, size) = (small_config(1), 9, 4);
    let all = candidates(&config, 1, rows);
    for (head, vocab_size) in config.output_vocab_sizes.into_iter().enumerate() {
        let candidates: Vec<u32> = all.chunks(2 * CANDIDATES).skip(head).step_by(3).flatten().copied().collect();
        let (table, score) = (random(2, CANDIDATE_ROWS * size), random(3, size + 1));
        let (query, logits, weights) =
            (random(4, rows * size), random(5, rows * vocab_size), random(6, rows * vocab_size));
        let loss = |table: &[f64], score: &[f64], query: &[f64]| {
            let mut out = logits.clone();
            candidate_bias(vocab_size, &candidates, table, score, query, &mut out);
            dot(&out, &weights)
        };
        let [mut dtable, mut dscore, mut dquery] = [&table, &score, &query].map(|values| vec![f64::NAN; values.len()]);
        candidate_bias_backward(
            vocab_size,
            &candidates,
            &table,
            &score,
            &query,
            &weights,
            &mut dtable,
            &mut dscore,
            &mut dquery,
        );
        let by_table = central_differences(&table, |table| loss(table, &score, &query));
        assert_close_f64("dtable", &dtable, &by_table, DIFFERENCES);
        let by_score = central_differences(&score, |score| loss(&table, score, &query));
        assert_close_f64("dscore", &dscore, &by_score, DIFFERENCES);
        let by_query = central_differences(&query, |query| loss(&table, &score, query));
        assert_close_f64("dquery", &dquery, &by_query, DIFFERENCES);
    }
}

#[test]
fn gradients_at_intervals_equal_central_differences() {
    for row in 0..6 {
        let mut context = random_ids(7 + row as u64, CONTEXT_SIZE, 120);
        context[NEXT] = row as u32 % 2;
        context[[LAST + LAST_EVENTS, VOICES, VOICES + 1, VOICES + 2][row % 4]] = [0, 90, 1][row % 3];
        let (logits, relative, weights) = (random(1, 128), random(2, 300), random(3, 128));
        let loss = |logits: &[f64], relative: &[f64]| {
            let mut out = logits.to_vec();
            relative_pitch(&context, relative, &mut out);
            dot(&out, &weights)
        };
        let (mut dlogits, mut drelative) = (weights.clone(), vec![f64::NAN; relative.len()]);
        relative_pitch_backward(&context, &mut dlogits, &mut drelative);
        let by_logits = central_differences(&logits, |logits| loss(logits, &relative));
        assert_close_f64("dlogits", &dlogits, &by_logits, DIFFERENCES);
        let by_relative = central_differences(&relative, |relative| loss(&logits, relative));
        assert_close_f64("drelative", &drelative, &by_relative, DIFFERENCES);
    }
}

/// The last pitch 60, a chord of 48 and 64 that sounds, nothing before; the value of an interval of 2 from each.
#[test]
fn intervals_by_hand() {
    let mut context = vec![0; CONTEXT_SIZE];
    (context[LAST + LAST_EVENTS], context[VOICES], context[VOICES + 1], context[NEXT]) = (61, 49, 65, 5);
    let mut relative = vec![0.0; 300];
    for (reference, value) in [1.0, 10.0, 100.0, 1000.0].into_iter().enumerate() {
        relative[75 * reference + 37 + 2] = value;
        relative[75 * reference + 74] = value / 2.0;
    }
    let mut logits = vec![0.0; 128];
    relative_pitch(&context, &relative, &mut logits);
    assert_eq!([logits[62], logits[50], logits[66], logits[67]], [1.0, 10.0, 100.0, 0.0]);
    assert_eq!([logits[84], logits[85], logits[96], logits[97], logits[101]], [0.0, 5.0, 5.0, 5.5, 55.5]);
    context[NEXT] = 0;
    relative_pitch(&context, &relative, &mut logits);
    assert_eq!([logits[60], logits[61], logits[62]], [-30.0, 0.0, 2.0]);
}
