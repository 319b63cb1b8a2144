//! Matrix products, `ReLU`, embeddings, sums.

use gpu_lstm::engine::reference::{
    column_sum, embedding_backward, embedding_forward, matmul_nn, matmul_nt, matmul_tn, relu_backward,
};

use crate::common::numeric::{central_differences, dot, random, random_ids};
use crate::common::{DIFFERENCES, SAME_MATH, assert_all_zero, assert_close_f64};

const SHAPES: [(usize, usize, usize); 4] = [(1, 1, 1), (2, 3, 5), (7, 4, 1), (3, 11, 6)];

fn product((m, k, n): (usize, usize, usize), a: &[f64], b: &[f64], bias: &[f64], relu: bool) -> Vec<f64> {
    let mut out = vec![f64::NAN; m * n];
    matmul_nn(m, k, n, a, b, Some(bias), relu, &mut out);
    out
}

#[test]
fn a_product_by_hand() {
    let a = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    let b = [1.0, -1.0, 0.5, 2.0, -3.0, 0.0];
    let mut out = [f64::NAN; 4];
    matmul_nn(2, 3, 2, &a, &b, None, false, &mut out);
    assert_eq!(out, [-7.0, 3.0, -11.5, 6.0]);
    matmul_nn(2, 3, 2, &a, &b, Some(&[10.0, -4.0]), false, &mut out);
    assert_eq!(out, [3.0, -1.0, -1.5, 2.0]);
    matmul_nn(2, 3, 2, &a, &b, Some(&[10.0, -4.0]), true, &mut out);
    assert_eq!(out, [3.0, 0.0, 0.0, 2.0]);
}

#[test]
fn relu_does_not_hide_what_is_not_a_number() {
    let mut out = [0.0];
    matmul_nn(1, 1, 1, &[f64::NAN], &[1.0], None, true, &mut out);
    assert!(out[0].is_nan());
    let mut dout = [f64::NAN];
    relu_backward(0.0, &[1.0], &mut dout);
    assert!(dout[0].is_nan());
}

#[test]
fn gradients_of_a_product_with_bias_equal_central_differences() {
    for (shape @ (m, k, n), relu) in SHAPES.into_iter().flat_map(|s| [(s, false), (s, true)]) {
        let what = |name: &str| format!("{name} of {shape:?}, relu {relu}");
        let a = random(1, m * k);
        let b = random(2, k * n);
        // Shifted, so that the ReLU of the smallest shape does not cut off everything.
        let bias: Vec<f64> = random(3, n).iter().map(|bias| bias + 1.0).collect();
        let weights = random(4, m * n);

        let out = product(shape, &a, &b, &bias, relu);
        let mut dout = weights.clone();
        if relu {
            relu_backward(0.0, &out, &mut dout);
        }
        let (mut da, mut db) = (vec![f64::NAN; m * k], vec![f64::NAN; k * n]);
        let mut dbias = vec![f64::NAN; n];
        matmul_nt(m, k, n, &dout, &b, &mut da);
        matmul_tn(m, k, n, &a, &dout, false, &mut db);
        column_sum(m, n, &dout, &mut dbias);

        let loss = |a: &[f64], b: &[f64], bias: &[f64]| dot(&product(shape, a, b, bias, relu), &weights);
        let want = central_differences(&a, |a| loss(a, &b, &bias));
        assert_close_f64(&what("da"), &da, &want, DIFFERENCES);
        let want = central_differences(&b, |b| loss(&a, b, &bias));
        assert_close_f64(&what("db"), &db, &want, DIFFERENCES);
        let want = central_differences(&bias, |bias| loss(&a, &b, bias));
        assert_close_f64(&what("dbias"), &dbias, &want, DIFFERENCES);
    }
}

#[test]
fn a_product_in_chunks_of_rows_accumulates_to_the_whole() {
    let (m, k, n) = (7, 3, 4);
    let (a, b) = (random(5, m * k), random(6, m * n));
    let mut whole = vec![f64::NAN; k * n];
    matmul_tn(m, k, n, &a, &b, false, &mut whole);
    let mut chunks = vec![f64::NAN; k * n];
    matmul_tn(5, k, n, &a[..5 * k], &b[..5 * n], false, &mut chunks);
    matmul_tn(2, k, n, &a[5 * k..], &b[5 * n..], true, &mut chunks);
    assert_close_f64("chunks", &chunks, &whole, SAME_MATH);
}

#[test]
fn relu_passes_no_gradient_at_zero_or_below() {
    let mut dout = [1.0, 2.0, 3.0, 4.0];
    relu_backward(0.0, &[0.5, 0.0, -0.0, -1.0], &mut dout);
    assert_eq!(dout, [1.0, 0.0, 0.0, 0.0]);
}

#[test]
fn an_embedding_copies_rows() {
    let weight = [0.0, 0.1, 1.0, 1.1, 2.0, 2.1];
    let mut out = [f64::NAN; 6];
    embedding_forward(2, &weight, &[2, 0, 2], &mut out);
    assert_eq!(out, [2.0, 2.1, 0.0, 0.1, 2.0, 2.1]);
}

#[test]
fn gradient_of_an_embedding_equals_central_differences() {
    let (vocab_size, embedding_size, rows) = (5, 3, 11);
    let weight = random(7, vocab_size * embedding_size);
    let weights = random(8, rows * embedding_size);
    // Token 4 never occurs; the others several times.
    let tokens = random_ids(9, rows, 4);
    let mut dweight = vec![f64::NAN; weight.len()];
    embedding_backward(embedding_size, &weights, &tokens, &mut dweight);
    let want = central_differences(&weight, |weight| {
        let mut out = vec![f64::NAN; rows * embedding_size];
        embedding_forward(embedding_size, weight, &tokens, &mut out);
        dot(&out, &weights)
    });
    assert_close_f64("dweight", &dweight, &want, DIFFERENCES);
    assert_all_zero("token 4", &dweight[4 * embedding_size..]);
}

#[test]
fn a_column_sum_by_hand() {
    let mut out = [f64::NAN; 2];
    column_sum(3, 2, &[1.0, 2.0, 3.0, 4.0, 5.0, 7.0], &mut out);
    assert_eq!(out, [9.0, 13.0]);
}
