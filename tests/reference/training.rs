//! Training steps of the whole network.

use gpu_lstm::engine::reference::sum_squares;
use gpu_lstm::model::config::ModelConfig;
use gpu_lstm::model::reference::network::{
    Dropout, Hyperparameters, Moments, State, StateDict, StepResult, backward, forward, is_trained, train_step,
};

use crate::common::network::{random_batch, random_state_dict, small_config};
use crate::common::{SAME_MATH, assert_all_zero, assert_close_f64};

const HYPERPARAMETERS: Hyperparameters =
    Hyperparameters { learning_rate: 0.02, beta1: 0.9, beta2: 0.99, eps: 1e-8, weight_decay: 0.01, max_grad_norm: 1.0 };

/// Wide enough to learn a dozen events, and for a few dead units not to matter.
fn wide_config() -> ModelConfig {
    ModelConfig {
        embedding_size: 4,
        stream_size: 6,
        combined_size: 10,
        shared_size: 16,
        head_size: 12,
        // Random pitches do not ascend within a chord, and what is ruled out cannot be learned.
        relative: false,
        ..small_config(2)
    }
}

/// Training on one batch, over and over, with the first bias only, as the engine has it.
fn trained(steps: usize, dropout: f64, hyperparameters: Hyperparameters) -> (StateDict, Vec<StepResult>) {
    let config = wide_config();
    let mut state_dict = random_state_dict(&config, 1, 0.5);
    for (name, values) in &mut state_dict {
        if !is_trained(name) {
            values.fill(0.0);
        }
    }
    let batch = random_batch(&config, 2, 6, 2);
    let mut moments = Moments::zeros(&state_dict);
    let results = (1..=steps as u32).map(|step| {
        let dropout = Dropout { p: dropout, lookup_p: dropout, seed: 3, step };
        let mut carried = State::zeros(&config, 2);
        train_step(&config, &mut state_dict, &mut moments, &batch, &mut carried, &hyperparameters, dropout)
    });
    let results = results.collect();
    (state_dict, results)
}

#[test]
fn one_batch_is_learned_by_heart() {
    let (_, results) = trained(150, 0.0, HYPERPARAMETERS);
    let total = |result: &StepResult| result.losses.iter().sum::<f64>();
    assert!(total(&results[0]) > 3.0, "{:?}", results[0]);
    assert!(total(&results[149]) < 0.1, "{:?}", results[149]);
}

#[test]
fn the_second_bias_stays_as_it_is() {
    let (state_dict, _) = trained(3, 0.0, HYPERPARAMETERS);
    let second: Vec<_> = state_dict.iter().filter(|(name, _)| !is_trained(name)).collect();
    assert_eq!(second.len(), 5);
    for (name, values) in second {
        assert_all_zero(name, values);
    }
}

#[test]
fn the_norm_is_over_all_trained_gradients_together() {
    let config = small_config(2);
    let mut state_dict = random_state_dict(&config, 1, 0.5);
    let batch = random_batch(&config, 2, 6, 2);
    let mut carried = State::zeros(&config, 2);
    let activations = forward(&config, &state_dict, &batch, &carried, Dropout::OFF);
    let gradients = backward(&config, &state_dict, &batch, &activations, Dropout::OFF);
    let all: Vec<f64> =
        gradients.iter().filter(|(name, _)| is_trained(name)).flat_map(|(_, values)| values.clone()).collect();
    let mut moments = Moments::zeros(&state_dict);
    let result =
        train_step(&config, &mut state_dict, &mut moments, &batch, &mut carried, &HYPERPARAMETERS, Dropout::OFF);
    let want = sum_squares(&all).sqrt();
    assert_close_f64("norm", &[result.gradient_norm], &[want], SAME_MATH);
    assert_eq!(carried, State::after(&config, 2, &activations));
}

#[test]
fn a_small_bound_on_the_norm_is_felt() {
    // Adam does not care for the length of a gradient, unless eps is of its order.
    let eps = Hyperparameters { eps: 1.0, ..HYPERPARAMETERS };
    let (loose, _) = trained(1, 0.0, Hyperparameters { max_grad_norm: 0.0, ..eps });
    let (tight, _) = trained(1, 0.0, Hyperparameters { max_grad_norm: 1e-3, ..eps });
    assert_ne!(loose, tight);
}

#[test]
fn dropout_changes_the_losses_and_is_repeatable() {
    let (_, without) = trained(3, 0.0, HYPERPARAMETERS);
    let (_, with) = trained(3, 0.4, HYPERPARAMETERS);
    assert_ne!(with, without);
    assert_eq!(with, trained(3, 0.4, HYPERPARAMETERS).1);
}
