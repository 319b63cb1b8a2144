//! The forward pass as a list of kernels that reads like the equations.
//! `reference::network::forward` makes the same calls in the same order.

use std::ops::Range;

use super::Model;
use super::activations::Activations;
use super::dropout::{Dropouts, condition_site};
use super::inputs::Inputs;
use super::parameters::{HeadColumns, Lstm};
use crate::engine::gpu::{Recorder, Tensor};
use crate::engine::kernels::{Kernels, LookupDropout, LossHead, LstmState, Matrix};
use crate::model::config::ModelConfig;
use crate::model::kernels::CandidateHead;
use crate::music::events::Field;

/// Records context to logits.
pub(super) fn record_forward(
    recorder: &mut Recorder,
    model: &Model,
    inputs: &Inputs,
    activations: &Activations,
    dropouts: &mut Dropouts,
) {
    record_body(recorder, model, inputs, activations, dropouts);
    record_conditions(recorder, model, 0..model.config.heads(), inputs, activations, dropouts);
    dropouts.record(recorder, &model.kernels, 3 + activations.combined.len(), &activations.head_hidden);
    record_logits(recorder, model, inputs, activations);
}

/// Records what all heads share: all that does not depend on the event to predict.
fn record_body(
    recorder: &mut Recorder,
    model: &Model,
    inputs: &Inputs,
    activations: &Activations,
    dropouts: &mut Dropouts,
) {
    let (a, kernels, parameters) = (activations, &model.kernels, &model.parameters.named);

    recorder.stage("embedding");
    let [_, rows, size] = parameters.embedding.shape();
    let (table, lookup) = (parameters.embedding.reshape([rows, size]), &model.input_lookup);
    let (context, off) = (&inputs.context, LookupDropout::OFF);
    kernels.embedding_forward.record(recorder, &table, lookup, 0..lookup.blocks, context, false, off, &a.embedded);
    dropouts.record(recorder, kernels, 0, &a.embedded);

    record_input_products(recorder, kernels, &parameters.streams, &a.embedded, &a.streams);
    record_recurrence(recorder, kernels, &parameters.streams, &inputs.reset, &a.streams, Carry::Batch);
    record_upper_layers(recorder, model, &inputs.reset, activations, Carry::Batch, dropouts);
}

/// Records all from the output of the streams to the hidden layers of the heads, but for what these know of the event.
pub(super) fn record_upper_layers(
    recorder: &mut Recorder,
    model: &Model,
    reset: &Tensor<u32, 2>,
    activations: &Activations,
    carry: Carry,
    dropouts: &mut Dropouts,
) {
    let (a, kernels, parameters) = (activations, &model.kernels, &model.parameters.named);
    dropouts.record(recorder, kernels, 1, &a.streams.output);

    let mut input = &a.streams.output;
    for (layer, (lstm, state)) in parameters.combined.iter().zip(&a.combined).enumerate() {
        record_input_products(recorder, kernels, lstm, input, state);
        record_recurrence(recorder, kernels, lstm, reset, state, carry);
        dropouts.record(recorder, kernels, 2 + layer, &state.output);
        input = &state.output;
    }

    recorder.stage("heads and loss");
    let matmul = &kernels.matmul_nn;
    let shared = &parameters.shared;
    matmul.record(recorder, &input.into(), &(&shared.weight).into(), &(&shared.bias).into(), true, &(&a.shared).into());
    dropouts.record(recorder, kernels, 2 + a.combined.len(), &a.shared);

    let hidden = &parameters.head_hidden;
    let (weight, bias) = ((&hidden.weight).into(), (&hidden.bias).into());
    // Where something is known of the event, the ReLU comes after that.
    let relu = model.condition_lookup.rows == 0;
    matmul.record(recorder, &(&a.shared).into(), &weight, &bias, relu, &(&a.head_hidden).into());
}

/// Records what is known of the event, if anything is: it adds to the hidden layers of these heads, before their `ReLU`.
pub(super) fn record_conditions(
    recorder: &mut Recorder,
    model: &Model,
    heads: Range<usize>,
    inputs: &Inputs,
    activations: &Activations,
    dropouts: &mut Dropouts,
) {
    if model.condition_lookup.rows == 0 {
        return;
    }
    let (a, kernels, parameters) = (activations, &model.kernels, &model.parameters.named);
    let [_, rows, size] = parameters.condition.shape();
    let table = parameters.condition.reshape([rows, size]);
    let (lookup, context) = (&model.condition_lookup, &inputs.context);
    let dropout = dropouts.of_lookups(condition_site(&model.config));
    let embedding = &kernels.embedding_forward;
    dropouts.push(embedding.record(recorder, &table, lookup, heads, context, true, dropout, &a.head_hidden));
}

/// Records the output layers of some heads.
pub(super) fn record_outputs(recorder: &mut Recorder, model: &Model, heads: Range<usize>, activations: &Activations) {
    let product = |head: usize| {
        let output = &model.parameters.named.head_output[head];
        let size = output.weight.shape()[1];
        let input = Matrix::from(&activations.head_hidden).columns(head * size, size);
        [input, (&output.weight).into(), (&output.bias).into(), (&activations.logits[head]).into()]
    };
    model.kernels.matmul_nn.record_all(recorder, &heads.map(product).collect::<Vec<_>>(), false);
}

/// Records the logits: the output layers, the scores of the candidates, and what is predicted at intervals.
fn record_logits(recorder: &mut Recorder, model: &Model, inputs: &Inputs, activations: &Activations) {
    record_outputs(recorder, model, 0..activations.logits.len(), activations);
    if model.config.matches {
        let (candidates, evidence) = (&inputs.candidates, &activations.evidence);
        let (table, score) = model.candidate_tables();
        let heads = candidate_heads(&model.config, &activations.logits);
        model.music_kernels.candidate_bias.record(recorder, &heads, candidates, &table, &score, evidence);
    }
    for (head, logits) in activations.logits.iter().enumerate() {
        let columns = HeadColumns::new(&model.config, head);
        if let Some(relative) = columns.relative {
            let kernel = &model.music_kernels.relative_pitch;
            kernel.record(recorder, &inputs.context, columns.classes, relative, logits);
        }
    }
}

/// The heads that score candidates, with their logits or the gradients of these.
pub(super) fn candidate_heads<'a>(config: &ModelConfig, logits: &'a [Tensor<f32, 3>]) -> Vec<CandidateHead<'a>> {
    let of_head = |(head, logits): (usize, &'a Tensor<f32, 3>)| {
        let query = HeadColumns::new(config, head).query?;
        Some(CandidateHead { head: config.fields[head].index(), query, logits })
    };
    logits.iter().enumerate().filter_map(of_head).collect()
}

/// Records the input product of an LSTM layer, of all time steps at once.
fn record_input_products(
    recorder: &mut Recorder,
    kernels: &Kernels,
    lstm: &Lstm<Tensor<f32, 3>>,
    input: &Tensor<f32, 3>,
    state: &LstmState,
) {
    recorder.stage("input products");
    let [blocks, input_size, gates_size] = lstm.weight_ih.shape();
    let (input, weight) = (Matrix::from(input), Matrix::from(&lstm.weight_ih));
    let (bias, gates) = (Matrix::from(&lstm.bias), Matrix::from(&state.gates));
    let product = |block: usize| {
        let (columns, of_gates) = (block * input_size, block * gates_size);
        let (input, weight) = (input.columns(columns, input_size), weight.rows(columns, input_size));
        [input, weight, bias.columns(of_gates, gates_size), gates.columns(of_gates, gates_size)]
    };
    kernels.matmul_nn.record_all(recorder, &(0..blocks).map(product).collect::<Vec<_>>(), false);
}

/// Where the steps of a plan find the state that the plan before them left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carry {
    /// In the last slot. It goes to the first one, unless a song begins.
    Batch,
    /// In slot 0, where a step back has left it.
    Forth,
    /// In slot 1, from which the only step goes back to slot 0.
    Back,
}

/// Records the recurrence of an LSTM layer.
pub(super) fn record_recurrence(
    recorder: &mut Recorder,
    kernels: &Kernels,
    lstm: &Lstm<Tensor<f32, 3>>,
    reset: &Tensor<u32, 2>,
    state: &LstmState,
    carry: Carry,
) {
    assert!(carry == Carry::Batch || state.output.shape()[0] == 1, "{carry:?} is for a single step");
    recorder.stage("recurrence");
    if carry == Carry::Batch {
        kernels.carry_state.record(recorder, reset, state);
        kernels.lstm_step_forward.record_all(recorder, &lstm.weight_hh, reset, state);
    } else {
        kernels.lstm_step_forward.record(recorder, 0, &lstm.weight_hh, reset, state, carry == Carry::Back);
    }
}

/// Records the losses, their sums, and, if they are wanted, the gradients of the logits of the mean over all rows.
pub(super) fn record_loss(
    recorder: &mut Recorder,
    model: &Model,
    inputs: &Inputs,
    activations: &Activations,
    dlogits: Option<&[Tensor<f32, 3>]>,
) {
    recorder.stage("heads and loss");
    let (kernels, config) = (&model.kernels, &model.config);
    let [seq_len, batch_size, _] = activations.losses.shape();
    let scale = 1.0 / (seq_len * batch_size) as f32;
    let of_head = |(head, field): (usize, Field)| LossHead {
        column: field.index(),
        vocab_size: config.output_vocab_sizes[head],
        logits: &activations.logits[head],
        dlogits: dlogits.map(|dlogits| &dlogits[head]),
    };
    let heads: Vec<_> = config.fields().map(of_head).collect();
    kernels.softmax_cross_entropy.record(recorder, &heads, scale, &inputs.targets, &activations.losses);
    kernels.loss_sum.record(recorder, &activations.losses, &activations.totals);
}
