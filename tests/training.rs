//! Runs of the training loop: stopped, killed, resumed, repeated, diverging.

mod common;

use std::fs;

use common::runs::{Workshop, tiny_model, write_songs};
use gpu_lstm::Error;
use gpu_lstm::checkpoint::{ModelFile, StateFile};
use gpu_lstm::dataset::{Piece, TrainingOptions, TrainingStream, split};
use gpu_lstm::gpu::Gpu;
use gpu_lstm::kernels::AdamwStep;
use gpu_lstm::midi::read_folder;
use gpu_lstm::model::{Model, TrainStep, TrainStepOptions, random_state};
use gpu_lstm::optimizer::schedule;
use gpu_lstm::train::{Budget, BudgetChange, Outcome, TrainConfig};

fn never(_: u64) -> bool {
    false
}

fn finished(outcome: gpu_lstm::Result<Outcome>) -> bool {
    matches!(outcome.expect("the run goes well"), Outcome::Finished { .. })
}

#[test]
fn a_run_that_was_stopped_continues_with_the_same_bits() {
    let workshop = Workshop::new();
    let config = workshop.config();
    assert!(finished(workshop.train("whole", &config, &never)));
    assert_eq!(workshop.train("parts", &config, &|step| step == 3).expect("it stops"), Outcome::Interrupted);
    assert_eq!(workshop.resume("parts", &|step| step == 14).expect("it stops"), Outcome::Interrupted);
    assert!(finished(workshop.resume("parts", &never)));
    workshop.assert_same("whole", "parts");
}

#[test]
fn a_run_stopped_at_any_step_validates_once_for_each_epoch() {
    let workshop = Workshop::new();
    let config = workshop.config();
    assert!(finished(workshop.train("whole", &config, &never)));
    let steps: Vec<u64> = workshop.metrics("whole").iter().map(|row| row.step).collect();
    assert!(steps.len() > 1 && steps.last() == Some(&20), "validations at {steps:?}");
    // Asked before each step and within validations, so this stops at both.
    workshop.train("parts", &config, &|step| step == steps[0]).expect("it stops");
    assert_eq!(workshop.metrics("parts"), []);
    assert!(finished(workshop.resume("parts", &never)));
    workshop.assert_same("whole", "parts");
}

#[test]
fn two_runs_give_the_same_bits_and_another_seed_gives_others() {
    let workshop = Workshop::new();
    let config = TrainConfig { budget: Budget { steps: Some(10), ..workshop.config().budget }, ..workshop.config() };
    for run in ["one", "two"] {
        assert!(finished(workshop.train(run, &config, &never)));
    }
    workshop.assert_same("one", "two");
    assert!(finished(workshop.train("three", &TrainConfig { seed: 1, ..config }, &never)));
    assert_ne!(workshop.state("one").parameters, workshop.state("three").parameters);
}

#[test]
fn a_killed_run_resumes_from_its_last_state_and_writes_no_row_twice() {
    let workshop = Workshop::new();
    workshop.train("run", &workshop.config(), &|step| step == 4).expect("it stops");
    let state = workshop.path("run").join("state.safetensors");
    let early = fs::read(&state).expect("a state");
    assert!(finished(workshop.resume("run", &never)));
    let rows = workshop.metrics("run").len();

    // The older state, a row that was being written, and a file that never got its name.
    fs::write(&state, early).expect("written");
    let metrics = workshop.path("run").join("metrics.csv");
    fs::write(&metrics, [fs::read(&metrics).expect("metrics"), b"21,0.4".to_vec()].concat()).expect("written");
    fs::write(workshop.path("run").join("state.safetensors.tmp"), b"half").expect("written");
    assert!(finished(workshop.resume("run", &never)));
    assert!(finished(workshop.train("whole", &workshop.config(), &never)));
    workshop.assert_same("whole", "run");
    assert_eq!(workshop.metrics("run").len(), rows);
}

#[test]
fn a_finished_run_has_nothing_left_to_do() {
    let workshop = Workshop::new();
    assert!(finished(workshop.train("run", &workshop.config(), &never)));
    let before = workshop.state("run").parameters;
    assert!(finished(workshop.resume("run", &never)));
    assert_eq!(workshop.state("run").parameters, before);
    assert_eq!(workshop.metrics("run").last().map(|row| row.step), Some(20));
}

#[test]
fn a_run_that_diverges_stops_and_leaves_the_files_alone() {
    let workshop = Workshop::new();
    workshop.train("run", &workshop.config(), &|step| step == 5).expect("it stops");
    let path = workshop.path("run").join("state.safetensors");
    let mut state = StateFile::load(&path).expect("a state");
    assert!(state.run.contains("\"learning_rate\":0.003"), "{}", state.run);
    state.run = state.run.replace("\"learning_rate\":0.003", "\"learning_rate\":1e30");
    state.save(&path).expect("saved");

    let error = workshop.resume("run", &never).expect_err("a learning rate of 1e30 leads nowhere");
    assert!(matches!(error, Error::Diverged { learning_rate: 1e30, .. }), "{error:?}");
    assert!(error.to_string().contains("--learning-rate"), "{error}");
    let after = StateFile::load(&path).expect("a state");
    assert_eq!(after.parameters, state.parameters);
    assert!(after.is_finite());
    let model = workshop.path("run").join("model.safetensors");
    assert!(!model.exists() || ModelFile::load(&model).is_ok());
}

#[test]
fn a_validation_that_does_not_improve_ends_the_run() {
    let workshop = Workshop::new();
    let budget = Budget { steps: Some(60), patience: 2, ..workshop.config().budget };
    // So small that no weight moves.
    let config = TrainConfig { learning_rate: 1e-30, budget, ..workshop.config() };
    assert!(finished(workshop.train("run", &config, &never)));
    let rows = workshop.metrics("run");
    assert_eq!(rows.len(), 3, "the first, and two that are no better");
    assert_eq!(rows[0].validation_loss, rows[2].validation_loss);
    let model = ModelFile::load(&workshop.path("run").join("model.safetensors")).expect("a model");
    assert_eq!((model.training.steps, model.training.validation_nats), (rows[0].step, rows[0].validation_loss));
}

#[test]
fn the_best_model_is_kept_and_not_the_last() {
    let workshop = Workshop::new();
    assert!(finished(workshop.train("run", &TrainConfig { learning_rate: 0.3, ..workshop.config() }, &never)));
    let rows = workshop.metrics("run");
    let best = rows.iter().min_by(|a, b| a.validation_loss.total_cmp(&b.validation_loss)).expect("rows");
    let model = ModelFile::load(&workshop.path("run").join("model.safetensors")).expect("a model");
    assert_eq!((model.training.steps, model.training.validation_nats), (best.step, best.validation_loss));
}

#[test]
fn a_budget_of_minutes_ends_in_time() {
    let workshop = Workshop::new();
    let budget = Budget { steps: None, minutes: Some(0.05), ..workshop.config().budget };
    assert!(finished(workshop.train("run", &TrainConfig { budget, ..workshop.config() }, &never)));
    let last = workshop.metrics("run").pop().expect("a row");
    // The last validation may lie a little before the end.
    assert!(last.seconds > 2.0 && last.seconds < 30.0, "it took {} seconds", last.seconds);
    assert!(workshop.state("run").run.contains("\"plan\":{\"minutes\":0.05"), "{}", workshop.state("run").run);
}

#[test]
fn without_a_wish_validations_are_whole_epochs_of_at_least_25_steps_apart() {
    let workshop = Workshop::new();
    let budget = Budget { steps: Some(60), ..workshop.config().budget };
    assert!(finished(workshop.train(
        "run",
        &TrainConfig { validate_every: None, budget, ..workshop.config() },
        &never
    )));
    let rows = workshop.metrics("run");
    // An epoch has 8.1 steps, so four of them.
    assert_eq!(rows.iter().map(|row| row.step).collect::<Vec<_>>(), [33, 60]);
    assert!(rows[0].epoch >= 4.0 && rows[0].epoch < 4.2, "{}", rows[0].epoch);
}

#[test]
fn one_budget_replaces_the_others_and_none_leaves_them() {
    let budget = Budget { epochs: None, steps: Some(3000), minutes: None, patience: 10 };
    let change = BudgetChange { minutes: Some(5.0), ..BudgetChange::default() };
    let minutes = Budget { epochs: None, steps: None, minutes: Some(5.0), patience: 10 };
    assert_eq!(budget.changed_by(&change), minutes);
    let patience = BudgetChange { patience: Some(3), ..BudgetChange::default() };
    assert_eq!(budget.changed_by(&patience), Budget { patience: 3, ..budget });
}

#[test]
fn without_a_budget_a_run_takes_some_passes_within_some_steps() {
    let none = Budget { epochs: None, steps: None, minutes: None, patience: 0 };
    let steps = [1, 1_000, 5_000, 15_000, 1_000_000].map(|rows_per_pass| none.last_step(rows_per_pass, 100));
    assert_eq!(steps, [200, 200, 1000, 3000, 3000].map(Some));
    let minutes = Budget { minutes: Some(1.0), ..none.clone() };
    assert_eq!(minutes.last_step(5_000, 100), None, "a time needs no steps");
    let epochs = Budget { epochs: Some(2), ..none };
    assert_eq!(epochs.last_step(5_010, 100), Some(101), "who asks for two passes gets no more");
}

#[test]
fn a_run_refuses_other_music_than_it_began_with() {
    let workshop = Workshop::new();
    workshop.train("run", &workshop.config(), &|step| step == 2).expect("it stops");
    write_songs(&workshop.path("songs"), 7);
    let error = workshop.resume("run", &never).expect_err("a song was added");
    assert!(matches!(error, Error::CorpusChanged { .. }), "{error:?}");
}

#[test]
fn the_loop_makes_the_steps_that_its_parts_make() {
    let workshop = Workshop::new();
    let budget = Budget { steps: Some(6), ..workshop.config().budget };
    let config = TrainConfig { dropout: 0.0, last_dropout: 0.0, budget, ..workshop.config() };
    assert!(finished(workshop.train("run", &config, &never)));

    let songs = read_folder(&config.folder).expect("songs").songs;
    let songs = split(songs, config.validation_share, config.seed).expect("enough songs").training;
    let (gpu, seed) = (Gpu::new(None).expect("an adapter"), config.seed);
    let model = Model::new(&gpu, &config.model, &random_state(&config.model, seed)).expect("a model");
    let TrainConfig { seq_len, batch_size, transpose, .. } = config;
    let max_grad_norm = config.max_grad_norm as f32;
    let options = TrainStepOptions { seq_len, batch_size, dropout: 0.0, last_dropout: 0.0, seed: 0, max_grad_norm };
    let step = TrainStep::new(&model, options).expect("a plan");
    let transpose = transpose.expect("the workshop moves songs").range();
    let order = TrainingOptions { seq_len, batch_size, seed, transpose };
    let mut stream = TrainingStream::new(Piece::from_songs(&songs), order);
    for number in 0..6 {
        let adamw = AdamwStep {
            learning_rate: config.learning_rate * schedule(number, config.warmup_steps, number as f64 / 6.0),
            beta1: config.beta1,
            beta2: config.beta2,
            eps: config.eps,
            weight_decay: config.weight_decay,
            step: number as u32 + 1,
        };
        step.run(&stream.next_batch(), &adamw).expect("it runs");
    }
    assert!(model.state_dict().expect("parameters") == workshop.state("run").parameters, "the weights differ");
}

/// A step on songs of the workshop, and its stream.
fn tiny_step(workshop: &Workshop, dropout: f32) -> (TrainStep, TrainingStream) {
    let gpu = Gpu::new(None).expect("an adapter");
    let config = tiny_model();
    let model = Model::new(&gpu, &config, &random_state(&config, 3)).expect("a model");
    let options =
        TrainStepOptions { seq_len: 8, batch_size: 4, dropout, last_dropout: dropout, seed: 1, max_grad_norm: 1.0 };
    let songs = read_folder(&workshop.path("songs")).expect("songs").songs;
    let order = TrainingOptions { seq_len: 8, batch_size: 4, seed: 1, transpose: (0, 0) };
    (TrainStep::new(&model, options).expect("a plan"), TrainingStream::new(Piece::from_songs(&songs), order))
}

#[test]
fn the_first_loss_is_that_of_guessing_and_one_batch_is_learnt_by_heart() {
    let workshop = Workshop::new();
    let (step, mut stream) = tiny_step(&workshop, 0.0);
    let batch = stream.next_batch();
    let guessing: f64 = tiny_model().output_vocab_sizes.iter().map(|&classes| (classes as f64).ln()).sum();
    let mut losses = Vec::new();
    for number in 1..=200 {
        let adamw =
            AdamwStep { learning_rate: 0.02, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.0, step: number };
        step.run(&batch, &adamw).expect("it runs");
        losses.push(step.take_losses().expect("losses").iter().sum::<f64>() / batch.events as f64);
    }
    assert!((losses[0] - guessing).abs() < 0.5, "the first loss is {}, guessing costs {guessing}", losses[0]);
    let last = losses[losses.len() - 1];
    assert!(last < 0.2 * guessing, "after 200 steps the loss is {last}");
}
