//! Between the engine's arena and PyTorch's names, shapes and order.
//!
//! | PyTorch | engine |
//! |---|---|
//! | weights [out, in] | [in, out] |
//! | gate rows i..., f..., g..., o... | the gates i f g o of a unit side by side |
//! | one table, LSTM and hidden layer per stream or head | one of all three, block by block |
//! | `bias_ih` and `bias_hh` | their sum; `bias_hh` is written as 0 |
//! | any size | padded with zeros to a multiple of [`crate::kernels::FEATURE_ALIGNMENT`] |
//!
//! One list, `entries`, says where every element goes; saving and loading both walk it.

use std::collections::BTreeMap;

use super::parameters::{Linear, Lstm, Slot, layout};
use crate::config::{ModelConfig, STREAMS};
use crate::features::{Table, condition_tables, first_rows, input_tables};
use crate::kernels::padded;

/// A tensor on the host.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// Sizes, outermost first; one or two of them.
    pub shape: Vec<usize>,
    /// Row-major values.
    pub values: Vec<f32>,
}

/// Tensors by the names that `torch.nn` modules would give them.
pub type StateDict = BTreeMap<String, Array>;

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
    for (block, name) in STREAMS.iter().enumerate() {
        push_lstm(&mut list, &format!("lstm_{name}"), 0, &slots.streams, block, stream, embedding, |input| input);
    }
    for (layer, lstm) in slots.combined.iter().enumerate() {
        if layer == 0 {
            let concatenated = move |input| input / stream * padded(stream) + input % stream;
            push_lstm(&mut list, "lstm_combined", 0, lstm, 0, combined, 3 * stream, concatenated);
        } else {
            push_lstm(&mut list, "lstm_combined", layer, lstm, 0, combined, combined, |input| input);
        }
    }
    push_linear(&mut list, "shared", &slots.shared, 0, shared, combined);
    push_tables(&mut list, &condition_tables(config), slots.condition, head);
    for (block, name) in STREAMS.iter().enumerate() {
        push_linear(&mut list, &format!("head_{name}.0"), &slots.head_hidden, block * padded(head), head, shared);
        let vocab = config.output_vocab_sizes[block];
        push_linear(&mut list, &format!("head_{name}.2"), &slots.head_output[block], 0, vocab, head);
    }
    list
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

/// Tensors of a linear layer whose outputs begin at column `first` of `slots`.
fn push_linear(list: &mut Vec<Entry>, name: &str, slots: &Linear<Slot>, first: usize, output: usize, input: usize) {
    let Linear { weight, bias } = slots.clone();
    push(list, format!("{name}.weight"), vec![output, input], move |row, column| {
        weight.offset + column * weight.shape[2] + first + row
    });
    push(list, format!("{name}.bias"), vec![output], move |row, _| bias.offset + first + row);
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
