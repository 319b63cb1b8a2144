//! One training step: forward, backward, clip, `AdamW`.

use super::{Batch, Dropout, State, StateDict, backward, forward, is_trained, losses as losses_of};
use crate::engine::reference::{adamw, gradient_clip, sum_squares};
use crate::model::config::ModelConfig;
use crate::music::events::FIELDS;

/// What the optimizer needs at every step.
#[derive(Clone, Copy, Debug)]
pub struct Hyperparameters {
    /// Step size of this step.
    pub learning_rate: f64,
    /// Decay of the first moment.
    pub beta1: f64,
    /// Decay of the second moment.
    pub beta2: f64,
    /// Keeps the quotient finite; outside the corrected root.
    pub eps: f64,
    /// Decoupled weight decay, for every parameter alike.
    pub weight_decay: f64,
    /// Largest global gradient norm; 0 switches clipping off.
    pub max_grad_norm: f64,
}

/// The state of the optimizer.
#[derive(Clone, Debug)]
pub struct Moments {
    /// First moments, by name.
    pub m: StateDict,
    /// Second moments, by name.
    pub v: StateDict,
    /// Steps done.
    pub step: u64,
}

impl Moments {
    /// Before the first step: all 0.
    pub fn zeros(state_dict: &StateDict) -> Self {
        let zeros: StateDict = state_dict
            .iter()
            .filter(|(name, _)| is_trained(name))
            .map(|(name, values)| (name.clone(), vec![0.0; values.len()]))
            .collect();
        Self { m: zeros.clone(), v: zeros, step: 0 }
    }
}

/// What a step reports.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepResult {
    /// Mean nats per event of each field, before the update, see [`losses`](super::losses).
    pub losses: [f64; FIELDS],
    /// Global norm of the gradients, before clipping.
    pub gradient_norm: f64,
}

/// Does one step on `batch`: updates parameters, moments and the carried state.
pub fn train_step(
    config: &ModelConfig,
    state_dict: &mut StateDict,
    moments: &mut Moments,
    batch: &Batch,
    carried: &mut State,
    hyperparameters: &Hyperparameters,
    dropout: Dropout,
) -> StepResult {
    let activations = forward(config, state_dict, batch, carried, dropout);
    let mut gradients = backward(config, state_dict, batch, &activations, dropout);
    gradients.retain(|name, _| is_trained(name));

    let sum_of_squares = gradients.values().map(|values| sum_squares(values)).sum();
    let (gradient_norm, clip_scale) = gradient_clip(sum_of_squares, hyperparameters.max_grad_norm);

    moments.step += 1;
    for (name, gradient) in &gradients {
        adamw(
            state_dict.get_mut(name).expect("a gradient has a parameter"),
            gradient,
            moments.m.get_mut(name).expect("a gradient has a moment"),
            moments.v.get_mut(name).expect("a gradient has a moment"),
            clip_scale,
            hyperparameters.learning_rate,
            hyperparameters.beta1,
            hyperparameters.beta2,
            hyperparameters.eps,
            hyperparameters.weight_decay,
            moments.step,
        );
    }
    *carried = State::after(config, batch.batch_size, &activations);
    StepResult { losses: losses_of(config, batch, &activations), gradient_norm }
}
