//! The network: parameters, what a pass keeps, and the passes as lists of kernels.
//!
//! ```text
//!  note ──embedding──▶ LSTM stream ─┐
//!  offset ──embedding─▶ LSTM stream ─┼─ concat ─▶ combined LSTM (1..n) ─▶ shared, ReLU ─┬▶ head: offset
//!  duration ─embedding▶ LSTM stream ─┘                                                  ├▶ head: note
//!                                                                                       └▶ head: duration
//! ```
//!
//! Each head is Linear, ReLU, Linear; what it is conditioned on adds to the first one, see [`crate::model::conditioning`], and the
//! scores of [`crate::music::candidates`] add to its logits. The streams have one shape, so they run as one LSTM layer with three
//! blocks, whose output is their concatenation already; so do the hidden layers of the heads.

mod activations;
mod backward;
pub mod conditioning;
pub mod config;
mod dropout;
mod evaluation;
mod forward;
mod generation;
mod init;
mod inputs;
pub mod kernels;
mod parameters;
pub mod reference;
pub mod state_dict;
mod train_step;

use std::sync::Arc;

use self::kernels::MusicKernels;
use crate::engine::gpu::{Gpu, Tensor};
use crate::engine::kernels::{Kernels, Lookup};
use crate::error::{Error, Result};
use crate::model::conditioning::{condition_tables, input_tables};
use crate::model::config::ModelConfig;

pub use activations::{ActivationGradients, Activations};
pub use evaluation::EvaluationStep;
pub use generation::GenerationStep;
pub use init::random_state;
pub use inputs::{Gather, GatherSize, Inputs};
pub use parameters::{Arena, HeadColumns, Linear, Lstm, Parameters, Slot, layout};
pub use state_dict::{Array, StateDict};
pub use train_step::{HostTime, QueuedStep, TrainStep, TrainStepOptions, carried_shapes};

/// A network on a device. Clones share the parameters.
#[derive(Clone)]
pub struct Model {
    /// The device.
    pub gpu: Gpu,
    /// Its sizes.
    pub config: ModelConfig,
    /// Its parameters.
    pub parameters: Arena,
    pub(crate) kernels: Arc<Kernels>,
    pub(crate) music_kernels: Arc<MusicKernels>,
    /// Which rows of the embedding an event chooses, and which of the conditions.
    pub(crate) input_lookup: Lookup,
    pub(crate) condition_lookup: Lookup,
}

impl Model {
    /// Puts the parameters of `state` on the device.
    pub fn new(gpu: &Gpu, config: &ModelConfig, state: &StateDict) -> Result<Self> {
        config.validate()?;
        let values = state_dict::to_arena(config, state).map_err(Error::Config)?;
        let parameters = gpu.catch_out_of_memory(|| Arena::zeros(gpu, "parameters", config))?;
        parameters.all.write(gpu, &values);
        let (kernels, music_kernels) = (gpu.shared(Kernels::new), gpu.shared(MusicKernels::new));
        let input_lookup = Lookup::new(gpu, config.heads(), input_tables(config))?;
        let condition_lookup = Lookup::new(gpu, config.heads(), condition_tables(config))?;
        let (gpu, config) = (gpu.clone(), config.clone());
        Ok(Self { gpu, config, parameters, kernels, music_kernels, input_lookup, condition_lookup })
    }

    /// The tables of the candidates of all heads, [378, 32], and their scores, [1, 120].
    fn candidate_tables(&self) -> (Tensor<f32, 2>, Tensor<f32, 2>) {
        let flat = |tensor: &Tensor<f32, 3>| tensor.reshape([tensor.shape()[1], tensor.shape()[2]]);
        (flat(&self.parameters.named.candidate), flat(&self.parameters.named.candidate_score))
    }

    /// Reads the parameters back, by PyTorch's names.
    pub fn state_dict(&self) -> Result<StateDict> {
        Ok(state_dict::from_arena(&self.config, &self.parameters.all.read(&self.gpu)?))
    }
}
