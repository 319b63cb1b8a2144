//! Generation: one step of the network per event, the state carried, the tokens never leaving the device in between.

use super::Model;
use super::activations::{Activations, Inputs};
use super::forward::record_forward;
use crate::error::Result;
use crate::events::Token;
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
            Ok((Inputs::new(gpu, config, 1, pieces)?, Activations::new(gpu, config, 1, pieces)?, history))
        })?;
        let parameters = &model.parameters.named;
        let mut listen = Recorder::new(gpu, "listen");
        record_forward(&mut listen, kernels, config, parameters, &inputs, &activations, None);
        let mut play = Recorder::new(gpu, "play");
        let mut draws = Vec::with_capacity(3 * events);
        for event in 0..events {
            record_forward(&mut play, kernels, config, parameters, &inputs, &activations, None);
            for (head, logits) in activations.logits.iter().enumerate() {
                let vocab_size = config.output_vocab_sizes[head];
                let (tokens, options) = (&inputs.tokens, &options[head]);
                draws
                    .push(kernels.sample.record(&mut play, head, vocab_size, options, logits, tokens, &history, event));
            }
        }
        let (listen, play) = (listen.finish()?, play.finish()?);
        Ok(Self { model: model.clone(), inputs, listen, play, draws, history })
    }

    /// Reads an event into the state of every piece, drawing nothing.
    pub fn listen(&self, token: Token) -> Result<()> {
        self.set_input(token);
        self.listen.submit()
    }

    /// Sets the event that the next draw follows, for every piece.
    pub fn set_input(&self, token: Token) {
        let pieces = self.history.shape()[1];
        self.inputs.tokens.write(&self.model.gpu, &token.repeat(pieces));
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
