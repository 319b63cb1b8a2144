//! Generation: one step of the network per event, the state carried, the tokens never leaving the device in between.

use super::Model;
use super::activations::{Activations, Inputs};
use super::forward::{record_body, record_head};
use crate::error::Result;
use crate::events::{Token, advance};
use crate::features::CONTEXT_SIZE;
use crate::gpu::{Plan, Recorder, Tensor};
use crate::kernels::{SampleDispatch, SampleOptions};

/// Recorded steps for several pieces at once.
pub struct GenerationStep {
    model: Model,
    inputs: Inputs,
    /// One step without drawing: reading a primer.
    listen: Plan,
    /// As many steps as fit into one submit, each with a draw per head.
    play: Plan,
    draws: Vec<SampleDispatch>,
    /// [events, B, 3]
    history: Tensor<u32, 3>,
}

impl GenerationStep {
    /// Allocates and records. `pieces` is B; a call of [`GenerationStep::play`] draws `events` events of each.
    pub fn new(model: &Model, pieces: usize, events: usize, options: &[SampleOptions; 3]) -> Result<Self> {
        let (gpu, kernels, config) = (&model.gpu, &model.kernels, &model.config);
        let (inputs, activations, history) = gpu.catch_out_of_memory(|| {
            let history = Tensor::zeros(gpu, "history", [events, pieces, 3])?;
            Ok((Inputs::new(gpu, 1, pieces)?, Activations::new(gpu, config, 1, pieces)?, history))
        })?;
        let ticks: Vec<u32> = (0..config.output_vocab_sizes[0]).map(|id| advance(id as u32)).collect();
        let ticks = Tensor::from_slice(gpu, "ticks", [ticks.len()], &ticks)?;
        let mut listen = Recorder::new(gpu, "listen");
        record_body(&mut listen, model, &inputs, &activations, None);
        let mut play = Recorder::new(gpu, "play");
        let mut draws = Vec::with_capacity(3 * events);
        for event in 0..events {
            record_body(&mut play, model, &inputs, &activations, None);
            for (head, logits) in activations.logits.iter().enumerate() {
                record_head(&mut play, model, head, &inputs, &activations);
                let (vocab_size, options) = (config.output_vocab_sizes[head], &options[head]);
                let (sample, context) = (&kernels.sample, &inputs.context);
                draws.push(
                    sample.record(&mut play, head, vocab_size, options, logits, &ticks, context, &history, event),
                );
            }
        }
        let (listen, play) = (listen.finish()?, play.finish()?);
        Ok(Self { model: model.clone(), inputs, listen, play, draws, history })
    }

    /// Reads an event into the state of every piece, drawing nothing. `position` is its place in grid ticks.
    pub fn listen(&self, token: Token, position: u32) -> Result<()> {
        self.set_input(token, position);
        self.listen.submit()
    }

    /// Sets the event that the next draw follows, for every piece.
    pub fn set_input(&self, [offset, note, duration]: Token, position: u32) {
        let pieces = self.history.shape()[1];
        let context: [u32; CONTEXT_SIZE] = [offset, note, duration, position, 0, 0, 0, 0];
        self.inputs.context.write(&self.model.gpu, &context.repeat(pieces));
    }

    /// Draws the next events, [events, B, 3]. `first` counts the events drawn before, and chooses the random numbers.
    pub fn play(&self, first: u32) -> Result<Vec<u32>> {
        for (number, draw) in (3 * first..).zip(&self.draws) {
            draw.set_counter(&self.play, number);
        }
        self.play.submit()?;
        self.history.read(&self.model.gpu)
    }
}
