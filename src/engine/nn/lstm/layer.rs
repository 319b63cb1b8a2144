//! One LSTM layer of all stacks: its parameters, and the kernels of its two passes.

use super::LstmSizes;
use crate::engine::gpu::{Recorder, Tensor};
use crate::engine::kernels::{LstmState, Matrix, padded};
use crate::engine::nn::layout::{Initial, Slot};
use crate::engine::nn::{Features, Gradients, Layout, Parameters};
use crate::error::Result;

/// Where the parameters of one layer of all stacks lie.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    /// [blocks, padded I, 4 · padded H]
    weight_ih: Slot,
    /// [blocks, padded H, 4 · padded H]
    weight_hh: Slot,
    /// [1, 1, blocks · 4 · padded H]
    bias: Slot,
}

impl Layer {
    pub(super) fn new(layout: &mut Layout, name: &str, number: usize, input: Features, sizes: LstmSizes) -> Self {
        let LstmSizes { hidden, blocks, .. } = sizes;
        let (rows, units, gates) = (input.columns(), padded(hidden), 4 * padded(hidden));
        let weight_ih = layout.slot(format!("{name}.weight_ih_l{number}"), [blocks, rows, gates]);
        let weight_hh = layout.slot(format!("{name}.weight_hh_l{number}"), [blocks, units, gates]);
        let bias = layout.slot(format!("{name}.bias_l{number}"), [1, 1, blocks * gates]);
        // PyTorch has the gates i..., f..., g..., o..., the kernels have those of a unit side by side.
        let column = move |row: usize| 4 * (row % hidden) + row / hidden;
        for block in 0..blocks {
            let label = |part| match blocks {
                1 => format!("{name}.{part}_l{number}"),
                _ => format!("{name}.{block}.{part}_l{number}"),
            };
            let (ih, hh) = (weight_ih.offset + block * rows * gates, weight_hh.offset + block * units * gates);
            let first_bias = bias.offset + block * gates;
            let initial = Initial::Uniform(hidden);
            layout.push(label("weight_ih"), vec![4 * hidden, input.values()], initial, move |row, value| {
                ih + input.column(value) * gates + column(row)
            });
            layout.push(label("weight_hh"), vec![4 * hidden, hidden], initial, move |row, unit| {
                hh + unit * gates + column(row)
            });
            let bias_of = move |row: usize, _| first_bias + column(row);
            layout.push(label("bias_ih"), vec![4 * hidden], initial, bias_of);
            layout.push(label("bias_hh"), vec![4 * hidden], initial, bias_of).redundant = true;
        }
        Self { weight_ih, weight_hh, bias }
    }

    pub(super) fn forward(
        &self,
        r: &mut Recorder,
        parameters: &Parameters,
        input: &Tensor<f32, 3>,
        reset: &Tensor<u32, 2>,
        carried: bool,
    ) -> Result<LstmState> {
        let [seq_len, batch_size, _] = input.shape();
        let [blocks, units, size] = self.weight_hh.shape;
        let allocate = |label, steps, columns| parameters.allocate(label, [steps, batch_size, columns]);
        let state = LstmState {
            gates: allocate("gates", seq_len, blocks * size)?,
            hidden: allocate("hidden", seq_len + 1, blocks * units)?,
            cell: allocate("cell", seq_len + 1, blocks * units)?,
            output: allocate("output", seq_len, blocks * units)?,
        };
        let kernels = parameters.kernels();
        let rows = self.weight_ih.shape[1];
        let (weight_ih, bias) = (&parameters.tensor(&self.weight_ih), &parameters.tensor(&self.bias));
        let (input, weight_ih, bias) = (Matrix::from(input), Matrix::from(weight_ih), Matrix::from(bias));
        let gates = Matrix::from(&state.gates);
        r.stage("input products");
        let product = |block: usize| {
            let (a, b) = (input.columns(block * rows, rows), weight_ih.rows(block * rows, rows));
            [a, b, bias.columns(block * size, size), gates.columns(block * size, size)]
        };
        kernels.matmul_nn.record_all(r, &(0..blocks).map(product).collect::<Vec<_>>(), false);
        r.stage("recurrence");
        if carried {
            kernels.carry_state.record(r, reset, &state);
        }
        let weight_hh = parameters.tensor(&self.weight_hh);
        kernels.lstm_step_forward.record_all(r, &weight_hh, reset, &state);
        Ok(state)
    }

    /// Records the steps backward, which turn the gates into their gradients, then the gradients of the parameters: long
    /// products over all steps at once.
    pub(super) fn backward(
        &self,
        r: &mut Recorder,
        gradients: &Gradients,
        reset: &Tensor<u32, 2>,
        (input, state): (&Tensor<f32, 3>, &LstmState),
        doutput: &Tensor<f32, 3>,
    ) -> Result<()> {
        let (parameters, kernels) = (&gradients.parameters, gradients.parameters.kernels());
        let [seq_len, batch_size, columns] = doutput.shape();
        let dcell = parameters.allocate("dcell", [batch_size, columns])?;
        let weight_hh = parameters.tensor(&self.weight_hh);
        r.stage("backward recurrence");
        kernels.lstm_step_backward.record_all(r, &weight_hh, reset, doutput, state, &dcell);
        let [blocks, rows, size] = self.weight_ih.shape;
        let units = size / 4;
        let dweight_ih = Matrix::from(&gradients.tensor(&self.weight_ih));
        let dweight_hh = Matrix::from(&gradients.tensor(&self.weight_hh));
        // The states that went into a step: all slots but the last.
        let hidden = Matrix::from(&state.hidden).rows(0, seq_len * batch_size);
        let (input, dgates) = (Matrix::from(input), Matrix::from(&state.gates));
        r.stage("weight gradients");
        // For each block its columns of the factor, those of the gates, and its rows of the gradient.
        let products = |factor: &Matrix, dweight: &Matrix, rows: usize| -> Vec<_> {
            let product = |block: usize| {
                let (columns, dgates) = (factor.columns(block * rows, rows), dgates.columns(block * size, size));
                [columns, dgates, dweight.rows(block * rows, rows)]
            };
            (0..blocks).map(product).collect()
        };
        kernels.matmul_tn.record_all(r, &products(&input, &dweight_ih, rows));
        kernels.matmul_tn.record_all(r, &products(&hidden, &dweight_hh, units));
        kernels.column_sum.record(r, &dgates, &(&gradients.tensor(&self.bias)).into());
        Ok(())
    }

    /// Records the gradient of the input from those of the gates.
    pub(super) fn backward_to_input(
        &self,
        r: &mut Recorder,
        gradients: &Gradients,
        input: &Tensor<f32, 3>,
        state: &LstmState,
    ) -> Result<Tensor<f32, 3>> {
        let parameters = &gradients.parameters;
        let dinput = parameters.allocate("gradient of an input", input.shape())?;
        let [blocks, rows, size] = self.weight_ih.shape;
        let weight_ih = Matrix::from(&parameters.tensor(&self.weight_ih));
        let (dgates, out) = (Matrix::from(&state.gates), Matrix::from(&dinput));
        r.stage("input gradients");
        let product = |block: usize| {
            let (a, b) = (dgates.columns(block * size, size), weight_ih.rows(block * rows, rows));
            [a, b, out.columns(block * rows, rows)]
        };
        parameters.kernels().matmul_nt.record_all(r, &(0..blocks).map(product).collect::<Vec<_>>());
        Ok(dinput)
    }
}
