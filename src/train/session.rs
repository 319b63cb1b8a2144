//! A run with all it needs: how it is set up, validated and saved. The loop over steps is in `steps.rs`.

use std::time::{Duration, Instant};

use rand::{RngExt as _, SeedableRng};
use rand_pcg::Pcg64;

use super::metrics::{Metrics, MetricsRow};
use super::music::Music;
use super::pace::Pace;
use super::run_folder::RunFolder;
use super::state::{RunState, capture, restore};
use super::validation::Validation;
use super::{TrainConfig, Transpose, Watcher};
use crate::checkpoint::{ModelFile, ModelPlace, StateFile, TrainingSummary};
use crate::engine::gpu::{Gpu, Submission};
use crate::error::{Error, Result};
use crate::model::state_dict::parameter_count;
use crate::model::{Model, StateDict, TrainStep, TrainStepOptions, random_state};
use crate::music::dataset::{Limits, TrainingOptions, TrainingStream};
use crate::music::events::{FIELDS, Field};
use crate::music::key::KeyCounts;
use crate::music::timing::Timing;
use crate::run_report;

/// Without a wish of the user, validations are at least this many steps apart.
const MIN_STEPS_BETWEEN_VALIDATIONS: u64 = 25;
/// The state is saved at this time at the latest after the first step of a session, and this often from then on, between
/// validations.
const SAVE_AFTER: [Duration; 2] = [Duration::from_secs(30), Duration::from_secs(300)];
/// After a validation the state is saved if the last time took less than one part in this many of the time since.
const SAVE_SHARE: u32 = 20;

/// A run in progress.
pub(super) struct Session<'a> {
    pub(super) run: RunState,
    pub(super) model: Model,
    pub(super) step: TrainStep,
    /// The last step that was queued.
    pub(super) queued: Option<Submission>,
    pub(super) stream: TrainingStream,
    pub(super) validation: Validation,
    pub(super) folder: RunFolder,
    pub(super) watcher: &'a dyn Watcher,
    pub(super) pace: Pace,
    metrics: Metrics,
    songs: usize,
    notes: usize,
    timing: Timing,
    limits: Limits,
    keys: Option<KeyCounts>,
    /// The steps of the run are timed from here, on top of the seconds of earlier sessions.
    started: Instant,
    pub(super) earlier_seconds: f64,
    pub(super) last_save: LastSave,
    /// Whether this session has said what the budget is.
    pub(super) announced: bool,
}

/// The last time the state was saved.
pub(super) struct LastSave {
    pub(super) step: u64,
    at: Instant,
    cost: Duration,
    /// Whether it was after a step of this session.
    is_progress: bool,
}

/// What a new network begins with.
fn first_parameters(config: &TrainConfig) -> Result<StateDict> {
    let Some(from) = &config.from else {
        return Ok(random_state(&config.model, config.seed));
    };
    let place = ModelPlace::find(from)?;
    let file = place.load()?;
    if file.config != config.model {
        return Err(Error::Config(format!(
            "{place} is a network of other sizes or inputs than this run asks for; ask for those of {place}, or leave them out"
        )));
    }
    Ok(file.parameters)
}

impl<'a> Session<'a> {
    /// Sets up a run: the one in `saved`, or a new one. The folder is made last, when nothing else can fail.
    pub(super) fn new(
        gpu: &Gpu,
        config: &TrainConfig,
        music: Music,
        saved: Option<(RunState, StateFile)>,
        watcher: &'a dyn Watcher,
        make_folder: impl FnOnce() -> Result<RunFolder>,
    ) -> Result<Self> {
        let Music { training, validation, notes, timing, keys, fingerprint } = music;
        let (songs, limits, seed) = (training.len(), Limits::of(&training), config.seed);
        let options = TrainingOptions {
            seq_len: config.seq_len,
            batch_size: config.batch_size,
            seed,
            transpose: config.transpose.unwrap_or(Transpose::NONE).range(),
        };
        let (stream, mut run, file) = match saved {
            None => {
                let stream = TrainingStream::new(training, options);
                let run = RunState::new(config, &fingerprint, stream.cursor().clone());
                (stream, run, None)
            }
            Some((run, file)) => {
                let changed = || Error::CorpusChanged { folder: config.folder.clone() };
                if run.fingerprint != fingerprint {
                    return Err(changed());
                }
                let stream = TrainingStream::resume(training, options, run.cursor.clone()).ok_or_else(changed)?;
                (stream, run, Some(file))
            }
        };
        run.config = config.clone();

        let model = match &file {
            None => Model::new(gpu, &config.model, &first_parameters(config)?)?,
            Some(file) => Model::new(gpu, &config.model, &file.parameters)?,
        };
        let options = TrainStepOptions {
            seq_len: config.seq_len,
            batch_size: config.batch_size,
            dropout: config.dropout as f32,
            last_dropout: config.last_dropout as f32,
            // Sites of dropout use this number and those after it, so neighbouring seeds must not lie side by side.
            seed: Pcg64::seed_from_u64(seed).random(),
            max_grad_norm: config.max_grad_norm as f32,
        };
        let step = TrainStep::new(&model, options)?;
        let validation = Validation::new(&model, validation, config.seq_len, config.batch_size)?;
        if let Some(file) = &file {
            restore(&model, &step, &run, file)?;
        }

        let folder = make_folder()?;
        let metrics = Metrics::new(&folder.metrics());
        watcher.note("parameters", &parameter_count(&config.model).to_string());
        let names: Vec<&str> =
            Field::ALL.iter().filter(|field| model.config.fields.contains(field)).map(|field| field.name()).collect();
        watcher.note("losses", &format!("nats per event: sum ({})", names.join(" + ")));
        let last_save =
            LastSave { step: run.progress.step, at: Instant::now(), cost: Duration::ZERO, is_progress: false };
        Ok(Self {
            earlier_seconds: run.progress.seconds,
            run,
            model,
            step,
            queued: None,
            stream,
            validation,
            folder,
            watcher,
            pace: Pace::start(),
            metrics,
            songs,
            notes,
            timing,
            limits,
            keys,
            started: Instant::now(),
            last_save,
            announced: false,
        })
    }

    /// Seconds in the training loop, those of earlier sessions included.
    pub(super) fn seconds(&self) -> f64 {
        self.earlier_seconds + self.started.elapsed().as_secs_f64()
    }

    /// Rows of a batch, which are events of a step.
    pub(super) fn rows_per_step(&self) -> u64 {
        (self.run.config.seq_len * self.run.config.batch_size) as u64
    }

    /// Rows from one validation to the next: whole epochs.
    pub(super) fn rows_per_validation(&self) -> u64 {
        let rows_per_pass = self.stream.rows_per_pass();
        let enough = (MIN_STEPS_BETWEEN_VALIDATIONS * self.rows_per_step()).div_ceil(rows_per_pass);
        self.run.config.validate_every.unwrap_or(enough).saturating_mul(rows_per_pass)
    }

    /// True when an epoch after which to validate has ended since the last validation.
    pub(super) fn validation_is_due(&self) -> bool {
        let number = |step: u64| step * self.rows_per_step() / self.rows_per_validation();
        number(self.run.progress.step) > number(self.run.progress.validated)
    }

    /// Validates, writes the row and the line, and saves the model if it is the best. False when the
    /// watcher said so.
    pub(super) fn validate(&mut self) -> Result<bool> {
        let gradient_norm = self.read_losses()?;
        self.pace.catch_up();
        let step = self.run.progress.step;
        let Some(held_out) = self.validation.run(|| self.watcher.stop(step))? else {
            return Ok(false);
        };
        let loss: f64 = held_out.iter().sum();
        if !loss.is_finite() {
            return Err(self.diverged("validation loss"));
        }
        let best = self.run.progress.best.is_none_or(|best| loss < best);
        let events = (step - self.run.progress.validated) * self.rows_per_step();
        let train = self.run.progress.losses.map(|sum| sum / events as f64);
        let of = |losses: &[f64; FIELDS], field: Field| {
            self.model.config.fields.contains(&field).then_some(losses[field.index()])
        };
        let row = MetricsRow {
            step,
            epoch: self.stream.epochs(),
            train_loss: train.iter().sum(),
            train_offset: train[0],
            train_note: train[1],
            train_duration: train[2],
            train_velocity: of(&train, Field::Velocity),
            train_instrument: of(&train, Field::Instrument),
            validation_loss: loss,
            validation_offset: held_out[0],
            validation_note: held_out[1],
            validation_duration: held_out[2],
            validation_velocity: of(&held_out, Field::Velocity),
            validation_instrument: of(&held_out, Field::Instrument),
            learning_rate: self.learning_rate(step - 1),
            gradient_norm,
            events_per_second: self.pace.take_rate() * self.rows_per_step() as f64,
            seconds: self.seconds(),
        };
        let progress = &mut self.run.progress;
        (progress.validated, progress.losses) = (step, [0.0; FIELDS]);
        progress.stale += 1;
        if best {
            (progress.best, progress.stale) = (Some(loss), 0);
            self.save_model(&row)?;
        }
        // The row comes before the state: what the state has counted must be in the file.
        self.metrics.append(&row)?;
        self.watcher.validation(&row, best);
        run_report::refresh(self.folder.path(), true);
        if self.last_save.at.elapsed() >= SAVE_SHARE * self.last_save.cost {
            self.save()?;
        }
        self.pace.pause_ends();
        Ok(true)
    }

    fn save_model(&self, row: &MetricsRow) -> Result<()> {
        let parameters = self.model.state_dict()?;
        if !parameters.values().flat_map(|array| &array.values).all(|value| value.is_finite()) {
            return Err(self.diverged("model"));
        }
        let training = TrainingSummary {
            songs: self.songs,
            notes: self.notes,
            epochs: row.epoch,
            steps: row.step,
            validation_nats: row.validation_loss,
            seed: self.run.config.seed,
            pedal: self.run.config.pedal,
            timing: self.timing,
            limits: self.limits.clone(),
            keys: self.keys.clone(),
        };
        ModelFile { config: self.model.config.clone(), training, parameters }.save(&self.folder.model())
    }

    /// Saves the state for the first time, so that the run can be resumed. Only then is anything else touched in its folder.
    pub(super) fn begin(&mut self) -> Result<()> {
        if let Err(error) = self.save() {
            self.folder.give_back(self.watcher);
            return Err(error);
        }
        self.folder.remove_replaced()?;
        if self.run.progress.step == 0 {
            self.folder.write_config(&self.run.config)?;
        }
        self.metrics.open(self.run.progress.step)
    }

    /// True when the state was not saved for long.
    pub(super) fn save_is_due(&self) -> bool {
        self.last_save.at.elapsed() >= SAVE_AFTER[usize::from(self.last_save.is_progress)]
    }

    /// Saves the state, unless it holds anything that is not finite.
    pub(super) fn save(&mut self) -> Result<()> {
        let began = Instant::now();
        self.run.cursor = self.stream.cursor().clone();
        self.run.progress.seconds = self.seconds();
        let Some(file) = capture(&self.model, &self.step, &mut self.run)? else {
            return Err(self.diverged("state"));
        };
        file.save(&self.folder.state())?;
        let step = self.run.progress.step;
        let is_progress = self.last_save.is_progress || step > self.last_save.step;
        self.last_save = LastSave { step, at: Instant::now(), cost: began.elapsed(), is_progress };
        Ok(())
    }

    pub(super) fn diverged(&self, what: &'static str) -> Error {
        Error::Diverged { what, step: self.run.progress.step, learning_rate: self.run.config.learning_rate }
    }
}
