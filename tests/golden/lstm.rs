//! `nn.LSTM`: final states, outputs, and the gradient of everything.

use gpu_lstm::engine::reference::{column_sum, lstm_step_backward, lstm_step_forward, matmul_nn, matmul_nt, matmul_tn};

use crate::common::numeric::wave;
use crate::{Golden, transposed};

/// One layer: sizes, parameters, and where it starts.
struct Layer {
    seq_len: usize,
    batch_size: usize,
    input_size: usize,
    hidden_size: usize,
    weight_ih: Vec<f64>,
    weight_hh: Vec<f64>,
    bias_ih: Vec<f64>,
    bias_hh: Vec<f64>,
    hidden_in: Vec<f64>,
    cell_in: Vec<f64>,
}

struct Forward {
    gates: Vec<f64>,
    hidden: Vec<f64>,
    cell: Vec<f64>,
    output: Vec<f64>,
}

impl Layer {
    fn rows(&self) -> usize {
        self.seq_len * self.batch_size
    }

    fn last_slot<'a>(&self, slots: &'a [f64]) -> &'a [f64] {
        &slots[self.rows() * self.hidden_size..]
    }

    fn forward(&self, x: &[f64]) -> Forward {
        let (rows, inputs, hidden_size) = (self.rows(), self.input_size, self.hidden_size);
        let gate_size = 4 * hidden_size;
        let slots = |first: &[f64]| {
            let mut slots = first.to_vec();
            slots.resize((self.seq_len + 1) * first.len(), f64::NAN);
            slots
        };
        let mut all = Forward {
            gates: vec![f64::NAN; rows * gate_size],
            hidden: slots(&self.hidden_in),
            cell: slots(&self.cell_in),
            output: vec![f64::NAN; rows * hidden_size],
        };
        let weight = transposed(gate_size, inputs, &self.weight_ih);
        let both = self.bias_ih.iter().zip(&self.bias_hh);
        let bias: Vec<f64> = both.map(|(ih, hh)| ih + hh).collect();
        matmul_nn(rows, inputs, gate_size, x, &weight, Some(&bias), false, &mut all.gates);
        for t in 0..self.seq_len {
            lstm_step_forward(
                t,
                self.seq_len,
                self.batch_size,
                hidden_size,
                &self.weight_hh,
                &vec![0; rows],
                &mut all.gates,
                &mut all.hidden,
                &mut all.cell,
                &mut all.output,
            );
        }
        all
    }

    /// Compares the gradients of the parameters and returns the one of `x`.
    fn backward(&self, golden: &Golden, number: usize, x: &[f64], forward: &Forward, doutput: &[f64]) -> Vec<f64> {
        let (rows, inputs, hidden_size) = (self.rows(), self.input_size, self.hidden_size);
        let gate_size = 4 * hidden_size;
        let mut dgates = forward.gates.clone();
        let mut dcell = vec![f64::NAN; self.batch_size * hidden_size];
        for t in (0..self.seq_len).rev() {
            lstm_step_backward(
                t,
                self.seq_len,
                self.batch_size,
                hidden_size,
                &self.weight_hh,
                &vec![0; rows],
                doutput,
                &forward.cell,
                &mut dgates,
                &mut dcell,
            );
        }
        let key = |part: &str| format!("d{part}_l{number}");
        let mut dweight_ih = vec![f64::NAN; gate_size * inputs];
        matmul_tn(rows, gate_size, inputs, &dgates, x, false, &mut dweight_ih);
        golden.assert_equals(&key("weight_ih"), &dweight_ih);
        let mut dweight_hh = vec![f64::NAN; gate_size * hidden_size];
        let hidden = &forward.hidden[..rows * hidden_size];
        matmul_tn(rows, gate_size, hidden_size, &dgates, hidden, false, &mut dweight_hh);
        golden.assert_equals(&key("weight_hh"), &dweight_hh);
        let mut dbias = vec![f64::NAN; gate_size];
        column_sum(rows, gate_size, &dgates, &mut dbias);
        golden.assert_equals(&key("bias_ih"), &dbias);
        golden.assert_equals(&key("bias_hh"), &dbias);

        let weight = transposed(gate_size, inputs, &self.weight_ih);
        let mut dx = vec![f64::NAN; rows * inputs];
        matmul_nt(rows, inputs, gate_size, &dgates, &weight, &mut dx);
        dx
    }
}

#[test]
fn two_layers_with_three_lanes_and_five_steps() {
    let golden = Golden::read("lstm");
    let layer = |number: usize, input_size: usize| {
        // The parameters' phases count through both layers; the states are waves over both.
        let phase = 4.0 * number as f64;
        let state = |phase: f64| wave(phase, 24)[12 * number..][..12].to_vec();
        Layer {
            seq_len: 5,
            batch_size: 3,
            input_size,
            hidden_size: 4,
            weight_ih: wave(phase, 16 * input_size),
            weight_hh: wave(phase + 1.0, 16 * 4),
            bias_ih: wave(phase + 2.0, 16),
            bias_hh: wave(phase + 3.0, 16),
            hidden_in: state(0.2),
            cell_in: state(0.3),
        }
    };
    let (first, second) = (layer(0, 3), layer(1, 4));
    let x = wave(0.1, 5 * 3 * 3);
    let below = first.forward(&x);
    let above = second.forward(&below.output);
    golden.assert_equals("output", &above.output);
    let states = |below: &[f64], above: &[f64]| [first.last_slot(below), second.last_slot(above)].concat();
    golden.assert_equals("hidden", &states(&below.hidden, &above.hidden));
    golden.assert_equals("cell", &states(&below.cell, &above.cell));

    let doutput = wave(0.4, 5 * 3 * 4);
    let dbelow = second.backward(&golden, 1, &below.output, &above, &doutput);
    golden.assert_equals("dx", &first.backward(&golden, 0, &x, &below, &dbelow));
}

#[test]
fn the_known_lstm_of_two_inputs_and_three_units() {
    let golden = Golden::read("lstm_known");
    let bias_ih = [-1.0f64, 1.0, -0.5, 2.0].repeat(3);
    let layer = Layer {
        seq_len: 7,
        batch_size: 1,
        input_size: 2,
        hidden_size: 3,
        weight_ih: (0..24).map(|i| f64::from(i).cos()).collect(),
        weight_hh: (0..36).map(|i| f64::from(i).sin()).collect(),
        bias_hh: bias_ih.iter().map(|bias| bias.cos()).collect(),
        bias_ih,
        hidden_in: vec![0.0; 3],
        cell_in: vec![0.0; 3],
    };
    let x = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0].map(|x| [x, x / 2.0]).concat();
    let forward = layer.forward(&x);
    golden.assert_equals("output", &forward.output);
    golden.assert_equals("hidden", layer.last_slot(&forward.hidden));
    golden.assert_equals("cell", layer.last_slot(&forward.cell));
    layer.backward(&golden, 0, &x, &forward, &[1.0; 21]);
}
