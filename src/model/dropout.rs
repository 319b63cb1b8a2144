//! The places where dropout acts, each with masks of its own.

use crate::gpu::{Plan, Recorder, Tensor};
use crate::kernels::{DropoutSite, Kernels};

/// The dropouts of a plan: the same site draws the same mask forward and backward.
///
/// Site 0 is the embeddings, 1 the outputs of the streams, 2 and up those of the combined layers, then the shared layer,
/// and last the hidden layers of the heads.
#[derive(Debug)]
pub(super) struct Dropouts {
    probability: f32,
    seed: u32,
    sites: Vec<DropoutSite>,
}

impl Dropouts {
    /// Dropout of a value with `probability` (0: none is recorded); site `s` draws with `seed + s`.
    pub(super) fn new(probability: f32, seed: u32) -> Self {
        Self { probability, seed, sites: Vec::new() }
    }

    /// Records the dropout of one site, forward or backward.
    pub(super) fn record(&mut self, recorder: &mut Recorder, kernels: &Kernels, site: usize, values: &Tensor<f32, 3>) {
        if self.probability > 0.0 {
            let seed = self.seed.wrapping_add(u32::try_from(site).expect("few sites"));
            self.sites.push(kernels.dropout.record(recorder, values, self.probability, seed));
        }
    }

    /// Chooses the masks of the training step `counter`.
    pub(super) fn set_counter(&self, plan: &Plan, counter: u32) {
        for site in &self.sites {
            site.set_counter(plan, counter);
        }
    }
}
