//! The whole network on the device against its f64 reference.

mod common;

use common::device::{Device, devices, interleave, side_by_side};
use common::network::{random_batch, random_state_dict, with_other_fields, with_switches_off};
use common::{Tolerance, assert_close_f64};
use gpu_lstm::engine::gpu::Tensor;
use gpu_lstm::engine::kernels::{AdamwStep, padded};
use gpu_lstm::model::config::ModelConfig;
use gpu_lstm::model::reference::network as reference;
use gpu_lstm::model::{Array, EvaluationStep, Model, StateDict, TrainStep, TrainStepOptions, state_dict};
use gpu_lstm::music::candidates::CANDIDATE_COLUMNS;
use gpu_lstm::music::context::{
    CONTEXT_SIZE, EXTRA, HISTORY, HISTORY_SIZE, LAST_EVENTS, POSITIONS, last_column, next_column, recent_column,
};
use gpu_lstm::music::dataset::Batch;
use gpu_lstm::music::events::{FIELDS, Field};

/// Activations pass through up to six layers, each a sum of some dozens of products and a gate.
const ACTIVATIONS: Tolerance = Tolerance { abs: 5e-6, rel: 1e-4 };

/// Gradients add up over all steps and rows, with cancellation: relative to the largest of each tensor.
const GRADIENT_SHARE: f64 = 1e-4;

/// Sizes that all differ, none a multiple of what the engine pads to.
fn awkward_config() -> ModelConfig {
    ModelConfig {
        fields: Field::CORE.to_vec(),
        input_vocab_sizes: vec![5, 7, 4],
        output_vocab_sizes: vec![6, 5, 3],
        embedding_size: 3,
        stream_size: 9,
        combined_size: 13,
        combined_layers: 2,
        shared_size: 10,
        head_size: 6,
        metre: true,
        chord: true,
        last: true,
        relative: true,
        matches: true,
    }
}

fn random_arrays(config: &ModelConfig, seed: u64) -> (StateDict, reference::StateDict) {
    let shapes = reference::parameters(config);
    let mut exact = random_state_dict(config, seed, 0.5);
    let mut state = StateDict::new();
    for (name, shape) in shapes {
        let values = exact.get_mut(&name).expect("every parameter has values");
        // The engine has one bias for the two of PyTorch.
        if name.contains("bias_hh") {
            values.fill(0.0);
        }
        let narrow: Vec<f32> = values.iter().map(|&value| value as f32).collect();
        *values = narrow.iter().map(|&value| f64::from(value)).collect();
        state.insert(name, Array { shape, values: narrow });
    }
    (state, exact)
}

/// A random batch in which every row has an offset to predict, as in training.
fn training_batch(config: &ModelConfig, seed: u64, seq_len: usize, batch_size: usize) -> reference::Batch {
    let mut batch = random_batch(config, seed, seq_len, batch_size);
    let (target, context) = (batch.targets.len() - FIELDS, batch.context.len() - CONTEXT_SIZE);
    for (field, id) in config.fields.iter().zip([1, 2, 1, 2, 1]) {
        batch.targets[target + field.index()] = id;
        batch.context[context + next_column(*field)] = id;
    }
    batch
}

fn to_engine(batch: &reference::Batch) -> Batch {
    let reference::Batch { seq_len, batch_size, context, candidates, targets, reset } = batch.clone();
    let columns = |columns: &[usize]| -> Vec<u32> {
        context.chunks(CONTEXT_SIZE).flat_map(|context| columns.iter().map(|&column| context[column])).collect()
    };
    let (tokens, positions) = (columns(&Field::ALL.map(last_column)), columns(&POSITIONS));
    let history = columns(&(HISTORY..EXTRA).collect::<Vec<_>>());
    let others = [Field::Velocity, Field::Instrument].map(recent_column);
    let extra = columns(&others.into_iter().flat_map(|first| first..first + LAST_EVENTS).collect::<Vec<_>>());
    let events = seq_len * batch_size;
    Batch { seq_len, batch_size, tokens, targets, positions, history, extra, candidates, reset, notes: 0, events }
}

/// The first `columns` of every row of a padded tensor.
fn unpadded<const R: usize>(device: &Device, tensor: &Tensor<f32, R>, columns: usize) -> Vec<f64> {
    let stride = tensor.shape()[R - 1];
    device.read(tensor).chunks_exact(stride).flat_map(|row| row[..columns].iter().map(|&v| f64::from(v))).collect()
}

/// Blocks of padded columns to blocks of `size` columns.
fn blocks<const R: usize>(device: &Device, tensor: &Tensor<f32, R>, size: usize, block_stride: usize) -> Vec<f64> {
    let stride = tensor.shape()[R - 1];
    let row = |row: &[f32]| -> Vec<f64> {
        row.chunks_exact(block_stride).flat_map(|block| block[..size].iter().map(|&v| f64::from(v))).collect()
    };
    device.read(tensor).chunks_exact(stride).flat_map(row).collect()
}

#[test]
fn activations_match_in_the_order_in_which_they_are_computed() {
    check_activations(awkward_config());
}

#[test]
fn activations_match_with_other_fields() {
    with_other_fields(&awkward_config()).into_iter().for_each(check_activations);
}

fn check_activations(config: ModelConfig) {
    let (state, exact) = random_arrays(&config, 1);
    let (seq_len, batch_size) = (6, 5);
    let batch = training_batch(&config, 100, seq_len, batch_size);
    let zero = reference::State::zeros(&config, batch_size);
    let want = reference::forward(&config, &exact, &batch, &zero, reference::Dropout::OFF);
    let of_fields = |what: &dyn Fn(&str) -> String| -> Vec<Vec<f64>> {
        config.fields.iter().map(|field| want.get(&what(field.name())).to_vec()).collect()
    };
    let streams = |what: &str, size: usize| side_by_side(&of_fields(&|name| format!("lstm_{name}.{what}_l0")), size);
    for device in devices() {
        let model = Model::new(&device.gpu, &config, &state).expect("a model");
        let step = EvaluationStep::new(&model, seq_len, batch_size).expect("a plan");
        step.run(&to_engine(&batch)).expect("it runs");
        let a = &step.activations;
        let (stream, combined) = (config.stream_size, config.combined_size);
        let check = |what: &str, got: Vec<f64>, want: &[f64]| {
            let worst = assert_close_f64(what, &got, want, ACTIVATIONS);
            println!("parity | {:?} | model.{what} | {worst:.1e}", device.gpu.family());
        };
        let embedding = config.embedding_size;
        check("embedded", blocks(device, &a.embedded, embedding, padded(embedding)), want.get("embedding"));
        let gates = of_fields(&|name| format!("lstm_{name}.gates_l0"));
        let gates: Vec<Vec<f64>> = gates.iter().map(|gates| interleave(gates, stream)).collect();
        let gates = side_by_side(&gates, 4 * stream);
        check("streams.gates", blocks(device, &a.streams.gates, 4 * stream, 4 * padded(stream)), &gates);
        check("streams.cell", blocks(device, &a.streams.cell, stream, padded(stream)), &streams("cell", stream));
        check("streams.hidden", blocks(device, &a.streams.hidden, stream, padded(stream)), &streams("hidden", stream));
        check("streams.output", blocks(device, &a.streams.output, stream, padded(stream)), want.get("streams"));
        for (layer, state) in a.combined.iter().enumerate() {
            let named = |what: &str| want.get(&format!("lstm_combined.{what}_l{layer}"));
            let gates = interleave(named("gates"), combined);
            check(&format!("combined_{layer}.gates"), unpadded(device, &state.gates, 4 * combined), &gates);
            check(&format!("combined_{layer}.cell"), unpadded(device, &state.cell, combined), named("cell"));
            check(&format!("combined_{layer}.hidden"), unpadded(device, &state.hidden, combined), named("hidden"));
            check(&format!("combined_{layer}.output"), unpadded(device, &state.output, combined), named("output"));
        }
        check("shared", unpadded(device, &a.shared, config.shared_size), want.get("shared"));
        let head = config.head_size;
        let hidden = side_by_side(&of_fields(&|name| format!("head_{name}.hidden")), head);
        check("head_hidden", blocks(device, &a.head_hidden, head, padded(head)), &hidden);
        for (s, field) in config.fields() {
            let (logits, name) = (unpadded(device, &a.logits[s], config.output_vocab_sizes[s]), field.name());
            check(&format!("logits_{name}"), logits, want.get(&format!("head_{name}.logits")));
        }
        let losses = side_by_side(&of_fields(&|name| format!("head_{name}.losses")), 1);
        let rows = unpadded(device, &a.losses, FIELDS);
        let of_row = |row: &[f64]| config.fields.iter().map(|field| row[field.index()]).collect::<Vec<_>>();
        check("losses", rows.chunks(FIELDS).flat_map(of_row).collect(), &losses);
    }
}

fn options(seq_len: usize, batch_size: usize, dropout: f32) -> TrainStepOptions {
    TrainStepOptions { seq_len, batch_size, dropout, last_dropout: dropout, seed: 5, max_grad_norm: 0.5 }
}

const ADAMW: AdamwStep =
    AdamwStep { learning_rate: 0.01, beta1: 0.9, beta2: 0.99, eps: 1e-8, weight_decay: 0.1, step: 1 };

#[test]
fn every_parameter_gradient_matches() {
    check_gradients(awkward_config());
}

#[test]
fn every_parameter_gradient_matches_with_switches_off() {
    with_switches_off(&awkward_config()).into_iter().for_each(check_gradients);
}

#[test]
fn every_parameter_gradient_matches_with_other_fields() {
    with_other_fields(&awkward_config()).into_iter().for_each(check_gradients);
}

fn check_gradients(config: ModelConfig) {
    let (state, exact) = random_arrays(&config, 2);
    let (seq_len, batch_size) = (7, 5);
    let batch = training_batch(&config, 200, seq_len, batch_size);
    let zero = reference::State::zeros(&config, batch_size);
    let activations = reference::forward(&config, &exact, &batch, &zero, reference::Dropout::OFF);
    let want = reference::backward(&config, &exact, &batch, &activations, reference::Dropout::OFF);
    for device in devices() {
        let model = Model::new(&device.gpu, &config, &state).expect("a model");
        let step = TrainStep::new(&model, options(seq_len, batch_size, 0.0)).expect("a plan");
        step.run(&to_engine(&batch), &ADAMW).expect("it runs");
        let gradients = device.read(&step.parameter_gradients().all);
        for (name, got) in state_dict::from_arena(&config, &gradients) {
            if !reference::is_trained(&name) {
                continue;
            }
            let want = &want[&name];
            let largest = want.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
            let got: Vec<f64> = got.values.iter().map(|&value| f64::from(value)).collect();
            let tolerance = Tolerance { abs: GRADIENT_SHARE * largest, rel: GRADIENT_SHARE };
            let worst = assert_close_f64(&name, &got, want, tolerance);
            println!("parity | {:?} | gradient of {name} | {worst:.1e} of {largest:.1e}", device.gpu.family());
        }
    }
}

/// Runs ten training steps on both sides and compares the losses; returns the weights of the device.
fn ten_steps(device: &Device, config: &ModelConfig, dropout: f32) -> Vec<f32> {
    let (state, mut exact) = random_arrays(config, 3);
    let (seq_len, batch_size) = (4, 3);
    let model = Model::new(&device.gpu, config, &state).expect("a model");
    let step = TrainStep::new(&model, options(seq_len, batch_size, dropout)).expect("a plan");
    let mut carried = reference::State::zeros(config, batch_size);
    let mut moments = reference::Moments::zeros(&exact);
    let hyperparameters = reference::Hyperparameters {
        learning_rate: ADAMW.learning_rate,
        beta1: ADAMW.beta1,
        beta2: ADAMW.beta2,
        eps: ADAMW.eps,
        weight_decay: ADAMW.weight_decay,
        max_grad_norm: 0.5,
    };
    for number in 1..=10 {
        let batch = training_batch(config, 10 * u64::from(number), seq_len, batch_size);
        step.run(&to_engine(&batch), &AdamwStep { step: number, ..ADAMW }).expect("it runs");
        let got = step.take_losses().expect("losses").map(|sum| sum / (seq_len * batch_size) as f64);
        let p = f64::from(dropout);
        let dropout = reference::Dropout { p, lookup_p: p, seed: 5, step: number };
        let want =
            reference::train_step(config, &mut exact, &mut moments, &batch, &mut carried, &hyperparameters, dropout);
        // Adam divides by the root of squared gradients, so rounding errors of small gradients grow step by step.
        let tolerance = Tolerance { abs: 1e-4, rel: 1e-4 };
        assert_close_f64(&format!("losses of step {number}"), &got, &want.losses, tolerance);
        let norm = f64::from(device.read(&step.optimizer.clip)[0]);
        assert_close_f64("gradient norm", &[norm], &[want.gradient_norm], Tolerance { abs: 1e-4, rel: 1e-3 });
    }
    device.read(&model.parameters.all)
}

#[test]
fn ten_training_losses_equal_those_of_the_reference() {
    for device in devices() {
        ten_steps(device, &awkward_config(), 0.0);
    }
}

#[test]
fn dropout_draws_the_masks_of_the_reference_at_every_site() {
    // Masks are drawn by position, so sizes are multiples of what the engine pads to.
    let config = ModelConfig {
        embedding_size: 8,
        stream_size: 8,
        combined_size: 16,
        shared_size: 8,
        head_size: 8,
        ..awkward_config()
    };
    for device in devices() {
        ten_steps(device, &config, 0.3);
        with_other_fields(&config).iter().for_each(|config| drop(ten_steps(device, config, 0.3)));
    }
}

#[test]
fn two_runs_give_the_same_bits() {
    for device in devices() {
        let runs = [0, 1].map(|_| ten_steps(device, &awkward_config(), 0.0));
        let bits = runs.map(|run| run.into_iter().map(f32::to_bits).collect::<Vec<_>>());
        assert!(bits[0] == bits[1], "the weights after ten steps differ between two runs");
    }
}

#[test]
fn several_steps_at_once_equal_one_step_at_a_time() {
    let config = awkward_config();
    let (state, _) = random_arrays(&config, 4);
    let (seq_len, batch_size) = (8, 3);
    let batch = to_engine(&training_batch(&config, 400, seq_len, batch_size));
    for device in devices() {
        let model = Model::new(&device.gpu, &config, &state).expect("a model");
        let whole = EvaluationStep::new(&model, seq_len, batch_size).expect("a plan").run(&batch).expect("losses");
        for part in [1, 2, 4] {
            let step = EvaluationStep::new(&model, part, batch_size).expect("a plan");
            let rows = part * batch_size;
            let mut losses = Vec::new();
            for first in (0..seq_len * batch_size).step_by(rows) {
                let piece = Batch {
                    seq_len: part,
                    tokens: batch.tokens[FIELDS * first..FIELDS * (first + rows)].to_vec(),
                    targets: batch.targets[FIELDS * first..FIELDS * (first + rows)].to_vec(),
                    positions: batch.positions[2 * first..2 * (first + rows)].to_vec(),
                    history: batch.history[HISTORY_SIZE * first..HISTORY_SIZE * (first + rows)].to_vec(),
                    extra: batch.extra[2 * LAST_EVENTS * first..2 * LAST_EVENTS * (first + rows)].to_vec(),
                    candidates: batch.candidates[CANDIDATE_COLUMNS * first..CANDIDATE_COLUMNS * (first + rows)]
                        .to_vec(),
                    reset: batch.reset[first..first + rows].to_vec(),
                    ..batch.clone()
                };
                losses.extend(step.run(&piece).expect("losses"));
            }
            let want: Vec<f64> = whole.iter().map(|&loss| f64::from(loss)).collect();
            common::assert_close("losses step by step", &losses, &want, ACTIVATIONS);
        }
    }
}

#[test]
fn a_state_dict_survives_the_engine_unchanged() {
    let config = awkward_config();
    let (state, _) = random_arrays(&config, 5);
    let device = &devices()[0];
    let model = Model::new(&device.gpu, &config, &state).expect("a model");
    assert_eq!(model.state_dict().expect("it reads"), state);
}

#[test]
fn batches_beyond_the_loop_budget_of_the_software_adapter_are_refused() {
    let config = awkward_config();
    let (state, _) = random_arrays(&config, 6);
    let model = Model::new(&devices()[0].gpu, &config, &state).expect("a model");
    let Err(error) = TrainStep::new(&model, options(1000, 61, 0.0)) else { panic!("61,000 rows must be refused") };
    assert!(error.to_string().contains("61000 rows"), "{error}");
}
