//! Gradients and training steps.

use super::networks::{Network, batch, to_engine};
use super::{Compared, Tolerance, compare};
use crate::engine::kernels::AdamwStep;
use crate::error::Result;
use crate::model::reference::network as reference;
use crate::model::{Model, StateDict, TrainStep, TrainStepOptions, state_dict};
use crate::music::events::FIELDS;

/// Gradients add up over all steps and rows, with cancellation: relative to the largest of each tensor.
const GRADIENT_SHARE: f64 = 1e-4;

/// Adam divides by the root of squared gradients, so rounding errors of small gradients grow step by step.
const STEPS: Tolerance = Tolerance { abs: 1e-4, rel: 1e-3 };

const ADAMW: AdamwStep =
    AdamwStep { learning_rate: 0.01, beta1: 0.9, beta2: 0.99, eps: 1e-8, weight_decay: 0.1, step: 1 };

const MAX_GRAD_NORM: f64 = 0.5;

fn options(network: &Network, dropout: f32) -> TrainStepOptions {
    let Network { seq_len, batch_size, .. } = *network;
    let max_grad_norm = MAX_GRAD_NORM as f32;
    TrainStepOptions { seq_len, batch_size, dropout, last_dropout: dropout, seed: 5, max_grad_norm }
}

/// Compares the gradients of all parameters, those that come last in the backward pass first.
pub(super) fn gradients(model: &Model, network: &Network, exact: &reference::StateDict) -> Result<Vec<Compared>> {
    let config = &network.config;
    let batch = batch(network, 200);
    let zero = reference::State::zeros(config, network.batch_size);
    let activations = reference::forward(config, exact, &batch, &zero, reference::Dropout::OFF);
    let want = reference::backward(config, exact, &batch, &activations, reference::Dropout::OFF);
    // A step changes the weights, and others need them as they are.
    let model = Model::new(&model.gpu, config, &model.state_dict()?)?;
    let step = TrainStep::new(&model, options(network, 0.0))?;
    step.run(&to_engine(&batch), &ADAMW)?;
    let got = state_dict::from_arena(config, &step.parameter_gradients().all.read(&model.gpu)?);
    let mut compared: Vec<(usize, Compared)> = Vec::new();
    for (name, got) in got.iter().filter(|(name, _)| reference::is_trained(name)) {
        let wanted = &want[name];
        let largest_of = |values: &[f64]| values.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
        // The single bias of a score adds up gradients that may cancel, as the weights beside it do not.
        let beside = name.strip_suffix("score.bias").map(|head| format!("{head}score.weight"));
        let largest = largest_of(beside.as_ref().map_or(wanted, |beside| &want[beside]));
        let tolerance = Tolerance { abs: GRADIENT_SHARE * largest.max(1e-9), rel: GRADIENT_SHARE };
        let got: Vec<f64> = got.values.iter().copied().map(f64::from).collect();
        let (order, kernels) = origin(name);
        compared.push((order, compare(name.clone(), kernels, &got, wanted, tolerance)));
    }
    compared.sort_by_key(|(order, _)| *order);
    Ok(compared.into_iter().map(|(_, compared)| compared).collect())
}

/// When in the backward pass a gradient is computed, and by which kernels.
fn origin(name: &str) -> (usize, &'static str) {
    let is_bias = name.contains("bias");
    let sum = if is_bias { "column_sum" } else { "matmul_tn" };
    match name {
        _ if name.contains(".score.") => (0, "column_sum, candidate_bias_backward"),
        _ if name.contains(".query.") => (1, "matmul_tn, column_sum, candidate_bias_backward"),
        _ if name.starts_with("candidate") => (2, "embedding_backward, candidate_bias_backward"),
        _ if name.starts_with("relative") => (3, "matmul_tn, column_sum, relative_pitch_backward"),
        _ if name.starts_with("head") && name.contains(".2.") => (4, sum),
        _ if name.starts_with("condition") => (5, "embedding_backward, relu_backward, matmul_nt"),
        _ if name.starts_with("head") => (6, sum),
        _ if name.starts_with("shared") => (7, sum),
        _ if name.starts_with("lstm_combined") => {
            (8, if is_bias { "column_sum, lstm_step_backward" } else { "matmul_tn, lstm_step_backward" })
        }
        _ if name.starts_with("lstm") => {
            (9, if is_bias { "column_sum, lstm_step_backward" } else { "matmul_tn, lstm_step_backward" })
        }
        _ => (10, "embedding_backward, matmul_nt"),
    }
}

/// Compares the losses and norms of ten steps, and two runs of them bit by bit.
///
/// With dropout where masks can be compared: they are drawn by position, so sizes must be multiples of what the engine pads to.
pub(super) fn ten_steps(
    model: &Model,
    network: &Network,
    state: &StateDict,
    exact: &reference::StateDict,
) -> Result<Vec<Compared>> {
    let sizes = [network.config.embedding_size, network.config.stream_size, network.config.shared_size];
    let dropout =
        if sizes.iter().all(|size| size.is_multiple_of(crate::engine::kernels::FEATURE_ALIGNMENT)) { 0.3 } else { 0.0 };
    let (numbers, bits) = run(model, network, state, dropout)?;
    let (_, again) = run(model, network, state, dropout)?;
    let want = by_reference(network, exact, dropout);
    let of = |numbers: &[[f64; FIELDS + 1]], range: std::ops::Range<usize>| -> Vec<f64> {
        numbers.iter().flat_map(|step| step[range.clone()].to_vec()).collect()
    };
    let different = bits.iter().zip(&again).filter(|(left, right)| left != right).count();
    let same = if different == 0 { 0.0 } else { f64::INFINITY };
    let name = "the same bits in a second run".to_owned();
    Ok(vec![
        compare("losses", "adamw and all before", &of(&numbers, 0..FIELDS), &of(&want, 0..FIELDS), STEPS),
        compare(
            "gradient norms",
            "gradient_clip, sum_squares",
            &of(&numbers, FIELDS..FIELDS + 1),
            &of(&want, FIELDS..FIELDS + 1),
            STEPS,
        ),
        Compared { name, kernels: "any that adds up in no fixed order", error: different as f64, share: same },
    ])
}

/// Losses and norm of each step, and the bits of the weights after the last.
fn run(
    model: &Model,
    network: &Network,
    state: &StateDict,
    dropout: f32,
) -> Result<(Vec<[f64; FIELDS + 1]>, Vec<u32>)> {
    let rows = (network.seq_len * network.batch_size) as f64;
    let model = Model::new(&model.gpu, &network.config, state)?;
    let step = TrainStep::new(&model, options(network, dropout))?;
    let mut numbers = Vec::new();
    for number in 1..=10 {
        step.run(&to_engine(&batch(network, u64::from(number))), &AdamwStep { step: number, ..ADAMW })?;
        let losses = step.take_losses()?.map(|sum| sum / rows);
        numbers.push(with_norm(losses, f64::from(step.optimizer.clip.read(&model.gpu)?[0])));
    }
    let bits = model.parameters.all.read(&model.gpu)?.into_iter().map(f32::to_bits).collect();
    Ok((numbers, bits))
}

fn by_reference(network: &Network, exact: &reference::StateDict, dropout: f32) -> Vec<[f64; FIELDS + 1]> {
    let config = &network.config;
    let mut exact = exact.clone();
    let mut carried = reference::State::zeros(config, network.batch_size);
    let mut moments = reference::Moments::zeros(&exact);
    let AdamwStep { learning_rate, beta1, beta2, eps, weight_decay, .. } = ADAMW;
    let (max_grad_norm, p) = (MAX_GRAD_NORM, f64::from(dropout));
    let hyperparameters = reference::Hyperparameters { learning_rate, beta1, beta2, eps, weight_decay, max_grad_norm };
    let step = |number: u32| {
        let dropout = reference::Dropout { p, lookup_p: p, seed: 5, step: number };
        let batch = batch(network, u64::from(number));
        let step =
            reference::train_step(config, &mut exact, &mut moments, &batch, &mut carried, &hyperparameters, dropout);
        with_norm(step.losses, step.gradient_norm)
    };
    (1..=10).map(step).collect()
}

fn with_norm(losses: [f64; FIELDS], norm: f64) -> [f64; FIELDS + 1] {
    std::array::from_fn(|at| losses.get(at).copied().unwrap_or(norm))
}
