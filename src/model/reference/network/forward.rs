//! The forward pass, in the order of the picture in [`model`](super).

use super::layers::{Lstm, concatenate, linear_forward, parameter, part};
use super::{Activations, Batch, Dropout, State, StateDict};
use crate::engine::kernels::Table;
use crate::engine::reference::{embedding_forward, softmax_cross_entropy};
use crate::model::conditioning::{condition_tables, input_tables};
use crate::model::config::ModelConfig;
use crate::model::reference::{candidate_bias, relative_pitch};
use crate::music::candidates::CANDIDATE_TABLES;
use crate::music::events::Field;

/// Runs `batch` from the state that the batch before left, up to losses and the gradients of the logits.
pub fn forward(
    config: &ModelConfig,
    state_dict: &StateDict,
    batch: &Batch,
    carried: &State,
    dropout: Dropout,
) -> Activations {
    let rows = batch.seq_len * batch.batch_size;
    let mut activations = Activations::default();

    let mut embedded = vec![vec![0.0; rows * config.embedding_size]; config.heads()];
    for (table, lookup) in numbered(config, input_tables(config)) {
        add_rows(state_dict, batch, &table, lookup, &[], &mut embedded[table.block]);
    }
    let mut embedding = concatenate(rows, config.embedding_size, &embedded);
    dropout.apply(0, &mut embedding);
    activations.push("embedding".into(), embedding.clone());

    let mut outputs = Vec::new();
    for (s, field) in config.fields() {
        let lstm = Lstm {
            name: &format!("lstm_{}", field.name()),
            layer: 0,
            seq_len: batch.seq_len,
            batch_size: batch.batch_size,
            hidden_size: config.stream_size,
            reset: &batch.reset,
        };
        let x = part(rows, config.embedding_size, s, &embedding);
        let output = lstm.forward(state_dict, &x, &carried.layers[s], &mut activations);
        activations.push(lstm.key("output"), output.clone());
        outputs.push(output);
    }
    let mut x = concatenate(rows, config.stream_size, &outputs);
    dropout.apply(1, &mut x);
    activations.push("streams".into(), x.clone());

    for layer in 0..config.combined_layers {
        let lstm = Lstm {
            name: "lstm_combined",
            layer,
            seq_len: batch.seq_len,
            batch_size: batch.batch_size,
            hidden_size: config.combined_size,
            reset: &batch.reset,
        };
        let state = &carried.layers[config.heads() + layer];
        x = lstm.forward(state_dict, &x, state, &mut activations);
        dropout.apply(2 + layer, &mut x);
        activations.push(lstm.key("output"), x.clone());
    }

    let mut shared = linear_forward(state_dict, "shared", rows, &x, true);
    dropout.apply(2 + config.combined_layers, &mut shared);
    activations.push("shared".into(), shared.clone());

    let factors = dropout.lookup_factors(config, 4 + config.combined_layers, batch);
    let hidden = |(s, field): (usize, Field)| {
        let head = format!("head_{}", field.name());
        let mut hidden = linear_forward(state_dict, &format!("{head}.0"), rows, &shared, false);
        for (table, lookup) in numbered(config, condition_tables(config)).iter().filter(|(table, _)| table.block == s) {
            add_rows(state_dict, batch, table, *lookup, &factors, &mut hidden);
        }
        hidden.iter_mut().for_each(|value| *value = value.max(0.0));
        hidden
    };
    let hidden: Vec<_> = config.fields().map(hidden).collect();
    let mut head_hidden = concatenate(rows, config.head_size, &hidden);
    dropout.apply(3 + config.combined_layers, &mut head_hidden);

    for (s, field) in config.fields() {
        let head = format!("head_{}", field.name());
        let vocab_size = config.output_vocab_sizes[s];
        let hidden = part(rows, config.head_size, s, &head_hidden);
        let mut logits = linear_forward(state_dict, &format!("{head}.2"), rows, &hidden, false);
        if config.matches && Field::CORE.contains(&field) {
            let name = format!("candidate_{}", field.name());
            let query = linear_forward(state_dict, &format!("{name}.query"), rows, &hidden, false);
            let (table, score) = (candidate_table(state_dict, &name), candidate_score(state_dict, &name));
            candidate_bias(vocab_size, &batch.candidates_of(field), &table, &score, &query, &mut logits);
            activations.push(format!("{name}.query"), query);
        }
        if config.relative && field == Field::Pitch {
            let relative = linear_forward(state_dict, "relative_note", rows, &hidden, false);
            relative_pitch(&batch.context, &relative, &mut logits);
            activations.push("relative_note".into(), relative);
        }
        let targets = batch.targets_of(field);
        let mut losses = vec![0.0; rows];
        let mut dlogits = vec![0.0; rows * vocab_size];
        softmax_cross_entropy(vocab_size, &logits, &targets, batch.scale(), &mut losses, &mut dlogits);
        activations.push(format!("{head}.hidden"), hidden);
        activations.push(format!("{head}.logits"), logits);
        activations.push(format!("{head}.losses"), losses);
        activations.push(format!("{head}.dlogits"), dlogits);
    }
    activations
}

/// The five tables of a head's candidates, one below the other.
pub(super) fn candidate_table(state_dict: &StateDict, name: &str) -> Vec<f64> {
    let table = |(table, _): &(&str, usize)| parameter(state_dict, &format!("{name}.{table}.weight"));
    CANDIDATE_TABLES.iter().flat_map(table).copied().collect()
}

/// The weights of a head's score, then its bias.
pub(super) fn candidate_score(state_dict: &StateDict, name: &str) -> Vec<f64> {
    ["weight", "bias"].iter().flat_map(|part| parameter(state_dict, &format!("{name}.score.{part}"))).copied().collect()
}

/// Each table with the number of its first lookup among those of its block.
pub(super) fn numbered(config: &ModelConfig, tables: Vec<Table>) -> Vec<(Table, usize)> {
    let mut lookups = vec![0; config.heads()];
    let number = |table: Table| {
        let first = lookups[table.block];
        lookups[table.block] += table.columns.len();
        (table, first)
    };
    tables.into_iter().map(number).collect()
}

/// What the row of lookup `lookup` of a table is multiplied by, for event `event` of `events`; `factors` as
/// `Dropout::lookup_factors` gives them.
pub(super) fn factor(table: &Table, (event, events): (usize, usize), lookup: usize, factors: &[f64]) -> f64 {
    let of_event = factors.len() / events;
    if table.dropped { factors[of_event * event + 64 * table.block + lookup] } else { 1.0 }
}

/// Adds to each row of `out` the rows of `table` that its event chooses; the first of them is its block's lookup `first`.
fn add_rows(state_dict: &StateDict, batch: &Batch, table: &Table, first: usize, factors: &[f64], out: &mut [f64]) {
    let weight = parameter(state_dict, &format!("{}.weight", table.name));
    let size = weight.len() / table.rows;
    let events = out.len() / size;
    for (rows, lookup) in batch.rows_of(table).into_iter().zip(first..) {
        let mut chosen = vec![0.0; out.len()];
        embedding_forward(size, weight, &rows, &mut chosen);
        for (at, (out, chosen)) in out.iter_mut().zip(chosen).enumerate() {
            *out += factor(table, (at / size, events), lookup, factors) * chosen;
        }
    }
}
