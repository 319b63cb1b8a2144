//! The backward pass: the list of the forward pass upside down.
//! `reference::network::backward` makes the same calls in the same order.

use super::Model;
use super::activations::{ActivationGradients, Activations};
use super::dropout::{Dropouts, condition_site};
use super::forward::candidate_heads;
use super::inputs::{Gather, Inputs};
use super::parameters::{HeadColumns, Linear, Lstm, Parameters};
use crate::engine::gpu::{Recorder, Tensor};
use crate::engine::kernels::{Kernels, LstmState, Matrix};

/// Records the gradients of all parameters from those of the logits.
pub(super) fn record_backward(
    recorder: &mut Recorder,
    model: &Model,
    inputs: &Inputs,
    activations: &Activations,
    gradients: &ActivationGradients,
    dparameters: &Parameters<Tensor<f32, 3>>,
    dropouts: &mut Dropouts,
) {
    let (a, d) = (activations, gradients);
    let [of_inputs, of_conditions, of_candidates] = inputs.gathers.as_slice() else {
        panic!("{} stacks of tables", inputs.gathers.len());
    };
    let (kernels, parameters) = (&model.kernels, &model.parameters.named);

    recorder.stage("heads and loss");
    let (head_hidden, dhead_hidden) = (Matrix::from(&a.head_hidden), Matrix::from(&d.dhead_hidden));
    record_logits_backward(recorder, model, inputs, a, d);
    let (mut input_gradients, mut weight_gradients) = (Vec::new(), Vec::new());
    for (head, (output, doutput)) in parameters.head_output.iter().zip(&dparameters.head_output).enumerate() {
        let size = output.weight.shape()[1];
        let columns = head * size;
        let dlogits = Matrix::from(&d.dlogits[head]);
        input_gradients.push([dlogits.clone(), (&output.weight).into(), dhead_hidden.columns(columns, size)]);
        weight_gradients.push([head_hidden.columns(columns, size), dlogits, (&doutput.weight).into()]);
    }
    kernels.matmul_nt.record_all(recorder, &input_gradients);
    kernels.matmul_tn.record_all(recorder, &weight_gradients);
    if model.config.matches {
        record_tables(recorder, kernels, &a.evidence, of_candidates, 0.0, &dparameters.candidate);
    }
    kernels.relu_backward.record(recorder, dropouts.probability(), &a.head_hidden, &d.dhead_hidden);
    let dropout = dropouts.of_lookups(condition_site(&model.config)).probability;
    let dtables = &dparameters.condition;
    record_tables(recorder, kernels, &d.dhead_hidden, of_conditions, dropout, dtables);
    record_linear(
        recorder,
        kernels,
        &parameters.head_hidden,
        &a.shared,
        &d.dhead_hidden,
        &d.dshared,
        &dparameters.head_hidden,
    );

    let layers = a.combined.len();
    let top = a.layers().last().expect("at least the streams");
    let dtop = d.doutputs.last().expect("at least the streams");
    kernels.relu_backward.record(recorder, dropouts.probability(), &a.shared, &d.dshared);
    record_linear(recorder, kernels, &parameters.shared, &top.output, &d.dshared, dtop, &dparameters.shared);

    // Layer 0 is the streams, layer n the n-th combined LSTM.
    for layer in (1..=layers).rev() {
        let (lstm, dlstm) = (&parameters.combined[layer - 1], &dparameters.combined[layer - 1]);
        let input = if layer == 1 { &a.streams.output } else { &a.combined[layer - 2].output };
        dropouts.record(recorder, kernels, 1 + layer, &d.doutputs[layer]);
        record_steps(recorder, kernels, lstm, inputs, &a.combined[layer - 1], &d.doutputs[layer], &d.dcells[layer]);
        record_lstm(recorder, kernels, lstm, input, &a.combined[layer - 1], &d.doutputs[layer - 1], dlstm);
    }
    dropouts.record(recorder, kernels, 1, &d.doutputs[0]);
    record_steps(recorder, kernels, &parameters.streams, inputs, &a.streams, &d.doutputs[0], &d.dcells[0]);
    record_lstm(recorder, kernels, &parameters.streams, &a.embedded, &a.streams, &d.dembedded, &dparameters.streams);

    record_sums(recorder, model, a, d, dparameters);

    recorder.stage("embedding");
    dropouts.record(recorder, kernels, 0, &d.dembedded);
    record_tables(recorder, kernels, &d.dembedded, of_inputs, 0.0, &dparameters.embedding);
}

/// Records the gradients of all biases, and that of the scores of the candidates: sums over all rows.
fn record_sums(
    recorder: &mut Recorder,
    model: &Model,
    activations: &Activations,
    gradients: &ActivationGradients,
    dparameters: &Parameters<Tensor<f32, 3>>,
) {
    let (d, dp) = (gradients, dparameters);
    let mut sums: Vec<_> = d.dlogits.iter().zip(&dp.head_output).map(|(dlogits, head)| [dlogits, &head.bias]).collect();
    if model.config.matches {
        sums.push([&d.dscore, &dp.candidate_score]);
    }
    sums.extend([[&d.dhead_hidden, &dp.head_hidden.bias], [&d.dshared, &dp.shared.bias]]);
    let lstms = std::iter::once(&dp.streams).chain(&dp.combined);
    sums.extend(activations.layers().zip(lstms).map(|(state, lstm)| [&state.gates, &lstm.bias]));
    let sums: Vec<_> = sums.into_iter().map(|sum| sum.map(Matrix::from)).collect();
    model.kernels.column_sum.record_all(recorder, &sums);
}

/// Records what lies between the logits and the output layers of the heads, backward.
fn record_logits_backward(
    recorder: &mut Recorder,
    model: &Model,
    inputs: &Inputs,
    activations: &Activations,
    gradients: &ActivationGradients,
) {
    let kernels = &model.music_kernels;
    for (head, dlogits) in gradients.dlogits.iter().enumerate() {
        let columns = HeadColumns::new(&model.config, head);
        if let Some(relative) = columns.relative {
            let kernel = &kernels.relative_pitch_backward;
            kernel.record(recorder, &inputs.context, columns.classes, relative, dlogits);
        }
    }
    if model.config.matches {
        let (_, score) = model.candidate_tables();
        let (candidates, evidence, dscore) = (&inputs.candidates, &activations.evidence, &gradients.dscore);
        let heads = candidate_heads(&model.config, &gradients.dlogits);
        kernels.candidate_bias_backward.record(recorder, &heads, candidates, &score, evidence, dscore);
    }
}

/// Records the gradients of the rows of tables, if there are any.
fn record_tables(
    recorder: &mut Recorder,
    kernels: &Kernels,
    doutput: &Tensor<f32, 3>,
    gather: &Gather,
    probability: f32,
    dweight: &Tensor<f32, 3>,
) {
    if gather.most == 0 {
        return;
    }
    let [_, rows, size] = dweight.shape();
    let dtable = dweight.reshape([rows, size]);
    kernels.embedding_backward.record(recorder, doutput, &gather.starts, &gather.places, probability, &dtable);
}

/// Records the gradients of a linear layer's input and weight.
fn record_linear(
    recorder: &mut Recorder,
    kernels: &Kernels,
    linear: &Linear<Tensor<f32, 3>>,
    input: &Tensor<f32, 3>,
    doutput: &Tensor<f32, 3>,
    dinput: &Tensor<f32, 3>,
    dlinear: &Linear<Tensor<f32, 3>>,
) {
    kernels.matmul_nt.record(recorder, &doutput.into(), &(&linear.weight).into(), &dinput.into());
    kernels.matmul_tn.record(recorder, &input.into(), &doutput.into(), &(&dlinear.weight).into());
}

/// Records the recurrence backward, from the last step to the first; the gates become their gradients.
fn record_steps(
    recorder: &mut Recorder,
    kernels: &Kernels,
    lstm: &Lstm<Tensor<f32, 3>>,
    inputs: &Inputs,
    state: &LstmState,
    doutput: &Tensor<f32, 3>,
    dcell: &Tensor<f32, 2>,
) {
    recorder.stage("backward recurrence");
    kernels.lstm_step_backward.record_all(recorder, &lstm.weight_hh, &inputs.reset, doutput, state, dcell);
}

/// Records the gradients of an LSTM layer's input and weights: long products over all steps at once.
fn record_lstm(
    recorder: &mut Recorder,
    kernels: &Kernels,
    lstm: &Lstm<Tensor<f32, 3>>,
    input: &Tensor<f32, 3>,
    state: &LstmState,
    dinput: &Tensor<f32, 3>,
    dlstm: &Lstm<Tensor<f32, 3>>,
) {
    let [blocks, input_size, gates_size] = lstm.weight_ih.shape();
    let hidden_size = gates_size / 4;
    let dgates = Matrix::from(&state.gates);
    let (input, dinput) = (Matrix::from(input), Matrix::from(dinput));
    let hidden = Matrix::from(&state.hidden).rows(0, dgates_rows(state));
    let (weight_ih, dweight_ih) = (Matrix::from(&lstm.weight_ih), Matrix::from(&dlstm.weight_ih));
    let dweight_hh = Matrix::from(&dlstm.weight_hh);
    let (mut of_input, mut of_weight_ih, mut of_weight_hh) = (Vec::new(), Vec::new(), Vec::new());
    for block in 0..blocks {
        let dgates = dgates.columns(block * gates_size, gates_size);
        let (columns, units) = (block * input_size, block * hidden_size);
        let (weight_ih, dweight_ih) = (weight_ih.rows(columns, input_size), dweight_ih.rows(columns, input_size));
        of_input.push([dgates.clone(), weight_ih, dinput.columns(columns, input_size)]);
        of_weight_ih.push([input.columns(columns, input_size), dgates.clone(), dweight_ih]);
        of_weight_hh.push([hidden.columns(units, hidden_size), dgates, dweight_hh.rows(units, hidden_size)]);
    }
    recorder.stage("input gradients");
    kernels.matmul_nt.record_all(recorder, &of_input);
    recorder.stage("weight gradients");
    kernels.matmul_tn.record_all(recorder, &of_weight_ih);
    kernels.matmul_tn.record_all(recorder, &of_weight_hh);
}

/// Rows of the states that went into a step: all slots but the last.
fn dgates_rows(state: &LstmState) -> usize {
    let [seq_len, batch_size, _] = state.gates.shape();
    seq_len * batch_size
}
