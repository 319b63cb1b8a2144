//! `gpu-lstm train`

mod options;
mod progress;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use clap::Args;
use gpu_lstm::checkpoint::ModelPlace;
use gpu_lstm::engine::gpu::Gpu;
use gpu_lstm::paths::shown;
use gpu_lstm::train::{BudgetChange, LATEST_RUN, Outcome, Place, TrainConfig, Transpose, resume, train};
use options::{Budget, Corpus, Network, Preset, Run, Training};
use progress::Progress;

/// Exit code of a process that was interrupted, as shells have it.
const INTERRUPTED: u8 = 130;

/// Learns from a folder of MIDI files
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gpu-lstm train                                       learn from midi_songs
  gpu-lstm train bach --validation more --minutes 30   measure by other songs, half an hour
  gpu-lstm train --preset seed --transpose 5           larger, up to five semitones each way
  gpu-lstm train my_midi --from piano                  begin with a model that comes along
  gpu-lstm train --config runs/mine/config.toml --seed 1    the same run with another seed
  gpu-lstm train --resume --minutes 60                 go on with runs/latest to a full hour

Ctrl-C finishes the step, saves, and says how to go on; a second one leaves at once.")]
pub(super) struct Train {
    #[command(flatten)]
    run: Run,
    #[command(flatten)]
    corpus: Corpus,
    #[command(flatten)]
    network: Network,
    #[command(flatten)]
    training: Training,
    #[command(flatten)]
    budget: Budget,
}

impl Train {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let interrupted = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&interrupted);
        ctrlc::set_handler(move || {
            if flag.swap(true, Ordering::Relaxed) {
                std::process::exit(INTERRUPTED.into());
            }
            eprintln!("finishing the step; Ctrl-C again leaves at once");
        })
        .context("cannot listen for Ctrl-C")?;
        let folder = self.run.run.as_deref().unwrap_or(Path::new(LATEST_RUN));
        let adapter = self.run.adapter.as_deref();
        let progress = Progress::new(&interrupted);
        let outcome = if self.run.resume {
            resume(&Gpu::new(adapter)?, folder, &self.budget_change(), &progress)?
        } else {
            let config = self.config()?;
            train(&Gpu::new(adapter)?, &config, &self.place(), &progress)?
        };
        drop(progress);
        match outcome {
            Outcome::Finished { model } => {
                super::print(shown(&model))?;
                Ok(ExitCode::SUCCESS)
            }
            Outcome::Interrupted { step } => {
                let folder = shown(folder);
                eprintln!("stopped     at step {step}; go on with: gpu-lstm train --resume --run {folder}");
                Ok(ExitCode::from(INTERRUPTED))
            }
        }
    }

    fn place(&self) -> Place {
        match (&self.run.run, self.run.overwrite) {
            (None, _) => Place::Latest,
            (Some(folder), false) => Place::Folder(folder.clone()),
            (Some(folder), true) => Place::Overwrite(folder.clone()),
        }
    }

    fn budget_change(&self) -> BudgetChange {
        let Budget { epochs, steps, minutes, patience } = self.budget;
        BudgetChange { epochs, steps, minutes, patience }
    }

    fn config(&self) -> anyhow::Result<TrainConfig> {
        let Self { corpus, network, training, .. } = self;
        let mut config = self.run.config.as_deref().map(TrainConfig::load).transpose()?.unwrap_or_default();
        set(&mut config.folder, corpus.folder.clone());
        set(&mut config.validation_share, corpus.validation_share);
        set(&mut config.pedal, corpus.pedal);
        config.keep_duplicates |= corpus.keep_duplicates;
        config.transpose = corpus.transpose.or(config.transpose);
        config.fields = corpus.fields.clone().map(|fields| fields.0).or(config.fields);
        // A resumed run finds them from any folder.
        config.folder = std::path::absolute(&config.folder).context("the current folder is gone")?;
        let validation = corpus.validation.as_ref().or(config.validation.as_ref());
        config.validation = validation.map(std::path::absolute).transpose()?;

        if let Some(from) = &self.run.from {
            let place = ModelPlace::find(from)?;
            let file = place.load()?;
            config.from = Some(place.file().map_or(Ok(from.clone()), std::path::absolute)?);
            config.model = file.config;
            if self.run.config.is_none() {
                config.learning_rate = TrainConfig::RATE_FROM_MODEL;
            }
            config.pedal = corpus.pedal.unwrap_or(file.training.pedal);
            config.transpose = config.transpose.or(file.training.keys.map(|_| Transpose::Key));
        }
        if let Preset::Seed = network.preset {
            config.model = TrainConfig::seed_sizes();
        }
        set(&mut config.model.embedding_size, network.embedding_size);
        set(&mut config.model.stream_size, network.stream_size);
        set(&mut config.model.combined_size, network.combined_size);
        set(&mut config.model.combined_layers, network.combined_layers);
        set(&mut config.model.shared_size, network.shared_size);
        set(&mut config.model.head_size, network.head_size);
        set(&mut config.model.metre, network.metre);
        set(&mut config.model.chord, network.chord);
        set(&mut config.model.last, network.last);
        set(&mut config.model.relative, network.relative);
        set(&mut config.model.matches, network.matches);

        set(&mut config.seed, training.seed);
        set(&mut config.seq_len, training.seq_len);
        set(&mut config.batch_size, training.batch_size);
        set(&mut config.learning_rate, training.learning_rate);
        set(&mut config.warmup_steps, training.warmup_steps);
        set(&mut config.weight_decay, training.weight_decay);
        set(&mut config.max_grad_norm, training.max_grad_norm);
        set(&mut config.dropout, training.dropout);
        set(&mut config.last_dropout, training.last_dropout);
        set(&mut config.beta1, training.beta1);
        set(&mut config.beta2, training.beta2);
        set(&mut config.eps, training.eps);
        config.validate_every = training.validate_every.or(config.validate_every);
        config.budget = config.budget.changed_by(&self.budget_change());
        config.validate()?;
        Ok(config)
    }
}

/// Takes over what was given.
fn set<T>(field: &mut T, given: Option<T>) {
    if let Some(value) = given {
        *field = value;
    }
}
