//! The parameters of the network: one struct of names, many payloads.
//!
//! All parameters lie in one arena, so the optimizer, the gradient norm, saving and loading are one pass each. Gradients
//! and the moments of Adam are arenas of the same layout.

use crate::engine::gpu::{Gpu, Tensor};
use crate::engine::kernels::{Table, first_rows, padded};
use crate::error::Result;
use crate::model::conditioning::{condition_tables, input_tables};
use crate::model::config::ModelConfig;
use crate::model::kernels::{CANDIDATE_SIZE, RELATIVE_SIZE, SCORE_SIZE};
use crate::music::candidates::CANDIDATE_ROWS;
use crate::music::events::Field;

/// One LSTM layer, or several of one size side by side.
#[derive(Clone, Debug)]
pub struct Lstm<T> {
    /// [blocks, I, 4H]
    pub weight_ih: T,
    /// [blocks, H, 4H]
    pub weight_hh: T,
    /// [1, 1, blocks · 4H]
    pub bias: T,
}

/// One fully connected layer.
#[derive(Clone, Debug)]
pub struct Linear<T> {
    /// [1, in, out]
    pub weight: T,
    /// [1, 1, out]
    pub bias: T,
}

/// One field per tensor; `T` says what is stored for it: a place in the arena, or a tensor on the device.
///
/// Shapes are those of the engine: weights are [in, out], the four gates of a unit lie together, feature dimensions are
/// padded (see [`crate::engine::kernels::padded`]). [`crate::model::state_dict`] converts to PyTorch's names and order.
#[derive(Clone, Debug)]
pub struct Parameters<T> {
    /// [1, V, E]: the tables of the streams, one below the other, see [`input_tables`].
    pub embedding: T,
    /// The stream LSTMs.
    pub streams: Lstm<T>,
    /// The combined layers, first to last.
    pub combined: Vec<Lstm<T>>,
    /// The layer that all heads read.
    pub shared: Linear<T>,
    /// The hidden layers of the heads, side by side.
    pub head_hidden: Linear<T>,
    /// [1, V, head]: what adds to the hidden layers, one table below the other, see [`condition_tables`]; a row of zeros
    /// if there is none.
    pub condition: T,
    /// The output layer of each head; its columns are [`HeadColumns`].
    pub head_output: Vec<Linear<T>>,
    /// [1, 378, 32]: the tables of the candidates of offset, pitch and duration, one below the other; a row of zeros without matches.
    pub candidate: T,
    /// [1, 1, 120]: the scores of their candidates.
    pub candidate_score: T,
}

/// What a head's output layer computes from its hidden layer, side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeadColumns {
    /// Classes, from column 0 on.
    pub classes: usize,
    /// Where the query of the candidates begins.
    pub query: Option<usize>,
    /// Where what is predicted at intervals begins.
    pub relative: Option<usize>,
    /// All columns.
    pub total: usize,
}

impl HeadColumns {
    /// Those of head `head`.
    pub fn new(config: &ModelConfig, head: usize) -> Self {
        let classes = config.output_vocab_sizes[head];
        let mut total = padded(classes);
        let mut add = |is_there: bool, size: usize| {
            let first = is_there.then_some(total);
            total += if is_there { size } else { 0 };
            first
        };
        let field = config.fields[head];
        let query = add(config.matches && Field::CORE.contains(&field), CANDIDATE_SIZE);
        let relative = add(config.relative && field == Field::Pitch, RELATIVE_SIZE);
        Self { classes, query, relative, total }
    }
}

/// A place in the arena.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// First element, a multiple of 64 so that the slot can be bound on its own.
    pub offset: usize,
    /// Padded shape.
    pub shape: [usize; 3],
}

impl<T> Lstm<T> {
    fn map<U>(&self, f: &mut impl FnMut(&T) -> U) -> Lstm<U> {
        Lstm { weight_ih: f(&self.weight_ih), weight_hh: f(&self.weight_hh), bias: f(&self.bias) }
    }
}

impl<T> Linear<T> {
    fn map<U>(&self, f: &mut impl FnMut(&T) -> U) -> Linear<U> {
        Linear { weight: f(&self.weight), bias: f(&self.bias) }
    }
}

impl<T> Parameters<T> {
    /// The same names with `f` of each payload, in the order of the arena.
    pub fn map<U>(&self, mut f: impl FnMut(&T) -> U) -> Parameters<U> {
        let f = &mut f;
        Parameters {
            embedding: f(&self.embedding),
            streams: self.streams.map(f),
            combined: self.combined.iter().map(|layer| layer.map(f)).collect(),
            shared: self.shared.map(f),
            head_hidden: self.head_hidden.map(f),
            condition: f(&self.condition),
            head_output: self.head_output.iter().map(|layer| layer.map(f)).collect(),
            candidate: f(&self.candidate),
            candidate_score: f(&self.candidate_score),
        }
    }
}

/// Padded shape of every tensor.
fn shapes(config: &ModelConfig) -> Parameters<[usize; 3]> {
    let size = |size: usize| padded(size);
    let lstm = |blocks: usize, input: usize, hidden: usize| Lstm {
        weight_ih: [blocks, input, 4 * hidden],
        weight_hh: [blocks, hidden, 4 * hidden],
        bias: [1, 1, blocks * 4 * hidden],
    };
    let linear = |input: usize, output: usize| Linear { weight: [1, input, output], bias: [1, 1, output] };
    let [embedding, stream, combined] = [config.embedding_size, config.stream_size, config.combined_size].map(size);
    let [shared, head] = [config.shared_size, config.head_size].map(size);
    let rows = |tables: Vec<Table>| first_rows(&tables).1.max(1);
    let combined_input = |layer| if layer == 0 { config.heads() * stream } else { combined };
    Parameters {
        embedding: [1, rows(input_tables(config)), embedding],
        streams: lstm(config.heads(), embedding, stream),
        combined: (0..config.combined_layers).map(|layer| lstm(1, combined_input(layer), combined)).collect(),
        shared: linear(combined, shared),
        head_hidden: linear(shared, config.heads() * head),
        condition: [1, rows(condition_tables(config)), head],
        head_output: (0..config.heads()).map(|index| linear(head, HeadColumns::new(config, index).total)).collect(),
        candidate: [1, if config.matches { Field::CORE.len() * CANDIDATE_ROWS } else { 1 }, CANDIDATE_SIZE],
        candidate_score: [1, 1, Field::CORE.len() * SCORE_SIZE],
    }
}

/// Where each tensor lies in the arena, and the arena's length.
pub fn layout(config: &ModelConfig) -> (Parameters<Slot>, usize) {
    let mut end = 0;
    let slots = shapes(config).map(|&shape| {
        let offset = end;
        end = (offset + shape.iter().product::<usize>()).next_multiple_of(64);
        Slot { offset, shape }
    });
    (slots, end)
}

/// Parameters, gradients or moments on the device: the whole, and each tensor by name.
#[derive(Clone, Debug)]
pub struct Arena {
    /// All values.
    pub all: Tensor<f32, 1>,
    /// The tensors within.
    pub named: Parameters<Tensor<f32, 3>>,
}

impl Arena {
    /// An arena of zeros.
    pub fn zeros(gpu: &Gpu, label: &str, config: &ModelConfig) -> Result<Self> {
        let (slots, len) = layout(config);
        let all = Tensor::zeros(gpu, label, [len])?;
        let named = slots.map(|slot| all.slice(label, slot.offset, slot.shape));
        Ok(Self { all, named })
    }
}
