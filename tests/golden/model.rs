//! The whole network, trained for four steps by `PyTorch` and by the reference.

use gpu_lstm::engine::reference::IGNORE;
use gpu_lstm::model::config::ModelConfig;
use gpu_lstm::model::reference::network::{
    Batch, Dropout, Hyperparameters, Moments, State, StateDict, backward, forward, is_trained, parameters, train_step,
};
use gpu_lstm::music::events::{FIELDS, Field, Token};

use crate::Golden;
use crate::common::network::small_config;
use crate::common::numeric::{dot, wave};

const HYPERPARAMETERS: Hyperparameters =
    Hyperparameters { learning_rate: 0.01, beta1: 0.9, beta2: 0.99, eps: 1e-8, weight_decay: 0.1, max_grad_norm: 0.5 };

/// Ids of the inputs and classes of each of [`Field::ALL`].
const SIZES: [[u32; 2]; FIELDS] = [[5, 6], [7, 5], [4, 3], [4, 4], [3, 3]];

/// The fields of the second network, in the order in which they are predicted.
const ALL_FIELDS: [Field; FIELDS] = Field::ORDER;

/// Batch `number` by the formulas of `record.py`.
fn batch(config: &ModelConfig, number: u32) -> Batch {
    let rows = number * 12..(number + 1) * 12;
    let events = |factor: u32, kind: usize| -> Vec<Token> {
        let id = |row: u32, s: usize| (row * row + factor * row + s as u32) % SIZES[s][kind];
        rows.clone().map(|row| std::array::from_fn(|s| id(row, s))).collect()
    };
    let mut targets = events(5, 1);
    for (_, event) in rows.clone().zip(&mut targets).filter(|(row, _)| row % 7 == 3) {
        event[1..].fill(IGNORE);
    }
    let known = |target: u32| if target == IGNORE { 0 } else { target };
    let context = |((row, token), target): ((u32, Token), &Token)| -> Vec<u32> {
        let next = target.map(known);
        let event = [token[0], token[1], token[2], 31 * row, next[0], next[1], next[2], 31 * row + 17 * target[0]];
        let rows = |column| if (4..16).contains(&column) { 6 } else { 33 };
        let sounding = (0..16).map(move |column| (row * column + 7 * column) % rows(column));
        let last = [7, 6, 4].into_iter().flat_map(move |size| (0..8).map(move |column| (row + 5) * column % size));
        let voices = [6, 6, 6, 16, 16].map(|size| (row * row + 7 * row) % size);
        let extra = [Field::Velocity, Field::Instrument].into_iter().flat_map(|field| {
            let at = field.index();
            let recent = (0..8).map(|age| (row + 5) * age % (SIZES[at][1] + 1));
            let ids: Vec<u32> = [token[at], next[at]].into_iter().chain(recent).collect();
            if config.fields.contains(&field) { ids } else { vec![0; 10] }
        });
        event.into_iter().chain(sounding).chain(last).chain(voices).chain(extra).collect()
    };
    let context = rows.clone().zip(events(3, 0)).zip(&targets).flat_map(context).collect();
    let targets = targets.concat();
    let candidate = |row: u32, k: u32, field: usize| {
        let size = SIZES[field][1];
        let packed = [(11, 81, 0), (3, 9, 7), (5, 6, 11), (7, 6, 14), (13, 24, 17)]
            .map(|(factor, classes, place)| ((row * factor + k) % classes) << place);
        if k < (row + field as u32) % size { [(row + k) % size + 1, packed.iter().sum()] } else { [0, 0] }
    };
    let of_row = |row: u32| (0..24).flat_map(move |at| candidate(row, at % 8, at as usize / 8));
    let candidates = rows.clone().flat_map(of_row).collect();
    let reset = rows.map(|row| u32::from(row % 5 == 0)).collect();
    Batch { seq_len: 4, batch_size: 3, context, candidates, targets, reset }
}

/// A number for every trained tensor, in the order of `names`.
fn digests(names: &[String], tensors: &StateDict) -> Vec<f64> {
    names
        .iter()
        .filter(|name| is_trained(name))
        .map(|name| dot(&tensors[name], &wave(0.5, tensors[name].len())))
        .collect()
}

#[test]
fn four_training_steps_with_resets_and_carried_state() {
    assert_four_steps(&small_config(2), "model");
}

#[test]
fn four_training_steps_with_all_fields() {
    let sizes = |kind: usize| ALL_FIELDS.map(|field| SIZES[field.index()][kind] as usize).to_vec();
    let (input_vocab_sizes, output_vocab_sizes) = (sizes(0), sizes(1));
    let fields = ALL_FIELDS.to_vec();
    assert_four_steps(&ModelConfig { fields, input_vocab_sizes, output_vocab_sizes, ..small_config(2) }, "fields");
}

fn assert_four_steps(config: &ModelConfig, subject: &str) {
    let golden = Golden::read(subject);
    let names: Vec<String> = golden.get("names");
    let shapes = StateDict::from_iter(
        parameters(config).into_iter().map(|(name, shape)| (name, vec![0.0; shape.iter().product()])),
    );
    assert_eq!(names.len(), shapes.len());
    let mut state_dict = shapes.clone();
    for (phase, name) in names.iter().enumerate().filter(|(_, name)| is_trained(name)) {
        let len = shapes[name].len();
        state_dict.insert(name.clone(), wave(phase as f64, len));
    }

    let mut moments = Moments::zeros(&state_dict);
    let mut carried = State::zeros(config, 3);
    for number in 0..4 {
        let key = |what: &str| format!("{what}_{number}");
        let batch = batch(config, number);
        let activations = forward(config, &state_dict, &batch, &carried, Dropout::OFF);
        for field in &config.fields {
            let name = field.name();
            let logits = activations.get(&format!("head_{name}.logits"));
            let digest = dot(logits, &wave(0.5, logits.len()));
            golden.assert_equals(&key(&format!("logits_{name}")), &[digest]);
        }
        let gradients = backward(config, &state_dict, &batch, &activations, Dropout::OFF);
        golden.assert_equals(&key("gradients"), &digests(&names, &gradients));
        let result =
            train_step(config, &mut state_dict, &mut moments, &batch, &mut carried, &HYPERPARAMETERS, Dropout::OFF);
        golden.assert_equals(
            &key("losses"),
            &config.fields.iter().map(|field| result.losses[field.index()]).collect::<Vec<_>>(),
        );
        golden.assert_equals(&key("norm"), &[result.gradient_norm]);
        golden.assert_equals(&key("parameters"), &digests(&names, &state_dict));
    }
}
