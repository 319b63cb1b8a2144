//! The whole network in f64, from a state dict with `PyTorch`'s names: what the GPU's model must compute.
//!
//! ```text
//! note ──embedding──▶ LSTM stream ─┐
//! offset ──embedding─▶ LSTM stream ─┼─ concat ─▶ combined LSTM (1..n layers) ─▶ Linear, ReLU ─┬▶ head: offset
//! duration ─embedding▶ LSTM stream ─┘                                                         ├▶ head: note
//!                                                                                             └▶ head: duration
//! ```
//!
//! [`forward()`] and [`backward()`] are lists of calls to the twins, one the reverse of the other, and [`train_step()`] is
//! forward, backward, clip, `AdamW`. [`parameters()`] lists names and shapes.
//!
//! A head is Linear, `ReLU`, Linear; rows of the tables of [`condition_tables`](crate::model::conditioning::condition_tables) add
//! to its first layer before the `ReLU`; the scores of the candidates, and for the pitches what is predicted at intervals, to
//! its logits. The loss that is differentiated is the mean per event: the sum of the losses of
//! all heads and rows, divided by the number of rows that have an offset target. A reset flag at step t zeroes the
//! state of all LSTM layers in that lane before step t.
//!
//! **Biases.** `nn.LSTM` has two, which are only ever added. The engine has one; in a state dict it is `bias_ih`, and
//! `bias_hh` is 0. Here both are added, [`backward()`] gives both their (equal) gradient, as `PyTorch` does, and
//! [`train_step()`] leaves `bias_hh` out of the norm and as it is: training both would move the sum twice as far.
//!
//! **Dropout** sits at sites numbered in order: 0, the embeddings `[T, B, 3E]`; 1, the concatenated streams; 2 and on,
//! the output of each combined layer; then the shared layer after its `ReLU`; the hidden layers of the heads,
//! `[T, B, 3·head]`, after theirs; last the rows that the heads look up, each whole. Site s draws
//! with `seed + s`, the number of the training step as counter, and the element's position in the unpadded array as index.

mod backward;
mod draw;
mod forward;
mod layers;
mod parameters;
mod train;

use std::collections::BTreeMap;

pub use backward::backward;
pub use draw::{Choice, draw, draw_around};
pub use forward::forward;
pub use parameters::{is_trained, parameters};
pub use train::{Hyperparameters, Moments, StepResult, train_step};

use crate::engine::kernels::Table;
use crate::model::config::ModelConfig;
use crate::music::candidates::CANDIDATES;
use crate::music::context::CONTEXT_SIZE;
use crate::music::events::{FIELDS, Field};

/// Parameters, gradients or moments by `PyTorch`'s names.
pub type StateDict = BTreeMap<String, Vec<f64>>;

/// One batch of events, time-major.
#[derive(Clone, Debug)]
pub struct Batch {
    /// T.
    pub seq_len: usize,
    /// B.
    pub batch_size: usize,
    /// `[T, B, 73]`, what is known: see [`crate::music::context`].
    pub context: Vec<u32>,
    /// `[T, B, 3, 8, 2]`: see [`crate::music::candidates`].
    pub candidates: Vec<u32>,
    /// `[T, B, F]`, the events to predict, a column for each of [`Field::ALL`]; [`IGNORE`](crate::engine::reference::IGNORE) where there is none.
    pub targets: Vec<u32>,
    /// `[T, B]`, not 0 where a song begins.
    pub reset: Vec<u32>,
}

impl Batch {
    /// The ids to predict of one field, `[T, B]`.
    fn targets_of(&self, field: Field) -> Vec<u32> {
        self.targets.iter().skip(field.index()).step_by(FIELDS).copied().collect()
    }

    /// The candidates of one field, `[T, B, 8, 2]`.
    fn candidates_of(&self, field: Field) -> Vec<u32> {
        let of_events = self.candidates.chunks_exact(2 * CANDIDATES).skip(field.index()).step_by(Field::CORE.len());
        of_events.flatten().copied().collect()
    }

    /// For each column of a table the row that each event chooses, `[T, B]`.
    fn rows_of(&self, table: &Table) -> Vec<Vec<u32>> {
        let rows = |at: usize| {
            let row = |context: &[u32]| table.chosen(context).nth(at).expect("a row for each column") as u32;
            self.context.chunks_exact(CONTEXT_SIZE).map(row).collect()
        };
        (0..table.columns.len()).map(rows).collect()
    }

    /// What turns a sum of losses into a mean per event; 0 if there is nothing to predict.
    fn scale(&self) -> f64 {
        let predicts = |targets: &&[u32]| targets.iter().any(|&target| target != crate::engine::reference::IGNORE);
        let events = self.targets.chunks_exact(FIELDS).filter(predicts).count();
        if events == 0 { 0.0 } else { 1.0 / events as f64 }
    }
}

/// The state of every LSTM layer between two batches: the streams in their order, then the combined layers.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// `[B, H]` each, with the hidden size of the layer.
    pub layers: Vec<LayerState>,
}

/// The state of one LSTM layer.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerState {
    /// `[B, H]`.
    pub hidden: Vec<f64>,
    /// `[B, H]`.
    pub cell: Vec<f64>,
}

impl State {
    /// The state before the first event.
    pub fn zeros(config: &ModelConfig, batch_size: usize) -> Self {
        let layer = |hidden_size: usize| LayerState {
            hidden: vec![0.0; batch_size * hidden_size],
            cell: vec![0.0; batch_size * hidden_size],
        };
        let mut layers = vec![layer(config.stream_size); config.heads()];
        layers.extend(vec![layer(config.combined_size); config.combined_layers]);
        Self { layers }
    }

    /// The state that a forward pass leaves to the next batch: slot T of every layer.
    pub fn after(config: &ModelConfig, batch_size: usize, activations: &Activations) -> Self {
        let slot = |name: &str, kind: &str, layer: usize, hidden_size: usize| {
            let all = activations.get(&format!("{name}.{kind}_l{layer}"));
            all[all.len() - batch_size * hidden_size..].to_vec()
        };
        let layer = |name: &str, layer: usize, hidden_size: usize| LayerState {
            hidden: slot(name, "hidden", layer, hidden_size),
            cell: slot(name, "cell", layer, hidden_size),
        };
        let streams = config.fields.iter().map(|field| layer(&format!("lstm_{}", field.name()), 0, config.stream_size));
        let combined = (0..config.combined_layers).map(|n| layer("lstm_combined", n, config.combined_size));
        Self { layers: streams.chain(combined).collect() }
    }
}

/// What dropout draws from.
#[derive(Clone, Copy, Debug)]
pub struct Dropout {
    /// The share of elements that are dropped, in `[0, 1)`; 0 switches it off.
    pub p: f64,
    /// The same for rows of tables that are dropped.
    pub lookup_p: f64,
    /// The seed of site 0; site s has `seed + s`.
    pub seed: u32,
    /// The number of the training step.
    pub step: u32,
}

impl Dropout {
    /// No dropout: validation and generation.
    pub const OFF: Self = Self { p: 0.0, lookup_p: 0.0, seed: 0, step: 0 };

    fn apply(self, site: usize, values: &mut [f64]) {
        let seed = self.seed.wrapping_add(site as u32);
        crate::engine::reference::dropout(values, self.p, seed, self.step);
    }

    /// What the rows chosen by the heads are multiplied by, at place `64·(n·event + block) + lookup`, as
    /// `shaders/embedding_forward.wgsl` counts; n is the number of fields.
    fn lookup_factors(self, config: &ModelConfig, site: usize, batch: &Batch) -> Vec<f64> {
        let mut factors = vec![1.0; 64 * config.heads() * batch.seq_len * batch.batch_size];
        crate::engine::reference::dropout(&mut factors, self.lookup_p, self.seed.wrapping_add(site as u32), self.step);
        factors
    }
}

/// Everything a forward pass computed, by name, in the order in which it was computed.
///
/// | name | shape |
/// |---|---|
/// | `embedding` | `[T, B, n·E]` |
/// | `lstm_offset.gates_l0`, also of the other fields, and `lstm_combined` with `_l{n}` | `[T, B, 4H]`, activated |
/// | `….hidden_l0`, `….cell_l0` | `[T + 1, B, H]` |
/// | `….output_l0` | `[T, B, H]` |
/// | `streams` (after all streams) | `[T, B, n·stream]` |
/// | `shared` | `[T, B, shared]` |
/// | `head_offset.hidden`, also of the other fields | `[T, B, head]` |
/// | `candidate_offset.query`, also note, duration; `relative_note` | `[T, B, 32]`; `[T, B, 300]` |
/// | `head_offset.logits`, `head_offset.dlogits` | `[T, B, V]` |
/// | `head_offset.losses` | `[T, B]`, nats, not scaled |
///
/// With dropout, `embedding`, `streams`, the combined outputs, `shared` and `….hidden` are what is left after it.
#[derive(Clone, Debug, Default)]
pub struct Activations {
    list: Vec<(String, Vec<f64>)>,
}

impl Activations {
    /// Names and values in the order of the forward pass, so that the first to differ names the kernel.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[f64])> {
        self.list.iter().map(|(name, values)| (name.as_str(), values.as_slice()))
    }

    /// The values of one name; panics if there is none such.
    pub fn get(&self, name: &str) -> &[f64] {
        let found = self.iter().find(|(other, _)| *other == name);
        found.unwrap_or_else(|| panic!("no activation is named `{name}`")).1
    }

    fn push(&mut self, name: String, values: Vec<f64>) {
        self.list.push((name, values));
    }
}

/// The loss of each of [`Field::ALL`], mean nats per event; 0 for those that the network does not predict. Their sum is what
/// training minimizes.
pub fn losses(config: &ModelConfig, batch: &Batch, activations: &Activations) -> [f64; FIELDS] {
    let mut losses = [0.0; FIELDS];
    for field in &config.fields {
        let of_events = activations.get(&format!("head_{}.losses", field.name()));
        losses[field.index()] = of_events.iter().sum::<f64>() * batch.scale();
    }
    losses
}
