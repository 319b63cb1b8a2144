//! Workloads W and D: whole networks through the public model.

use std::time::Instant;

use gpu_lstm::candidates::CANDIDATE_COLUMNS;
use gpu_lstm::config::ModelConfig;
use gpu_lstm::dataset::Batch;
use gpu_lstm::features::HISTORY_SIZE;
use gpu_lstm::generate::{GenerateOptions, generate};
use gpu_lstm::gpu::{Gpu, KernelTime};
use gpu_lstm::kernels::AdamwStep;
use gpu_lstm::model::{Model, TrainStep, TrainStepOptions, random_state};
use gpu_lstm::train::TrainConfig;

use crate::Workload;

pub(crate) struct Network {
    config: ModelConfig,
    model: Model,
    train: TrainStep,
    batch: Batch,
    steps: u32,
    host_seconds: f64,
}

/// The network that this program set out from.
pub(crate) fn seed() -> ModelConfig {
    let vocab_sizes = [501, 147, 50];
    ModelConfig {
        input_vocab_sizes: vocab_sizes,
        output_vocab_sizes: vocab_sizes,
        metre: false,
        chord: false,
        last: false,
        relative: false,
        matches: false,
        ..TrainConfig::seed_sizes()
    }
}

/// Skewed tokens, the same for everyone, and targets that follow from them. What else the events are told does not fit them.
fn batch(config: &ModelConfig, seq_len: usize, batch_size: usize) -> Batch {
    let rows = seq_len * batch_size;
    let mut state = 1_u32;
    let mut token = |vocab_size: usize| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        let share = f64::from(state) / f64::from(u32::MAX);
        (share * share * (vocab_size - 1) as f64) as u32
    };
    let tokens: Vec<u32> = (0..3 * rows).map(|at| token(config.input_vocab_sizes[at % 3])).collect();
    let target = |(at, token): (usize, &u32)| (7 * token + 1) % config.output_vocab_sizes[at % 3] as u32;
    let targets = tokens.iter().enumerate().map(target).collect();
    let positions = (0..2 * rows as u32).map(|at| 5 * at).collect();
    let history = (0..HISTORY_SIZE * rows).map(|at| (at * 31 % 29) as u32).collect();
    let candidate =
        |at: usize| if at.is_multiple_of(2) { (at / 2 % 8 + at / 48 % 40) as u32 } else { (at * 31 % 9) as u32 };
    let candidates = (0..CANDIDATE_COLUMNS * rows).map(candidate).collect();
    let reset = vec![0; rows];
    Batch { seq_len, batch_size, tokens, targets, positions, history, candidates, reset, notes: rows, events: rows }
}

impl Network {
    /// With the dropout of `gpu-lstm train` on request.
    pub(crate) fn new(gpu: &Gpu, config: ModelConfig, (seq_len, batch_size): (usize, usize), drops: bool) -> Self {
        let train = TrainConfig::default();
        let [dropout, last_dropout] = [train.dropout, train.last_dropout].map(|p| if drops { p as f32 } else { 0.0 });
        let model = Model::new(gpu, &config, &random_state(&config, 1)).expect("the model fits");
        let options = TrainStepOptions { seq_len, batch_size, dropout, last_dropout, seed: 1, max_grad_norm: 1.0 };
        let train = TrainStep::new(&model, options).expect("the step fits");
        let batch = batch(&config, seq_len, batch_size);
        Self { config, train, batch, model, steps: 0, host_seconds: 0.0 }
    }

    fn adamw(&mut self) -> AdamwStep {
        self.steps += 1;
        AdamwStep { learning_rate: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.01, step: self.steps }
    }
}

impl Workload for Network {
    fn step(&mut self) -> f64 {
        let adamw = self.adamw();
        let start = Instant::now();
        self.train.run(&self.batch, &adamw).expect("it runs");
        self.host_seconds = start.elapsed().as_secs_f64();
        self.train.take_losses().expect("it finishes").iter().sum::<f64>() / self.events() as f64
    }

    fn host_seconds(&self) -> f64 {
        self.host_seconds
    }

    fn profile(&mut self) -> Option<Vec<KernelTime>> {
        let adamw = self.adamw();
        self.train.profile(&self.batch, &adamw).expect("it runs")
    }

    fn flops(&self, stage: &str) -> f64 {
        let c = &self.config;
        let gates = |input: usize, hidden: usize| 4 * hidden * input;
        let (streams, combined) = (3 * c.stream_size, c.combined_size);
        let upper = (c.combined_layers - 1) * gates(combined, combined);
        let inputs = 3 * gates(c.embedding_size, c.stream_size) + gates(streams, combined) + upper;
        let recurrent = 3 * gates(c.stream_size, c.stream_size) + c.combined_layers * gates(combined, combined);
        let outputs: usize = c.output_vocab_sizes.iter().map(|vocab_size| c.head_size * vocab_size).sum();
        let heads = combined * c.shared_size + 3 * c.shared_size * c.head_size + outputs;
        let multiplications = match stage {
            "input products" | "input gradients" => inputs,
            "recurrence" | "backward recurrence" => recurrent,
            "heads and loss" => 3 * heads,
            "weight gradients" => inputs + recurrent,
            _ => 0,
        };
        2.0 * (multiplications * self.events()) as f64
    }

    fn events(&self) -> usize {
        self.batch.events
    }

    fn dispatches(&self) -> usize {
        self.train.dispatches()
    }

    fn generation(&self) -> Vec<(usize, f64)> {
        let rate = |pieces: usize| {
            let small = (self.batch.seq_len, self.batch.batch_size) == crate::SMALL;
            let events = if small { 2 } else { (512 / pieces).max(128) };
            let options = GenerateOptions { pieces, events, may_end: false, ..GenerateOptions::default() };
            let run = || generate(&self.model, &options).expect("it generates");
            run();
            let start = Instant::now();
            let drawn: usize = run().iter().map(|piece| piece.events.len()).sum();
            (pieces, drawn as f64 / start.elapsed().as_secs_f64())
        };
        vec![rate(1), rate(64)]
    }
}
