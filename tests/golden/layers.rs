//! Linear with `ReLU`, softmax cross-entropy, and the random generator.

use gpu_lstm::engine::reference::{
    IGNORE, column_sum, matmul_nn, matmul_nt, matmul_tn, random, relu_backward, softmax_cross_entropy,
};

use crate::common::numeric::wave;
use crate::{Golden, transposed};

#[test]
fn a_linear_layer_with_relu_and_its_gradients() {
    let golden = Golden::read("linear");
    let (rows, inputs, outputs) = (5, 4, 3);
    let x = wave(0.1, rows * inputs);
    let weight = transposed(outputs, inputs, &wave(0.0, outputs * inputs));
    let bias = wave(1.0, outputs);

    let mut output = vec![f64::NAN; rows * outputs];
    matmul_nn(rows, inputs, outputs, &x, &weight, Some(&bias), true, &mut output);
    golden.assert_equals("output", &output);

    let mut doutput = wave(0.4, rows * outputs);
    relu_backward(0.0, &output, &mut doutput);
    let mut dx = vec![f64::NAN; rows * inputs];
    matmul_nt(rows, inputs, outputs, &doutput, &weight, &mut dx);
    golden.assert_equals("dx", &dx);
    let mut dweight = vec![f64::NAN; outputs * inputs];
    matmul_tn(rows, outputs, inputs, &doutput, &x, false, &mut dweight);
    golden.assert_equals("dweight", &dweight);
    let mut dbias = vec![f64::NAN; outputs];
    column_sum(rows, outputs, &doutput, &mut dbias);
    golden.assert_equals("dbias", &dbias);
}

#[test]
fn cross_entropy_of_plain_and_saturated_logits() {
    let golden = Golden::read("cross_entropy");
    let factors = [1.0, 100.0, 10.0, 30.0, 0.1];
    let logits: Vec<f64> = (wave(0.1, 20).iter().enumerate()).map(|(index, x)| x * factors[index / 4]).collect();
    let (mut losses, mut dlogits) = ([f64::NAN; 5], [f64::NAN; 20]);
    let targets = [3, 2, IGNORE, 0, 1];
    softmax_cross_entropy(4, &logits, &targets, 0.3, &mut losses, &mut dlogits);
    golden.assert_equals("losses", &losses);
    golden.assert_equals("dlogits", &dlogits);
}

#[test]
fn the_random_generator_written_down_twice() {
    let golden = Golden::read("random");
    let inputs: Vec<u32> = golden.get("inputs");
    let got: Vec<u32> = inputs.into_iter().map(random::pcg).collect();
    assert_eq!(got, golden.get::<Vec<u32>>("pcg"));
    let draws: Vec<[u32; 3]> = golden.get("draws");
    let got: Vec<f64> = draws.into_iter().map(|[seed, counter, index]| random::uniform(seed, counter, index)).collect();
    assert_eq!(got, golden.get::<Vec<f64>>("uniform"));
}
