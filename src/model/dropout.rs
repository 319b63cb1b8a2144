//! The places where dropout acts, each with masks of its own.

use crate::engine::gpu::{DispatchId, Plan, Recorder, Tensor};
use crate::engine::kernels::{Kernels, LookupDropout};
use crate::model::config::ModelConfig;

/// The site of the rows that the heads look up.
pub(super) fn condition_site(config: &ModelConfig) -> usize {
    4 + config.combined_layers
}

/// The dropouts of a plan: the same site draws the same mask forward and backward.
///
/// Site 0 is the embeddings, 1 the outputs of the streams, 2 and up those of the combined layers, then the shared layer,
/// the hidden layers of the heads, and last the rows of the tables that these look up.
#[derive(Debug)]
pub(super) struct Dropouts {
    probability: f32,
    lookup_probability: f32,
    seed: u32,
    dispatches: Vec<DispatchId>,
}

impl Dropouts {
    /// Dropout of a value with `probability` (0: none is recorded), of a row of a table that has it with
    /// `lookup_probability`; site `s` draws with `seed + s`.
    pub(super) fn new(probability: f32, lookup_probability: f32, seed: u32) -> Self {
        Self { probability, lookup_probability, seed, dispatches: Vec::new() }
    }

    /// No dropout: validation and generation.
    pub(super) fn off() -> Self {
        Self::new(0.0, 0.0, 0)
    }

    /// Of a value to be dropped.
    pub(super) fn probability(&self) -> f32 {
        self.probability
    }

    /// Records the dropout of one site, forward or backward.
    pub(super) fn record(&mut self, recorder: &mut Recorder, kernels: &Kernels, site: usize, values: &Tensor<f32, 3>) {
        if self.probability > 0.0 {
            self.dispatches.push(kernels.dropout.record(recorder, values, self.probability, self.seed(site)));
        }
    }

    /// The dropout of a site where rows are looked up; [`Dropouts::push`] what is recorded with it.
    pub(super) fn of_lookups(&self, site: usize) -> LookupDropout {
        LookupDropout { probability: self.lookup_probability, seed: self.seed(site) }
    }

    /// Adds a dispatch that draws.
    pub(super) fn push(&mut self, dispatch: DispatchId) {
        self.dispatches.push(dispatch);
    }

    /// Chooses the masks of the training step `counter`.
    pub(super) fn set_counter(&self, plan: &Plan, counter: u32) {
        self.dispatches.iter().for_each(|&dispatch| plan.set_counter(dispatch, counter));
    }

    fn seed(&self, site: usize) -> u32 {
        self.seed.wrapping_add(u32::try_from(site).expect("few sites"))
    }
}
