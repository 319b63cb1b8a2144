//! Everything a forward pass keeps for the backward pass, and the gradients of it: one named field each.

use super::parameters::HeadColumns;
use crate::engine::gpu::{Gpu, Tensor};
use crate::engine::kernels::{LstmState, padded};
use crate::error::Result;
use crate::model::config::ModelConfig;
use crate::model::kernels::{CANDIDATE_SIZE, SCORE_SIZE};
use crate::music::candidates::CANDIDATES;
use crate::music::events::FIELDS;

/// What a forward pass computes.
#[derive(Clone, Debug)]
pub struct Activations {
    /// [T, B, s · E] of the s streams.
    pub embedded: Tensor<f32, 3>,
    /// The streams side by side; their output is their concatenation.
    pub streams: LstmState,
    /// The combined layers.
    pub combined: Vec<LstmState>,
    /// [T, B, shared], after ReLU.
    pub shared: Tensor<f32, 3>,
    /// [T, B, n · head] of the n fields, after ReLU.
    pub head_hidden: Tensor<f32, 3>,
    /// [T, B, N] for each head, in one buffer: its logits, then what its [`HeadColumns`] say.
    pub logits: Vec<Tensor<f32, 3>>,
    /// [T, B, 3 · 8 · 32], the evidence for each candidate; the backward pass puts its gradient in its place. Without matches a
    /// single value.
    pub evidence: Tensor<f32, 3>,
    /// [T, B, F] in nats, one for each of [`Field::ALL`](crate::music::events::Field::ALL); 0 for those that the network does
    /// not predict.
    pub losses: Tensor<f32, 3>,
    /// `[F]` sums of losses since they were last cleared.
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
        let logits = |head: usize| [seq_len, batch_size, HeadColumns::new(config, head).total];
        let logits: Vec<_> = (0..config.heads()).map(logits).collect();
        let combined =
            (0..config.combined_layers).map(|layer| state(&format!("combined_{layer}"), padded(config.combined_size)));
        Ok(Self {
            embedded: features("embedded", config.streams().count() * padded(config.embedding_size))?,
            streams: state("streams", config.streams().count() * padded(config.stream_size))?,
            combined: combined.collect::<Result<_>>()?,
            shared: features("shared", padded(config.shared_size))?,
            head_hidden: features("head_hidden", config.heads() * padded(config.head_size))?,
            logits: Tensor::zeros_together(gpu, "logits", &logits)?,
            evidence: if config.matches {
                features("evidence", 3 * CANDIDATES * CANDIDATE_SIZE)?
            } else {
                Tensor::zeros(gpu, "evidence", [1; 3])?
            },
            losses: features("losses", FIELDS)?,
            totals: Tensor::zeros(gpu, "totals", [FIELDS])?,
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
    /// [T, B, s · E]
    pub dembedded: Tensor<f32, 3>,
    /// [T, B, U] of the output of each LSTM layer, first to last.
    pub doutputs: Vec<Tensor<f32, 3>>,
    /// [B, U] for each LSTM layer, first to last.
    pub dcells: Vec<Tensor<f32, 2>>,
    /// [T, B, shared]
    pub dshared: Tensor<f32, 3>,
    /// [T, B, n · head]
    pub dhead_hidden: Tensor<f32, 3>,
    /// [T, B, N] for each head, in one buffer, of all its columns.
    pub dlogits: Vec<Tensor<f32, 3>>,
    /// [T, B, 120] of the scores; without matches a single value.
    pub dscore: Tensor<f32, 3>,
}

impl ActivationGradients {
    /// Allocates the gradients of `activations`.
    pub fn new(gpu: &Gpu, config: &ModelConfig, activations: &Activations) -> Result<Self> {
        let like = |tensor: &Tensor<f32, 3>| Tensor::zeros(gpu, &format!("d{}", tensor.label()), tensor.shape());
        let dcell = |state: &LstmState| {
            let [_, batch_size, units] = state.output.shape();
            Tensor::zeros(gpu, "dcell", [batch_size, units])
        };
        let [seq_len, batch_size, _] = activations.shared.shape();
        let logits: Vec<_> = activations.logits.iter().map(Tensor::shape).collect();
        Ok(Self {
            dembedded: like(&activations.embedded)?,
            doutputs: activations.layers().map(|state| like(&state.output)).collect::<Result<_>>()?,
            dcells: activations.layers().map(dcell).collect::<Result<_>>()?,
            dshared: like(&activations.shared)?,
            dhead_hidden: like(&activations.head_hidden)?,
            dlogits: Tensor::zeros_together(gpu, "dlogits", &logits)?,
            dscore: Tensor::zeros(
                gpu,
                "dscore",
                if config.matches { [seq_len, batch_size, 3 * SCORE_SIZE] } else { [1; 3] },
            )?,
        })
    }
}
