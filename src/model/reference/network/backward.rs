//! The backward pass: [`forward`](super::forward()) read from the end.

use super::forward::{candidate_score, candidate_table, factor, numbered};
use super::layers::{Lstm, concatenate, linear_backward, part};
use super::{Activations, Batch, Dropout, StateDict};
use crate::engine::kernels::Table;
use crate::engine::reference::{embedding_backward, relu_backward};
use crate::model::conditioning::{condition_tables, input_tables};
use crate::model::config::ModelConfig;
use crate::model::reference::{candidate_bias_backward, relative_pitch_backward};
use crate::music::candidates::CANDIDATE_TABLES;
use crate::music::events::Field;

/// The gradient of the mean loss per event by every parameter, from what [`forward`](super::forward()) left.
///
/// `dropout` must be the one of the forward pass.
pub fn backward(
    config: &ModelConfig,
    state_dict: &StateDict,
    batch: &Batch,
    activations: &Activations,
    dropout: Dropout,
) -> StateDict {
    let rows = batch.seq_len * batch.batch_size;
    let mut gradients = StateDict::new();

    let shared = activations.get("shared");
    let mut dshared = vec![0.0; shared.len()];
    let head = |(_, field)| head_backward(config, state_dict, batch, activations, field, &mut gradients);
    let dhidden: Vec<Vec<f64>> = config.fields().map(head).collect();
    let mut dhidden = concatenate(rows, config.head_size, &dhidden);
    dropout.apply(3 + config.combined_layers, &mut dhidden);
    let factors = dropout.lookup_factors(config, 4 + config.combined_layers, batch);
    for (s, field) in config.fields() {
        let head = format!("head_{}", field.name());
        let mut dhidden = part(rows, config.head_size, s, &dhidden);
        // As below: where dropout made a 0 of it, the gradient is 0 already.
        relu_backward(0.0, activations.get(&format!("{head}.hidden")), &mut dhidden);
        for (table, lookup) in numbered(config, condition_tables(config)).iter().filter(|(table, _)| table.block == s) {
            table_backward(batch, table, *lookup, &factors, &dhidden, &mut gradients);
        }
        let first = format!("{head}.0");
        let dx = linear_backward(state_dict, &first, rows, shared, &dhidden, &mut gradients);
        for (dshared, dx) in dshared.iter_mut().zip(dx) {
            *dshared += dx;
        }
    }

    dropout.apply(2 + config.combined_layers, &mut dshared);
    // `shared` is what dropout left of the ReLU's output. Where dropout made a 0 of it, the gradient is 0 already.
    relu_backward(0.0, shared, &mut dshared);
    let combined = |layer: usize| activations.get(&format!("lstm_combined.output_l{layer}"));
    let last = combined(config.combined_layers - 1);
    let mut dx = linear_backward(state_dict, "shared", rows, last, &dshared, &mut gradients);

    for layer in (0..config.combined_layers).rev() {
        dropout.apply(2 + layer, &mut dx);
        let lstm = Lstm {
            name: "lstm_combined",
            layer,
            seq_len: batch.seq_len,
            batch_size: batch.batch_size,
            hidden_size: config.combined_size,
            reset: &batch.reset,
        };
        let x = match layer {
            0 => activations.get("streams"),
            _ => combined(layer - 1),
        };
        dx = lstm.backward(state_dict, x, activations, &dx, &mut gradients);
    }

    dropout.apply(1, &mut dx);
    let embedding = activations.get("embedding");
    let mut dembedding = Vec::new();
    for (s, field) in config.fields() {
        let lstm = Lstm {
            name: &format!("lstm_{}", field.name()),
            layer: 0,
            seq_len: batch.seq_len,
            batch_size: batch.batch_size,
            hidden_size: config.stream_size,
            reset: &batch.reset,
        };
        let x = part(rows, config.embedding_size, s, embedding);
        let doutput = part(rows, config.stream_size, s, &dx);
        dembedding.push(lstm.backward(state_dict, &x, activations, &doutput, &mut gradients));
    }

    let mut dembedding = concatenate(rows, config.embedding_size, &dembedding);
    dropout.apply(0, &mut dembedding);
    for (table, lookup) in numbered(config, input_tables(config)) {
        let dout = part(rows, config.embedding_size, table.block, &dembedding);
        table_backward(batch, &table, lookup, &[], &dout, &mut gradients);
    }
    gradients
}

/// The gradient of the hidden layer of the head of `field`; adds those of all that lies between it and the losses to `gradients`.
fn head_backward(
    config: &ModelConfig,
    state_dict: &StateDict,
    batch: &Batch,
    activations: &Activations,
    field: Field,
    gradients: &mut StateDict,
) -> Vec<f64> {
    let (stream, rows) = (field.name(), batch.seq_len * batch.batch_size);
    let hidden = activations.get(&format!("head_{stream}.hidden"));
    let mut dlogits = activations.get(&format!("head_{stream}.dlogits")).to_vec();
    let mut dhidden = vec![0.0; hidden.len()];
    let mut layer = |name: &str, dout: &[f64], gradients: &mut StateDict| {
        let dinput = linear_backward(state_dict, name, rows, hidden, dout, gradients);
        dhidden.iter_mut().zip(dinput).for_each(|(sum, dinput)| *sum += dinput);
    };
    if config.relative && field == Field::Pitch {
        let mut drelative = vec![0.0; activations.get("relative_note").len()];
        relative_pitch_backward(&batch.context, &mut dlogits, &mut drelative);
        layer("relative_note", &drelative, gradients);
    }
    if config.matches && Field::CORE.contains(&field) {
        let name = format!("candidate_{stream}");
        let query = activations.get(&format!("{name}.query"));
        let (table, score) = (candidate_table(state_dict, &name), candidate_score(state_dict, &name));
        let [mut dtable, mut dscore, mut dquery] = [&table[..], &score, query].map(|values| vec![0.0; values.len()]);
        candidate_bias_backward(
            dlogits.len() / rows,
            &batch.candidates_of(field),
            &table,
            &score,
            query,
            &dlogits,
            &mut dtable,
            &mut dscore,
            &mut dquery,
        );
        layer(&format!("{name}.query"), &dquery, gradients);
        gradients.insert(format!("{name}.score.bias"), dscore.split_off(score.len() - 1));
        gradients.insert(format!("{name}.score.weight"), dscore);
        for (part, rows) in CANDIDATE_TABLES {
            let rest = dtable.split_off(rows * query.len() / batch.reset.len());
            gradients.insert(format!("{name}.{part}.weight"), std::mem::replace(&mut dtable, rest));
        }
    }
    layer(&format!("head_{stream}.2"), &dlogits, gradients);
    dhidden
}

/// Adds the gradient of a table to `gradients`, from that of the rows it added to.
fn table_backward(
    batch: &Batch,
    table: &Table,
    first: usize,
    factors: &[f64],
    dout: &[f64],
    gradients: &mut StateDict,
) {
    let events = batch.seq_len * batch.batch_size;
    let size = dout.len() / events;
    let mut sum = vec![0.0; table.rows * size];
    for (rows, lookup) in batch.rows_of(table).into_iter().zip(first..) {
        let scaled = |(at, dout): (usize, &f64)| factor(table, (at / size, events), lookup, factors) * dout;
        let dout: Vec<f64> = dout.iter().enumerate().map(scaled).collect();
        let mut dweight = vec![0.0; sum.len()];
        embedding_backward(size, &dout, &rows, &mut dweight);
        for (sum, dweight) in sum.iter_mut().zip(dweight) {
            *sum += dweight;
        }
    }
    gradients.insert(format!("{}.weight", table.name), sum);
}
