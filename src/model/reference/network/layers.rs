//! The two kinds of layers, forward and backward: each a few calls of twins, with weights looked up by name; and what
//! puts streams side by side.

use super::{Activations, LayerState, StateDict};
use crate::engine::reference::{
    carry_state, column_sum, lstm_step_backward, lstm_step_forward, matmul_nn, matmul_nt, matmul_tn,
};

/// The parameter of this name; panics if the state dict has none such.
pub(super) fn parameter<'a>(state_dict: &'a StateDict, name: &str) -> &'a [f64] {
    state_dict.get(name).unwrap_or_else(|| panic!("the state dict has no `{name}`"))
}

/// `x·weightᵀ + bias`, then `ReLU` if asked. `x` is `[rows, in]`; the result is `[rows, out]`.
pub(super) fn linear_forward(state_dict: &StateDict, name: &str, rows: usize, x: &[f64], relu: bool) -> Vec<f64> {
    let weight = parameter(state_dict, &format!("{name}.weight"));
    let bias = parameter(state_dict, &format!("{name}.bias"));
    affine(rows, x, weight, bias, relu)
}

/// Adds the gradients of weight and bias to `gradients` and returns the one of `x`, `[rows, in]`.
pub(super) fn linear_backward(
    state_dict: &StateDict,
    name: &str,
    rows: usize,
    x: &[f64],
    dout: &[f64],
    gradients: &mut StateDict,
) -> Vec<f64> {
    let weight = parameter(state_dict, &format!("{name}.weight"));
    gradients.insert(format!("{name}.weight"), dweight(rows, dout, x));
    gradients.insert(format!("{name}.bias"), dbias(rows, dout));
    dinput(rows, dout, weight)
}

/// One LSTM layer in a batch: where its weights and activations are found, and its sizes.
pub(super) struct Lstm<'a> {
    pub(super) name: &'a str,
    pub(super) layer: usize,
    pub(super) seq_len: usize,
    pub(super) batch_size: usize,
    pub(super) hidden_size: usize,
    pub(super) reset: &'a [u32],
}

impl Lstm<'_> {
    /// The full name of a parameter or activation: `lstm_combined.weight_ih_l1`.
    pub(super) fn key(&self, part: &str) -> String {
        format!("{}.{part}_l{}", self.name, self.layer)
    }

    /// Runs all steps over `x`, `[T, B, I]`, and stores gates, hidden and cell; returns the output, `[T, B, H]`.
    pub(super) fn forward(
        &self,
        state_dict: &StateDict,
        x: &[f64],
        carried: &LayerState,
        activations: &mut Activations,
    ) -> Vec<f64> {
        let (seq_len, batch_size, hidden_size) = (self.seq_len, self.batch_size, self.hidden_size);
        let rows = seq_len * batch_size;
        let bias: Vec<f64> = parameter(state_dict, &self.key("bias_ih"))
            .iter()
            .zip(parameter(state_dict, &self.key("bias_hh")))
            .map(|(bias_ih, bias_hh)| bias_ih + bias_hh)
            .collect();
        let weight_ih = parameter(state_dict, &self.key("weight_ih"));
        let weight_hh = parameter(state_dict, &self.key("weight_hh"));

        let carry = |state: &[f64]| {
            // The previous batch left its state in slot T, whatever its T was.
            let mut slots = vec![0.0; rows * hidden_size];
            slots.extend_from_slice(state);
            carry_state(batch_size, hidden_size, seq_len, self.reset, &mut slots);
            slots
        };
        let mut hidden = carry(&carried.hidden);
        let mut cell = carry(&carried.cell);
        let mut gates = affine(rows, x, weight_ih, &bias, false);
        let mut output = vec![0.0; rows * hidden_size];
        for t in 0..seq_len {
            lstm_step_forward(
                t,
                seq_len,
                batch_size,
                hidden_size,
                weight_hh,
                self.reset,
                &mut gates,
                &mut hidden,
                &mut cell,
                &mut output,
            );
        }
        activations.push(self.key("gates"), gates);
        activations.push(self.key("hidden"), hidden);
        activations.push(self.key("cell"), cell);
        output
    }

    /// Adds the gradients of weights and biases to `gradients` and returns the one of `x`, `[T, B, I]`.
    pub(super) fn backward(
        &self,
        state_dict: &StateDict,
        x: &[f64],
        activations: &Activations,
        doutput: &[f64],
        gradients: &mut StateDict,
    ) -> Vec<f64> {
        let (seq_len, batch_size, hidden_size) = (self.seq_len, self.batch_size, self.hidden_size);
        let rows = seq_len * batch_size;
        let weight_ih = parameter(state_dict, &self.key("weight_ih"));
        let weight_hh = parameter(state_dict, &self.key("weight_hh"));
        let hidden = activations.get(&self.key("hidden"));
        let cell = activations.get(&self.key("cell"));

        let mut dgates = activations.get(&self.key("gates")).to_vec();
        let mut dcell = vec![0.0; batch_size * hidden_size];
        for t in (0..seq_len).rev() {
            lstm_step_backward(
                t,
                seq_len,
                batch_size,
                hidden_size,
                weight_hh,
                self.reset,
                doutput,
                cell,
                &mut dgates,
                &mut dcell,
            );
        }
        let hidden_in = &hidden[..rows * hidden_size];
        gradients.insert(self.key("weight_ih"), dweight(rows, &dgates, x));
        gradients.insert(self.key("weight_hh"), dweight(rows, &dgates, hidden_in));
        gradients.insert(self.key("bias_ih"), dbias(rows, &dgates));
        gradients.insert(self.key("bias_hh"), dbias(rows, &dgates));
        dinput(rows, &dgates, weight_ih)
    }
}

/// `x·weightᵀ + bias` with `weight` `[out, in]`.
fn affine(rows: usize, x: &[f64], weight: &[f64], bias: &[f64], relu: bool) -> Vec<f64> {
    let (input_size, output_size) = (x.len() / rows, bias.len());
    let weight = transposed(output_size, input_size, weight);
    let mut out = vec![0.0; rows * output_size];
    matmul_nn(rows, input_size, output_size, x, &weight, Some(bias), relu, &mut out);
    out
}

/// The gradient of `x` in [`affine`]: `dout·weight`.
fn dinput(rows: usize, dout: &[f64], weight: &[f64]) -> Vec<f64> {
    let output_size = dout.len() / rows;
    let input_size = weight.len() / output_size;
    let weight = transposed(output_size, input_size, weight);
    let mut dx = vec![0.0; rows * input_size];
    matmul_nt(rows, input_size, output_size, dout, &weight, &mut dx);
    dx
}

/// The gradient of `weight` in [`affine`]: `doutᵀ·x`.
fn dweight(rows: usize, dout: &[f64], x: &[f64]) -> Vec<f64> {
    let (output_size, input_size) = (dout.len() / rows, x.len() / rows);
    let mut dweight = vec![0.0; output_size * input_size];
    matmul_tn(rows, output_size, input_size, dout, x, false, &mut dweight);
    dweight
}

/// The gradient of `bias` in [`affine`]: the sum of the rows of `dout`.
fn dbias(rows: usize, dout: &[f64]) -> Vec<f64> {
    let output_size = dout.len() / rows;
    let mut dbias = vec![0.0; output_size];
    column_sum(rows, output_size, dout, &mut dbias);
    dbias
}

/// `[rows, columns]` to `[columns, rows]`: `PyTorch` stores weights `[out, in]`, the products here want `[in, out]`.
fn transposed(rows: usize, columns: usize, a: &[f64]) -> Vec<f64> {
    assert_eq!(a.len(), rows * columns, "a weight has the wrong size");
    (0..columns).flat_map(|column| (0..rows).map(move |row| a[row * columns + column])).collect()
}

/// `[rows, size]` each, side by side: `[rows, 3·size]`.
pub(super) fn concatenate(rows: usize, size: usize, outputs: &[Vec<f64>]) -> Vec<f64> {
    (0..rows)
        .flat_map(|row| outputs.iter().map(move |output| &output[row * size..][..size]))
        .flatten()
        .copied()
        .collect()
}

/// Undoes the concatenation: columns `s·size` and on of `[rows, n·size]`, as `[rows, size]`.
pub(super) fn part(rows: usize, size: usize, s: usize, all: &[f64]) -> Vec<f64> {
    all.chunks_exact(all.len() / rows).flat_map(|row| &row[s * size..][..size]).copied().collect()
}
