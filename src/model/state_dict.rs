//! Between the engine's arena and PyTorch's names, shapes and order.
//!
//! | PyTorch | engine |
//! |---|---|
//! | weights [out, in] | [in, out] |
//! | gate rows i..., f..., g..., o... | the gates i f g o of a unit side by side |
//! | one table, LSTM and hidden layer per stream or head | one of all three, block by block |
//! | `bias_ih` and `bias_hh` | their sum; `bias_hh` is written as 0 |
//! | output layer, query of the candidates, relative pitch | one layer with all of their columns |
//! | any size | padded with zeros to a multiple of [`crate::engine::kernels::FEATURE_ALIGNMENT`] |
//!
//! One list, `entries`, says where every element goes; saving and loading both walk it.

pub use crate::engine::nn::{Array, StateDict};

use super::parameters::{HeadColumns, Linear, Lstm, Slot, layout};
use crate::engine::kernels::{Table, first_rows, padded};
use crate::model::conditioning::{condition_tables, input_tables};
use crate::model::config::ModelConfig;
use crate::model::kernels::{CANDIDATE_SIZE, RELATIVE_STRIDE, SCORE_SIZE};
use crate::music::candidates::{CANDIDATE_ROWS, CANDIDATE_TABLES};

/// Where the elements of one PyTorch tensor lie in the arena.
struct Entry {
    name: String,
    shape: Vec<usize>,
    /// Row and column to arena index; a vector has one column.
    index: Box<dyn Fn(usize, usize) -> usize>,
    /// The second bias of an LSTM: added on loading, 0 on saving.
    redundant: bool,
}

fn entries(config: &ModelConfig) -> Vec<Entry> {
    let (slots, _) = layout(config);
    let mut list = Vec::new();
    let [embedding, stream, combined] = [config.embedding_size, config.stream_size, config.combined_size];
    let (shared, head) = (config.shared_size, config.head_size);

    push_tables(&mut list, &input_tables(config), slots.embedding, embedding);
    for (block, field) in config.fields() {
        push_lstm(&mut list, &format!("lstm_{}", field.name()), 0, &slots.streams, block, stream, embedding, |input| {
            input
        });
    }
    for (layer, lstm) in slots.combined.iter().enumerate() {
        if layer == 0 {
            let concatenated = move |input| input / stream * padded(stream) + input % stream;
            push_lstm(&mut list, "lstm_combined", 0, lstm, 0, combined, config.heads() * stream, concatenated);
        } else {
            push_lstm(&mut list, "lstm_combined", layer, lstm, 0, combined, combined, |input| input);
        }
    }
    push_linear(&mut list, "shared", &slots.shared, shared, combined, |row| row);
    push_tables(&mut list, &condition_tables(config), slots.condition, head);
    for (block, field) in config.fields() {
        let name = field.name();
        let first = block * padded(head);
        push_linear(&mut list, &format!("head_{name}.0"), &slots.head_hidden, head, shared, move |row| first + row);
        let vocab = config.output_vocab_sizes[block];
        let output = &slots.head_output[block];
        push_linear(&mut list, &format!("head_{name}.2"), output, vocab, head, |row| row);
        let columns = HeadColumns::new(config, block);
        if let Some(first) = columns.query {
            push_linear(&mut list, &format!("candidate_{name}.query"), output, CANDIDATE_SIZE, head, move |row| {
                first + row
            });
            push_candidates(
                &mut list,
                &format!("candidate_{name}"),
                slots.candidate,
                slots.candidate_score,
                field.index(),
            );
        }
        if let Some(first) = columns.relative {
            let used = RELATIVE_STRIDE - 1;
            let column = move |row: usize| first + row / used * RELATIVE_STRIDE + row % used;
            push_linear(&mut list, &format!("relative_{name}"), output, 4 * used, head, column);
        }
    }
    list
}

/// The tables and the score of the candidates of one head.
fn push_candidates(list: &mut Vec<Entry>, name: &str, tables: Slot, score: Slot, block: usize) {
    let mut first = CANDIDATE_ROWS * block;
    for (table, rows) in CANDIDATE_TABLES {
        let start = tables.offset + first * CANDIDATE_SIZE;
        push(list, format!("{name}.{table}.weight"), vec![rows, CANDIDATE_SIZE], move |row, column| {
            start + row * CANDIDATE_SIZE + column
        });
        first += rows;
    }
    let start = score.offset + SCORE_SIZE * block;
    push(list, format!("{name}.score.weight"), vec![1, CANDIDATE_SIZE], move |_, column| start + column);
    push(list, format!("{name}.score.bias"), vec![1], move |_, _| start + CANDIDATE_SIZE);
}

fn push(list: &mut Vec<Entry>, name: String, shape: Vec<usize>, index: impl Fn(usize, usize) -> usize + 'static) {
    list.push(Entry { name, shape, index: Box::new(index), redundant: false });
}

/// Embedding tables that lie one below the other in `slot`.
fn push_tables(list: &mut Vec<Entry>, tables: &[Table], slot: Slot, size: usize) {
    for (table, first) in tables.iter().zip(first_rows(tables).0) {
        push(list, format!("{}.weight", table.name), vec![table.rows, size], move |row, column| {
            slot.offset + (first + row) * slot.shape[2] + column
        });
    }
}

/// Tensors of layer `layer` of the LSTM `name`, which is block `block` of `slots`.
fn push_lstm(
    list: &mut Vec<Entry>,
    name: &str,
    layer: usize,
    slots: &Lstm<Slot>,
    block: usize,
    hidden_size: usize,
    input_size: usize,
    place_of_input: impl Fn(usize) -> usize + 'static,
) {
    let Lstm { weight_ih, weight_hh, bias } = slots.clone();
    let column = move |row: usize| 4 * (row % hidden_size) + row / hidden_size;
    let matrix = |slot: Slot| {
        let [_, rows, columns] = slot.shape;
        move |row: usize, input: usize| slot.offset + (block * rows + input) * columns + column(row)
    };
    let (ih, hh) = (matrix(weight_ih), matrix(weight_hh));
    let first_bias = bias.offset + block * weight_hh.shape[2];
    let gates = 4 * hidden_size;
    push(list, format!("{name}.weight_ih_l{layer}"), vec![gates, input_size], move |row, input| {
        ih(row, place_of_input(input))
    });
    push(list, format!("{name}.weight_hh_l{layer}"), vec![gates, hidden_size], hh);
    push(list, format!("{name}.bias_ih_l{layer}"), vec![gates], move |row, _| first_bias + column(row));
    push(list, format!("{name}.bias_hh_l{layer}"), vec![gates], move |row, _| first_bias + column(row));
    list.last_mut().expect("just pushed").redundant = true;
}

/// Tensors of a linear layer whose outputs are the columns `column_of` of `slots`.
fn push_linear(
    list: &mut Vec<Entry>,
    name: &str,
    slots: &Linear<Slot>,
    output: usize,
    input: usize,
    column_of: impl Fn(usize) -> usize + Copy + 'static,
) {
    let Linear { weight, bias } = slots.clone();
    push(list, format!("{name}.weight"), vec![output, input], move |row, column| {
        weight.offset + column * weight.shape[2] + column_of(row)
    });
    push(list, format!("{name}.bias"), vec![output], move |row, _| bias.offset + column_of(row));
}

impl Entry {
    /// Arena indices in the row-major order of the PyTorch tensor.
    fn indices(&self) -> impl Iterator<Item = usize> {
        let columns = self.shape.get(1).copied().unwrap_or(1);
        (0..self.shape[0]).flat_map(move |row| (0..columns).map(move |column| (self.index)(row, column)))
    }
}

/// Names and shapes of a model's tensors.
pub fn names_and_shapes(config: &ModelConfig) -> Vec<(String, Vec<usize>)> {
    entries(config).into_iter().map(|entry| (entry.name, entry.shape)).collect()
}

/// Number of trainable values, padding and the redundant biases left out.
pub fn parameter_count(config: &ModelConfig) -> usize {
    entries(config).iter().filter(|entry| !entry.redundant).map(|entry| entry.shape.iter().product::<usize>()).sum()
}

/// An arena's values by PyTorch's names.
pub fn from_arena(config: &ModelConfig, arena: &[f32]) -> StateDict {
    let array = |entry: &Entry| {
        let values = entry.indices().map(|index| if entry.redundant { 0.0 } else { arena[index] }).collect();
        Array { shape: entry.shape.clone(), values }
    };
    entries(config).iter().map(|entry| (entry.name.clone(), array(entry))).collect()
}

/// The arena of a state dict, padding as 0; the error says which tensor is missing or has another shape.
pub fn to_arena(config: &ModelConfig, state: &StateDict) -> Result<Vec<f32>, String> {
    let mut arena = vec![0.0; layout(config).1];
    let entries = entries(config);
    for entry in &entries {
        let Some(array) = state.get(&entry.name) else { return Err(format!("tensor `{}` is missing", entry.name)) };
        if array.shape != entry.shape {
            return Err(format!("tensor `{}` has shape {:?}, expected {:?}", entry.name, array.shape, entry.shape));
        }
        for (index, &value) in entry.indices().zip(&array.values) {
            // 0 + -0 would be 0, and a resumed run must find the bits it saved.
            if !entry.redundant {
                arena[index] = value;
            } else if value != 0.0 {
                arena[index] += value;
            }
        }
    }
    match state.keys().find(|name| !entries.iter().any(|entry| entry.name == **name)) {
        Some(name) => Err(format!("tensor `{name}` does not belong to this model")),
        None => Ok(arena),
    }
}
