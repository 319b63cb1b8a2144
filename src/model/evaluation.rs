//! A forward pass with losses and nothing else: no dropout, no gradients.

use std::time::Instant;

use super::Model;
use super::activations::Activations;
use super::dropout::Dropouts;
use super::forward::{record_forward, record_loss};
use super::inputs::Inputs;
use super::train_step::check_rows;
use crate::engine::gpu::{Plan, Recorder};
use crate::error::Result;
use crate::music::dataset::Batch;

/// The recorded pass with its buffers.
pub struct EvaluationStep {
    model: Model,
    plan: Plan,
    inputs: Inputs,
    /// What the pass leaves.
    pub activations: Activations,
}

impl EvaluationStep {
    /// Allocates the buffers and records the plan for batches of `seq_len` steps of `batch_size` lanes.
    pub fn new(model: &Model, seq_len: usize, batch_size: usize) -> Result<Self> {
        check_rows(&model.gpu, seq_len, batch_size)?;
        let (gpu, config) = (&model.gpu, &model.config);
        let (inputs, activations) = gpu.catch_out_of_memory(|| {
            Ok((Inputs::new(gpu, seq_len, batch_size, &[])?, Activations::new(gpu, config, seq_len, batch_size)?))
        })?;
        let mut recorder = Recorder::new(gpu, "evaluation");
        record_forward(&mut recorder, model, &inputs, &activations, &mut Dropouts::off());
        record_loss(&mut recorder, model, &inputs, &activations, None);
        Ok(Self { model: model.clone(), plan: recorder.finish()?, inputs, activations })
    }

    /// Runs one batch and returns the losses [T, B, F] in nats, see [`Activations::losses`]. The state is carried from call to call.
    pub fn run(&self, batch: &Batch) -> Result<Vec<f32>> {
        let gpu = &self.model.gpu;
        self.inputs.write(gpu, batch, &batch.context(), &[]);
        let start = Instant::now();
        self.plan.submit()?;
        let losses = self.activations.losses.read(gpu)?;
        self.plan.cut_for(start.elapsed().as_secs_f64());
        Ok(losses)
    }

    /// The logits of the last run, [T, B, V] of each head without padding.
    pub fn logits(&self) -> Result<Vec<Vec<f32>>> {
        let read = |head: usize| -> Result<Vec<f32>> {
            let tensor = &self.activations.logits[head];
            let (stride, vocab_size) = (tensor.shape()[2], self.model.config.output_vocab_sizes[head]);
            let padded = tensor.read(&self.model.gpu)?;
            Ok(padded.chunks_exact(stride).flat_map(|row| &row[..vocab_size]).copied().collect())
        };
        (0..self.model.config.heads()).map(read).collect()
    }
}
