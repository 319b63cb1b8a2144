//! The forward pass as a list of kernels that reads like the equations.
//! `reference::model::forward` makes the same calls in the same order.

use super::activations::{Activations, Inputs};
use super::dropout::Dropouts;
use super::parameters::{Lstm, Parameters};
use crate::config::ModelConfig;
use crate::gpu::{Recorder, Tensor};
use crate::kernels::{Kernels, LstmState, Matrix};

/// Records tokens to logits. `dropouts` is given in training alone.
pub(super) fn record_forward(
    recorder: &mut Recorder,
    kernels: &Kernels,
    config: &ModelConfig,
    parameters: &Parameters<Tensor<f32, 3>>,
    inputs: &Inputs,
    activations: &Activations,
    mut dropouts: Option<&mut Dropouts>,
) {
    let a = activations;
    let mut dropout = |recorder: &mut Recorder, site: usize, values: &Tensor<f32, 3>| {
        if let Some(dropouts) = &mut dropouts {
            dropouts.record(recorder, kernels, site, values);
        }
    };

    recorder.stage("embedding");
    let [_, rows, size] = parameters.embedding.shape();
    let [offsets, notes, _] = config.input_vocab_sizes;
    let table = parameters.embedding.reshape([rows, size]);
    kernels.embedding_forward.record(recorder, &table, [offsets, offsets + notes], &inputs.tokens, &a.embedded);
    dropout(recorder, 0, &a.embedded);

    record_lstm(recorder, kernels, &parameters.streams, &a.embedded, &inputs.reset, &a.streams);
    dropout(recorder, 1, &a.streams.output);

    let mut input = &a.streams.output;
    for (layer, (lstm, state)) in parameters.combined.iter().zip(&a.combined).enumerate() {
        record_lstm(recorder, kernels, lstm, input, &inputs.reset, state);
        dropout(recorder, 2 + layer, &state.output);
        input = &state.output;
    }

    recorder.stage("heads and loss");
    let matmul = &kernels.matmul_nn;
    let shared = &parameters.shared;
    matmul.record(recorder, &input.into(), &(&shared.weight).into(), &(&shared.bias).into(), true, &(&a.shared).into());
    dropout(recorder, 2 + a.combined.len(), &a.shared);

    let hidden = &parameters.head_hidden;
    let (weight, bias) = ((&hidden.weight).into(), (&hidden.bias).into());
    matmul.record(recorder, &(&a.shared).into(), &weight, &bias, true, &(&a.head_hidden).into());

    let head_hidden = Matrix::from(&a.head_hidden);
    for (head, (output, logits)) in parameters.head_output.iter().zip(&a.logits).enumerate() {
        let size = output.weight.shape()[1];
        let input = head_hidden.columns(head * size, size);
        matmul.record(recorder, &input, &(&output.weight).into(), &(&output.bias).into(), false, &logits.into());
    }
}

/// Records one LSTM layer: the input product of all time steps at once, then the recurrence step by step.
fn record_lstm(
    recorder: &mut Recorder,
    kernels: &Kernels,
    lstm: &Lstm<Tensor<f32, 3>>,
    input: &Tensor<f32, 3>,
    reset: &Tensor<u32, 2>,
    state: &LstmState,
) {
    recorder.stage("input products");
    let [blocks, input_size, gates_size] = lstm.weight_ih.shape();
    let (input, weight) = (Matrix::from(input), Matrix::from(&lstm.weight_ih));
    let (bias, gates) = (Matrix::from(&lstm.bias), Matrix::from(&state.gates));
    for block in 0..blocks {
        kernels.matmul_nn.record(
            recorder,
            &input.columns(block * input_size, input_size),
            &weight.rows(block * input_size, input_size),
            &bias.columns(block * gates_size, gates_size),
            false,
            &gates.columns(block * gates_size, gates_size),
        );
    }

    recorder.stage("recurrence");
    kernels.carry_state.record(recorder, reset, &state.hidden);
    kernels.carry_state.record(recorder, reset, &state.cell);
    for step in 0..state.output.shape()[0] {
        kernels.lstm_step_forward.record(recorder, step, &lstm.weight_hh, reset, state);
    }
}

/// Records the losses, their sums, and the gradients of the logits of the mean over all rows.
pub(super) fn record_loss(
    recorder: &mut Recorder,
    kernels: &Kernels,
    config: &ModelConfig,
    inputs: &Inputs,
    activations: &Activations,
    dlogits: &[Tensor<f32, 3>; 3],
) {
    recorder.stage("heads and loss");
    let [seq_len, batch_size, _] = activations.losses.shape();
    let scale = 1.0 / (seq_len * batch_size) as f32;
    for (head, (logits, dlogits)) in activations.logits.iter().zip(dlogits).enumerate() {
        kernels.softmax_cross_entropy.record(
            recorder,
            head,
            config.output_vocab_sizes[head],
            scale,
            logits,
            &inputs.targets,
            &activations.losses,
            dlogits,
        );
    }
    kernels.loss_sum.record(recorder, &activations.losses, &activations.totals);
}
