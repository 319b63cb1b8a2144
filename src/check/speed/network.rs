//! Workloads W and D: whole networks through the public model.

use std::time::Instant;

use super::{Generation, Workload};
use crate::engine::gpu::{Gpu, KernelTime};
use crate::engine::kernels::AdamwStep;
use crate::error::Result;
use crate::generate::{GenerateOptions, generate};
use crate::model::config::ModelConfig;
use crate::model::{GenerationStep, HostTime, Model, TrainStep, TrainStepOptions, random_state};
use crate::music::candidates::{Bounds, CANDIDATE_COLUMNS};
use crate::music::context::{CONTEXT_SIZE, EXTRA, HISTORY_SIZE};
use crate::music::dataset::{Batch, IGNORE};
use crate::music::events::FIELDS;
use crate::train::TrainConfig;

pub(super) struct Network {
    config: ModelConfig,
    model: Model,
    train: TrainStep,
    batch: Batch,
    steps: u32,
    /// Since the last loss.
    queued: usize,
}

/// The network that this program set out from.
pub(super) fn seed() -> ModelConfig {
    let vocab_sizes = vec![501, 147, 50];
    ModelConfig {
        input_vocab_sizes: vocab_sizes.clone(),
        output_vocab_sizes: vocab_sizes,
        metre: false,
        chord: false,
        last: false,
        relative: false,
        matches: false,
        ..TrainConfig::seed_sizes()
    }
}

/// Skewed tokens, the same for everyone, and targets that follow from them. What else is known of the events does not fit them.
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
    let (mut tokens, mut targets) = (vec![0; FIELDS * rows], vec![IGNORE; FIELDS * rows]);
    for row in 0..rows {
        for (head, field) in config.fields() {
            let at = FIELDS * row + field.index();
            tokens[at] = token(config.input_vocab_sizes[head]);
            targets[at] = (7 * tokens[at] + 1) % config.output_vocab_sizes[head] as u32;
        }
    }
    let positions = (0..2 * rows as u32).map(|at| 5 * at).collect();
    let history = (0..HISTORY_SIZE * rows).map(|at| (at * 31 % 29) as u32).collect();
    let extra = vec![0; (CONTEXT_SIZE - EXTRA) * rows];
    let candidate =
        |at: usize| if at.is_multiple_of(2) { (at / 2 % 8 + at / 48 % 40) as u32 } else { (at * 31 % 9) as u32 };
    let candidates = (0..CANDIDATE_COLUMNS * rows).map(candidate).collect();
    let reset = vec![0; rows];
    Batch {
        seq_len,
        batch_size,
        tokens,
        targets,
        positions,
        history,
        extra,
        candidates,
        reset,
        notes: rows,
        events: rows,
    }
}

impl Network {
    /// With the dropout of `gpu-lstm train` on request.
    pub(super) fn new(
        gpu: &Gpu,
        config: ModelConfig,
        (seq_len, batch_size): (usize, usize),
        drops: bool,
    ) -> Result<Self> {
        let train = TrainConfig::default();
        let [dropout, last_dropout] = [train.dropout, train.last_dropout].map(|p| if drops { p as f32 } else { 0.0 });
        let model = Model::new(gpu, &config, &random_state(&config, 1))?;
        let options = TrainStepOptions { seq_len, batch_size, dropout, last_dropout, seed: 1, max_grad_norm: 1.0 };
        let train = TrainStep::new(&model, options)?;
        let batch = batch(&config, seq_len, batch_size);
        Ok(Self { config, train, batch, model, steps: 0, queued: 0 })
    }

    fn adamw(&mut self) -> AdamwStep {
        self.steps += 1;
        AdamwStep { learning_rate: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.01, step: self.steps }
    }
}

impl Workload for Network {
    fn queue(&mut self) -> Result<HostTime> {
        let adamw = self.adamw();
        self.queued += 1;
        Ok(self.train.run(&self.batch, &adamw)?.host)
    }

    fn loss(&mut self) -> Result<f64> {
        let sum: f64 = self.train.take_losses()?.iter().sum();
        let queued = std::mem::take(&mut self.queued).max(1);
        Ok(sum / (queued * self.events()) as f64)
    }

    fn cut_for(&self, seconds: f64) {
        self.train.cut_for(seconds);
    }

    fn profile(&mut self) -> Result<Option<Vec<KernelTime>>> {
        let adamw = self.adamw();
        self.queued += 1;
        self.train.profile(&self.batch, &adamw)
    }

    fn events(&self) -> usize {
        self.batch.events
    }

    fn dispatches(&self) -> usize {
        self.train.dispatches()
    }

    fn generation(&self) -> Result<Vec<Generation>> {
        let small = (self.batch.seq_len, self.batch.batch_size) == super::SMALL;
        let rate = |pieces: usize| -> Result<Generation> {
            let events = if small { 2 } else { (512 / pieces).max(128) };
            let options = GenerateOptions { pieces, events, may_end: false, ..GenerateOptions::default() };
            generate(&self.model, &options)?;
            let start = Instant::now();
            let drawn: usize = generate(&self.model, &options)?.iter().map(|piece| piece.events.len()).sum();
            let events_per_s = drawn as f64 / start.elapsed().as_secs_f64();
            let mut all: [Vec<Vec<bool>>; FIELDS] = Default::default();
            for (head, field) in self.config.fields() {
                all[field.index()] = vec![vec![true; self.config.output_vocab_sizes[head]]];
            }
            let step = GenerationStep::new(&self.model, pieces, events, &options.sampling, &all, &Bounds::NONE)?;
            Ok(Generation { pieces, events_per_s, dispatches: step.dispatches() })
        };
        Ok(vec![rate(1)?, rate(64)?])
    }
}
