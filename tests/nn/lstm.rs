//! Two runs of stacked layers, so that a state is carried from the first to the second.

use gpu_lstm::engine::nn::{Features, Lstm, LstmPass, LstmSizes, Sequences, StateDict};
use gpu_lstm::engine::reference::{
    carry_state, column_sum, lstm_step_backward, lstm_step_forward, matmul_nn, matmul_nt, matmul_tn,
};

use crate::common::device::rounded;
use crate::common::numeric::random;
use crate::common::{assert_close, sum_of};
use crate::{BATCH_SIZE, Network, ROWS, SEQ_LEN, networks, transposed};

const HIDDEN: usize = 21;
const GATES: usize = 4 * HIDDEN;

/// One layer of one stack.
struct Layer {
    inputs: usize,
    weight_ih: Vec<f64>,
    weight_hh: Vec<f64>,
    bias: Vec<f64>,
    gates: Vec<f64>,
    hidden: Vec<f64>,
    cell: Vec<f64>,
    output: Vec<f64>,
}

impl Layer {
    fn new(network: &Network, name: &str, number: usize, inputs: usize) -> Self {
        let parameter = |part: &str| network.parameter(&format!("{name}.{part}_l{number}"));
        let slots = vec![0.0; (SEQ_LEN + 1) * BATCH_SIZE * HIDDEN];
        Self {
            inputs,
            weight_ih: parameter("weight_ih"),
            weight_hh: parameter("weight_hh"),
            bias: parameter("bias_ih"),
            gates: vec![0.0; ROWS * GATES],
            hidden: slots.clone(),
            cell: slots,
            output: vec![0.0; ROWS * HIDDEN],
        }
    }

    fn forward(&mut self, x: &[f64], reset: &[u32], carried: bool) {
        if carried {
            carry_state(BATCH_SIZE, HIDDEN, SEQ_LEN, reset, &mut self.hidden);
            carry_state(BATCH_SIZE, HIDDEN, SEQ_LEN, reset, &mut self.cell);
        }
        let weight = transposed(GATES, self.inputs, &self.weight_ih);
        matmul_nn(ROWS, self.inputs, GATES, x, &weight, Some(&self.bias), false, &mut self.gates);
        let Self { weight_hh, gates, hidden, cell, output, .. } = self;
        for t in 0..SEQ_LEN {
            lstm_step_forward(t, SEQ_LEN, BATCH_SIZE, HIDDEN, weight_hh, reset, gates, hidden, cell, output);
        }
    }

    /// Compares the gradients of the parameters and returns that of `x`.
    fn backward(&mut self, gradients: &StateDict, name: &str, x: &[f64], reset: &[u32], doutput: &[f64]) -> Vec<f64> {
        let mut dcell = vec![0.0; BATCH_SIZE * HIDDEN];
        let Self { weight_hh, gates, cell, .. } = self;
        for t in (0..SEQ_LEN).rev() {
            lstm_step_backward(t, SEQ_LEN, BATCH_SIZE, HIDDEN, weight_hh, reset, doutput, cell, gates, &mut dcell);
        }
        let (mut dweight_ih, mut dweight_hh) = (vec![0.0; GATES * self.inputs], vec![0.0; GATES * HIDDEN]);
        matmul_tn(ROWS, GATES, self.inputs, &self.gates, x, false, &mut dweight_ih);
        matmul_tn(ROWS, GATES, HIDDEN, &self.gates, &self.hidden[..ROWS * HIDDEN], false, &mut dweight_hh);
        let mut dbias = vec![0.0; GATES];
        column_sum(ROWS, GATES, &self.gates, &mut dbias);
        for (part, want) in [("weight_ih", &dweight_ih), ("weight_hh", &dweight_hh), ("bias_ih", &dbias)] {
            let name = name.replace("PART", part);
            assert_close(&name, &gradients[&name].values, want, sum_of(ROWS));
        }
        let weight = transposed(GATES, self.inputs, &self.weight_ih);
        let mut dx = vec![0.0; ROWS * self.inputs];
        matmul_nt(ROWS, self.inputs, GATES, &self.gates, &weight, &mut dx);
        dx
    }
}

/// Values `first..first + count` of each row of `size`.
fn columns(values: &[f64], size: usize, first: usize, count: usize) -> Vec<f64> {
    values.chunks_exact(size).flat_map(|row| &row[first..first + count]).copied().collect()
}

fn check(input: Features, blocks: usize, layers: usize, sequences: &str) {
    let sizes = LstmSizes { layers, blocks, ..LstmSizes::new(input, HIDDEN) };
    let units = blocks * HIDDEN;
    let x = [1, 2].map(|seed| rounded(random(seed, ROWS * input.values())));
    let doutput = rounded(random(3, ROWS * units));
    let reset: Vec<u32> = (0..ROWS).map(|row| u32::from(sequences == "reset" && row % 4 == 0)).collect();
    let carried = sequences != "separate";
    for (network, lstm) in networks(|layout| Lstm::new(layout, "lstm", sizes)) {
        let given = match sequences {
            "separate" => Sequences::Separate,
            "continued" => Sequences::Continued,
            _ => Sequences::Reset(network.device.upload([SEQ_LEN, BATCH_SIZE], &reset)),
        };
        let x_tensor = network.input(input, &x[0]);
        let doutput_tensor = network.input(lstm.features(), &doutput);
        let (plan, (output, state, dinput)) = network.record(|r| {
            let pass: LstmPass = lstm.forward(r, &network.parameters, &x_tensor, &given)?;
            let (output, state) = (pass.output.clone(), pass.carried());
            Ok((output, state, lstm.backward(r, &network.gradients, pass, doutput_tensor)?))
        });
        plan.submit().expect("it runs");
        x_tensor.write(&network.device.gpu, &input.pad(&crate::common::device::narrow(&x[1])));
        plan.submit().expect("it runs");

        let (gradients, share) = (network.gradients(), input.values() / blocks);
        let [got_output, got_dinput] = [(&output, lstm.features()), (&dinput, input)].map(|(tensor, features)| {
            let columns = network.device.read(tensor);
            let values = features.unpad(&columns);
            assert_eq!(features.pad(&values), columns, "padding");
            values.into_iter().map(f64::from).collect::<Vec<f64>>()
        });
        for block in 0..blocks {
            let name = if blocks == 1 { "lstm".into() } else { format!("lstm.{block}") };
            let inputs = |number| if number == 0 { share } else { HIDDEN };
            let mut stack: Vec<Layer> =
                (0..layers).map(|number| Layer::new(&network, &name, number, inputs(number))).collect();
            let x = x.each_ref().map(|x| columns(x, input.values(), block * share, share));
            for x in &x {
                let mut below = x.clone();
                for layer in &mut stack {
                    layer.forward(&below, &reset, carried);
                    below.clone_from(&layer.output);
                }
            }
            let what = format!("{name} of {layers} layers, {sequences}");
            let got = |values: &[f64], size, first, count| {
                crate::common::device::narrow(&columns(values, size, first, count))
            };
            let top = stack.last().expect("a layer");
            let block_of_output = got(&got_output, units, block * HIDDEN, HIDDEN);
            assert_close(&what, &block_of_output, &top.output, sum_of(HIDDEN + share));
            for (layer, state) in stack.iter().zip(&state) {
                for (tensor, want) in state.iter().zip([&layer.hidden, &layer.cell]) {
                    let values = lstm.features().unpad(&network.device.read(tensor));
                    let values: Vec<f64> = values.into_iter().map(f64::from).collect();
                    let want = &want[ROWS * HIDDEN..];
                    assert_close(&what, &got(&values, units, block * HIDDEN, HIDDEN), want, sum_of(HIDDEN + share));
                }
            }
            let mut doutput = columns(&doutput, units, block * HIDDEN, HIDDEN);
            for number in (0..layers).rev() {
                let input = if number == 0 { x[1].clone() } else { stack[number - 1].output.clone() };
                let name = format!("{name}.PART_l{number}");
                doutput = stack[number].backward(&gradients, &name, &input, &reset, &doutput);
            }
            assert_close(&what, &got(&got_dinput, input.values(), block * share, share), &doutput, sum_of(GATES));
        }
    }
}

#[test]
fn one_layer_from_zeros() {
    check(13.into(), 1, 1, "separate");
}

#[test]
fn two_layers_that_read_two_blocks_and_carry_their_state() {
    check(Features { blocks: 2, size: 5 }, 1, 2, "continued");
}

#[test]
fn two_stacks_side_by_side_with_resets() {
    check(Features { blocks: 2, size: 13 }, 2, 2, "reset");
}

/// Without the gradient of the input the gradients of the parameters are the same, and there is a dispatch less.
#[test]
fn the_first_layer_needs_no_gradient_of_its_input() {
    let run = |to_input: bool| {
        let (network, lstm) = networks(|layout| Lstm::new(layout, "lstm", LstmSizes::new(13, HIDDEN))).swap_remove(0);
        let x = network.input(13.into(), &random(1, ROWS * 13));
        let doutput = network.input(HIDDEN.into(), &random(2, ROWS * HIDDEN));
        let (plan, ()) = network.record(|r| {
            let pass = lstm.forward(r, &network.parameters, &x, &Sequences::Separate)?;
            match to_input {
                true => lstm.backward(r, &network.gradients, pass, doutput).map(drop),
                false => lstm.backward_parameters(r, &network.gradients, pass, doutput),
            }
        });
        plan.submit().expect("it runs");
        (network.gradients(), plan.len())
    };
    let ((with, dispatches), (without, fewer)) = (run(true), run(false));
    assert_eq!((with, dispatches), (without, fewer + 1));
}
