//! The activations of a forward pass, in the order in which they are computed.

use super::networks::{Network, batch, to_engine};
use super::{ACTIVATIONS, Compared, compare};
use crate::engine::gpu::{Gpu, Tensor};
use crate::engine::kernels::padded;
use crate::error::Result;
use crate::model::reference::network as reference;
use crate::model::{EvaluationStep, Model};
use crate::music::events::{FIELDS, Field};

const GATES: &str = "lstm_step_forward, matmul_nn";

/// Compares all activations of a batch that begins with a zero state.
pub(super) fn check(model: &Model, network: &Network, exact: &reference::StateDict) -> Result<Vec<Compared>> {
    let (gpu, config) = (&model.gpu, &network.config);
    let batch = batch(network, 100);
    let zero = reference::State::zeros(config, network.batch_size);
    let want = reference::forward(config, exact, &batch, &zero, reference::Dropout::OFF);
    let of_streams = |what: &str, size: usize| {
        let of_field = |field: &Field| want.get(&format!("lstm_{}.{what}_l0", field.name())).to_vec();
        side_by_side(&config.fields.iter().map(of_field).collect::<Vec<_>>(), size)
    };
    let step = EvaluationStep::new(model, network.seq_len, network.batch_size)?;
    step.run(&to_engine(&batch))?;
    let a = &step.activations;

    let mut compared = Vec::new();
    let mut add = |name: String, kernels: &'static str, got: Vec<f64>, want: &[f64]| {
        compared.push(compare(name, kernels, &got, want, ACTIVATIONS));
    };
    let (embedding, stream, combined) = (config.embedding_size, config.stream_size, config.combined_size);
    let (shared, head) = (config.shared_size, config.head_size);
    add("embedded".into(), "embedding_forward", blocks(gpu, &a.embedded, embedding, 1)?, want.get("embedding"));
    let gates = |field: &Field| interleave(want.get(&format!("lstm_{}.gates_l0", field.name())), stream);
    let gates: Vec<Vec<f64>> = config.fields.iter().map(gates).collect();
    add("streams.gates".into(), GATES, blocks(gpu, &a.streams.gates, stream, 4)?, &side_by_side(&gates, 4 * stream));
    let step = "lstm_step_forward";
    add("streams.cell".into(), step, blocks(gpu, &a.streams.cell, stream, 1)?, &of_streams("cell", stream));
    add("streams.hidden".into(), step, blocks(gpu, &a.streams.hidden, stream, 1)?, &of_streams("hidden", stream));
    for (layer, state) in a.combined.iter().enumerate() {
        let named = |what: &str| want.get(&format!("lstm_combined.{what}_l{layer}"));
        let name = |what: &str| format!("combined_{layer}.{what}");
        let gates = interleave(named("gates"), combined);
        add(name("gates"), GATES, blocks(gpu, &state.gates, combined, 4)?, &gates);
        add(name("cell"), step, blocks(gpu, &state.cell, combined, 1)?, named("cell"));
        add(name("hidden"), step, blocks(gpu, &state.hidden, combined, 1)?, named("hidden"));
        add(name("output"), step, blocks(gpu, &state.output, combined, 1)?, named("output"));
    }
    add("shared".into(), "matmul_nn", blocks(gpu, &a.shared, shared, 1)?, want.get("shared"));
    let of_heads = |what: &str| -> Vec<Vec<f64>> {
        let of_field = |field: &Field| want.get(&format!("head_{}.{what}", field.name())).to_vec();
        config.fields.iter().map(of_field).collect()
    };
    let hidden = side_by_side(&of_heads("hidden"), head);
    add("head_hidden".into(), "embedding_forward, matmul_nn", blocks(gpu, &a.head_hidden, head, 1)?, &hidden);
    for (s, field) in config.fields() {
        let classes = config.output_vocab_sizes[s];
        let columns = a.logits[s].shape()[2];
        let logits = a.logits[s].read(gpu)?;
        let logits = logits.chunks_exact(columns).flat_map(|row| row[..classes].iter().copied().map(f64::from));
        let kernels = match field {
            Field::Pitch => "relative_pitch, candidate_bias, matmul_nn",
            Field::Offset | Field::Duration => "candidate_bias, matmul_nn",
            _ => "matmul_nn",
        };
        let name = field.name();
        add(format!("logits.{name}"), kernels, logits.collect(), want.get(&format!("head_{name}.logits")));
    }
    let losses = side_by_side(&of_heads("losses"), 1);
    let got = a.losses.read(gpu)?;
    let of_row = |row: &[f32]| config.fields.iter().map(|field| f64::from(row[field.index()])).collect::<Vec<_>>();
    let got = got.chunks_exact(FIELDS).flat_map(of_row).collect();
    add("losses".into(), "softmax_cross_entropy", got, &losses);
    Ok(compared)
}

/// The blocks of each row of a tensor without their padding; a block has `parts` values for each of `size` units.
fn blocks<const R: usize>(gpu: &Gpu, tensor: &Tensor<f32, R>, size: usize, parts: usize) -> Result<Vec<f64>> {
    let values = tensor.read(gpu)?;
    let block = |block: &[f32]| block[..parts * size].iter().copied().map(f64::from).collect::<Vec<f64>>();
    Ok(values.chunks_exact(parts * padded(size)).flat_map(block).collect())
}

/// Gate blocks i, f, g, o of `[rows, 4H]` to the engine's order: the four gates of a unit side by side.
fn interleave(values: &[f64], hidden_size: usize) -> Vec<f64> {
    let row = |row: &[f64]| -> Vec<f64> { (0..4 * hidden_size).map(|at| row[at % 4 * hidden_size + at / 4]).collect() };
    values.chunks_exact(4 * hidden_size).flat_map(row).collect()
}

/// `[rows, size]` of several blocks to the blocks side by side.
fn side_by_side(blocks: &[Vec<f64>], size: usize) -> Vec<f64> {
    let rows = blocks[0].len() / size;
    (0..rows).flat_map(|row| blocks.iter().flat_map(move |block| &block[row * size..][..size])).copied().collect()
}
