//! Runs of the training loop: stopped, killed, resumed, repeated, diverging.

mod common;

use std::fs;

use common::runs::{Workshop, tiny_model, write_songs};
use gpu_lstm::Error;
use gpu_lstm::checkpoint::{ModelFile, StateFile};
use gpu_lstm::engine::gpu::Gpu;
use gpu_lstm::engine::kernels::AdamwStep;
use gpu_lstm::engine::optimizer::schedule;
use gpu_lstm::model::{Model, TrainStep, TrainStepOptions, random_state};
use gpu_lstm::music::dataset::{Piece, TrainingOptions, TrainingStream, split};
use gpu_lstm::music::midi::read_folder;
use gpu_lstm::train::{Budget, Outcome, TrainConfig};

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
    assert_eq!(
        workshop.train("parts", &config, &|step| step == 3).expect("it stops"),
        Outcome::Interrupted { step: 3 }
    );
    assert_eq!(workshop.resume("parts", &|step| step == 14).expect("it stops"), Outcome::Interrupted { step: 14 });
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

/// A run without a budget, in steps so small that 20 passes are more than 3,000.
fn many_steps(workshop: &Workshop) -> TrainConfig {
    write_songs(&workshop.path("songs"), 12);
    let budget = Budget { epochs: None, steps: None, minutes: None, patience: 0 };
    TrainConfig { seq_len: 1, batch_size: 1, validate_every: Some(100), budget, ..workshop.config() }
}

#[test]
fn a_run_over_many_songs_plans_its_steps_once_and_resumes_with_the_same_bits() {
    let workshop = Workshop::new();
    let config = many_steps(&workshop);
    let stop_at = |run: &str, step: u64| workshop.train(run, &config, &|now| now == step).expect("it stops");
    let plan = |run: &str| {
        let state: serde_json::Value = serde_json::from_str(&workshop.state(run).run).expect("JSON");
        state["progress"]["plan"].clone()
    };
    stop_at("whole", 40);
    // Before the step of the plan, at it and after it.
    stop_at("parts", 15);
    assert!(plan("parts").is_null(), "{}", plan("parts"));
    for step in [22, 30, 40] {
        let outcome = workshop.resume("parts", &|now| now == step).expect("it stops");
        assert_eq!(outcome, Outcome::Interrupted { step });
    }
    // 20 passes over 214 rows are 4,280 steps, for which half an hour is enough unless one takes 0.4 seconds.
    for run in ["whole", "parts"] {
        assert!(plan(run)["steps"].as_u64().expect("a number") > 4280, "{}", plan(run));
    }
    let [whole, parts] = ["whole", "parts"].map(|run| workshop.state(run));
    assert_eq!(whole.parameters, parts.parameters);
    assert_eq!(whole.moments, parts.moments);
}

#[test]
fn a_plan_in_the_state_ends_the_run_and_its_learning_rate() {
    let workshop = Workshop::new();
    let config = many_steps(&workshop);
    workshop.train("run", &config, &|step| step == 30).expect("it stops");
    let path = workshop.path("run").join("state.safetensors");
    let mut state = StateFile::load(&path).expect("a state");
    // Fewer than half an hour is good for here: what a resumed run measures must not count.
    let mut run: serde_json::Value = serde_json::from_str(&state.run).expect("JSON");
    run["progress"]["plan"]["steps"] = 60.into();
    state.run = run.to_string();
    state.save(&path).expect("saved");
    fs::create_dir(workshop.path("parts")).expect("a folder");
    fs::copy(&path, workshop.path("parts").join("state.safetensors")).expect("copied");
    assert!(finished(workshop.resume("run", &never)));
    workshop.resume("parts", &|step| step == 45).expect("it stops");
    assert!(finished(workshop.resume("parts", &never)));
    workshop.assert_same("run", "parts");
    let last = workshop.metrics("run").pop().expect("a row");
    assert_eq!(last.step, 60);
    let rate = config.learning_rate * schedule(59, config.warmup_steps, 59.0 / 60.0);
    assert!((last.learning_rate - rate).abs() < 1e-12, "{} and {rate}", last.learning_rate);
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
fn the_first_loss_is_that_of_guessing_and_one_batch_is_memorised() {
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
