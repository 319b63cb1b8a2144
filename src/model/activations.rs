//! Everything a forward pass keeps for the backward pass, and the gradients of it: one named field each.

use crate::config::ModelConfig;
use crate::dataset::Batch;
use crate::error::Result;
use crate::features::{CONTEXT_SIZE, Table};
use crate::gpu::{Gpu, Tensor};
use crate::kernels::{Lookup, LstmState, padded, sort_places};

/// What goes in: one batch on the device.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// [T, B, 64], see [`crate::features`].
    pub context: Tensor<u32, 3>,
    /// [T, B, 3] classes, or [`crate::kernels::IGNORE`].
    pub targets: Tensor<u32, 3>,
    /// [T, B], 1 where a song begins.
    pub reset: Tensor<u32, 2>,
}

/// Which events chose the rows of a stack of tables: what their gradient needs, see [`sort_places`].
#[derive(Clone, Debug)]
pub struct Places {
    tables: Vec<Table>,
    /// [V + 1]
    pub starts: Tensor<u32, 1>,
    /// [F T B] with F lookups for each event
    pub places: Tensor<u32, 1>,
}

impl Inputs {
    /// Allocates the inputs of a batch of `seq_len` steps.
    pub fn new(gpu: &Gpu, seq_len: usize, batch_size: usize) -> Result<Self> {
        Ok(Self {
            context: Tensor::zeros(gpu, "context", [seq_len, batch_size, CONTEXT_SIZE])?,
            targets: Tensor::zeros(gpu, "targets", [seq_len, batch_size, 3])?,
            reset: Tensor::zeros(gpu, "reset", [seq_len, batch_size])?,
        })
    }

    /// Queues the upload of a batch; returns its context.
    pub fn write(&self, gpu: &Gpu, batch: &Batch) -> Vec<u32> {
        let context = batch.context();
        self.context.write(gpu, &context);
        self.targets.write(gpu, &batch.targets);
        self.reset.write(gpu, &batch.reset);
        context
    }
}

impl Places {
    /// Allocates the places of `rows` events in the tables of a lookup.
    pub fn new(gpu: &Gpu, lookup: &Lookup, rows: usize) -> Result<Self> {
        Ok(Self {
            tables: lookup.tables.clone(),
            starts: Tensor::zeros(gpu, "starts", [lookup.rows + 1])?,
            places: Tensor::zeros(
                gpu,
                "places",
                [lookup.tables.iter().map(|table| table.columns.len()).sum::<usize>() * rows],
            )?,
        })
    }

    /// Sorts and queues the upload of those of a batch.
    pub fn write(&self, gpu: &Gpu, context: &[u32]) {
        let (starts, places) = sort_places(context, &self.tables);
        self.starts.write(gpu, &starts);
        self.places.write(gpu, &places);
    }
}

/// What a forward pass computes.
#[derive(Clone, Debug)]
pub struct Activations {
    /// [T, B, 3E]
    pub embedded: Tensor<f32, 3>,
    /// The three streams side by side; their output is their concatenation.
    pub streams: LstmState,
    /// The combined layers.
    pub combined: Vec<LstmState>,
    /// [T, B, shared], after ReLU.
    pub shared: Tensor<f32, 3>,
    /// [T, B, 3 · head], after ReLU.
    pub head_hidden: Tensor<f32, 3>,
    /// [T, B, V] for each head, V padded.
    pub logits: [Tensor<f32, 3>; 3],
    /// [T, B, 3] in nats.
    pub losses: Tensor<f32, 3>,
    /// `[3]` sums of losses since they were last cleared.
    pub totals: Tensor<f32, 1>,
}

impl Activations {
    /// Allocates the activations of a batch of `seq_len` steps.
    pub fn new(gpu: &Gpu, config: &ModelConfig, seq_len: usize, batch_size: usize) -> Result<Self> {
        let features = |label: &str, size: usize| Tensor::zeros(gpu, label, [seq_len, batch_size, size]);
        let state = |label: &str, units: usize| -> Result<LstmState> {
            let slots = |name: &str| Tensor::zeros(gpu, &format!("{label}.{name}"), [seq_len + 1, batch_size, units]);
            Ok(LstmState {
                gates: features(&format!("{label}.gates"), 4 * units)?,
                hidden: slots("hidden")?,
                cell: slots("cell")?,
                output: features(&format!("{label}.output"), units)?,
            })
        };
        let logits = |head: usize| features("logits", padded(config.output_vocab_sizes[head]));
        let combined =
            (0..config.combined_layers).map(|layer| state(&format!("combined_{layer}"), padded(config.combined_size)));
        Ok(Self {
            embedded: features("embedded", 3 * padded(config.embedding_size))?,
            streams: state("streams", 3 * padded(config.stream_size))?,
            combined: combined.collect::<Result<_>>()?,
            shared: features("shared", padded(config.shared_size))?,
            head_hidden: features("head_hidden", 3 * padded(config.head_size))?,
            logits: [logits(0)?, logits(1)?, logits(2)?],
            losses: features("losses", 3)?,
            totals: Tensor::zeros(gpu, "totals", [3])?,
        })
    }

    /// The LSTM layers, first to last.
    pub fn layers(&self) -> impl Iterator<Item = &LstmState> {
        std::iter::once(&self.streams).chain(&self.combined)
    }
}

/// Gradients of the activations. Those of the gates take the gates' place.
#[derive(Clone, Debug)]
pub struct ActivationGradients {
    /// [T, B, 3E]
    pub dembedded: Tensor<f32, 3>,
    /// [T, B, U] of the output of each LSTM layer, first to last.
    pub doutputs: Vec<Tensor<f32, 3>>,
    /// [B, U] for each LSTM layer, first to last.
    pub dcells: Vec<Tensor<f32, 2>>,
    /// [T, B, shared]
    pub dshared: Tensor<f32, 3>,
    /// [T, B, 3 · head]
    pub dhead_hidden: Tensor<f32, 3>,
    /// [T, B, V] for each head, V padded.
    pub dlogits: [Tensor<f32, 3>; 3],
}

impl ActivationGradients {
    /// Allocates the gradients of `activations`.
    pub fn new(gpu: &Gpu, activations: &Activations) -> Result<Self> {
        let like = |tensor: &Tensor<f32, 3>| Tensor::zeros(gpu, &format!("d{}", tensor.label()), tensor.shape());
        let dcell = |state: &LstmState| {
            let [_, batch_size, units] = state.output.shape();
            Tensor::zeros(gpu, "dcell", [batch_size, units])
        };
        let [offset, note, duration] = &activations.logits;
        Ok(Self {
            dembedded: like(&activations.embedded)?,
            doutputs: activations.layers().map(|state| like(&state.output)).collect::<Result<_>>()?,
            dcells: activations.layers().map(dcell).collect::<Result<_>>()?,
            dshared: like(&activations.shared)?,
            dhead_hidden: like(&activations.head_hidden)?,
            dlogits: [like(offset)?, like(note)?, like(duration)?],
        })
    }
}
