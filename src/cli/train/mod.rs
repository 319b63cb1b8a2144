//! `gpu-lstm train`

mod progress;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use gpu_lstm::checkpoint::ModelPlace;
use gpu_lstm::engine::gpu::Gpu;
use gpu_lstm::music::midi::Pedal;
use gpu_lstm::paths::shown;
use gpu_lstm::train::{
    BudgetChange, DEFAULT_EPOCHS, DEFAULT_MINUTES, FEWEST_STEPS, LATEST_RUN, Outcome, Place, TrainConfig, Transpose,
    UNTIMED_STEPS, resume, train,
};
use progress::Progress;

use super::reading::{PEDAL, pedal};

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

#[derive(Debug, Args)]
#[command(next_help_heading = "Run")]
struct Run {
    /// Folder of the run [default: runs/latest; a run that is there is kept as runs/previous-N]
    #[arg(long, value_name = "DIR")]
    run: Option<PathBuf>,
    /// Continue the run in --run: everything but the budget and the adapter stays as the run began
    #[arg(long, conflicts_with_all = ["Corpus", "Network", "Training", "overwrite"])]
    resume: bool,
    /// Replace the run in --run
    #[arg(long, requires = "run")]
    overwrite: bool,
    /// Begin with the parameters of a model: a run folder, a model file, or a name of `gpu-lstm models`. The network has its
    /// sizes, the learning rate is lower by default, and songs are moved to one key if its songs were
    #[arg(long, value_name = "MODEL", conflicts_with_all = ["resume", "preset"])]
    from: Option<PathBuf>,
    /// Begin with the options in this file, such as the config.toml of a run folder; those of the command line come first
    #[arg(long, value_name = "FILE", conflicts_with = "resume")]
    config: Option<PathBuf>,
    /// Adapter to train on: a number of `gpu-lstm devices`, or a part of a name [default: the best]
    #[arg(long, value_name = "NAME|INDEX")]
    adapter: Option<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Music")]
struct Corpus {
    #[arg(value_name = "FOLDER", help = help("MIDI files to learn from", |d| d.folder.display().to_string()))]
    folder: Option<PathBuf>,
    /// MIDI files to measure by [default: a share of FOLDER is held back]
    #[arg(long, value_name = "FOLDER")]
    validation: Option<PathBuf>,
    #[arg(long, value_name = "SHARE", conflicts_with = "validation", help = help("Share of the songs that is held back", |d| d.validation_share))]
    validation_share: Option<f64>,
    /// Let near-copies of a song lie on both sides of that split: songs that share half of their passages, in any key and
    /// tempo; `gpu-lstm inspect` lists them
    #[arg(long, conflicts_with = "validation")]
    keep_duplicates: bool,
    #[arg(long, value_name = "auto|hold|ignore", value_parser = pedal(), hide_possible_values = true, help = PEDAL)]
    pedal: Option<Pedal>,
    /// Keys to learn the songs in: key moves each to C major or A minor, all moves it to any key, anew in each pass, none
    /// leaves it; LOW,HIGH are semitones, and N is -N,N [default: key where the songs are tonal; else all or none, whichever
    /// lets counts predict the held-out songs better]
    #[arg(long, value_name = "key|all|none|LOW,HIGH|N", allow_hyphen_values = true, value_parser = parse_transpose)]
    transpose: Option<Transpose>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Network")]
struct Network {
    /// Sizes to start from: default is small, for a processor; seed is streams 256, combined 512 twice, shared 256, heads
    /// 128, embeddings 64. The options below change single ones
    #[arg(long, value_enum, default_value = "default")]
    preset: Preset,
    #[arg(long, value_name = "N", help = help("Width of each embedding", |d| d.model.embedding_size))]
    embedding_size: Option<usize>,
    #[arg(long, value_name = "N", help = help("Units of each of the three LSTM streams", |d| d.model.stream_size))]
    stream_size: Option<usize>,
    #[arg(long, value_name = "N", help = help("Units of each combined LSTM layer", |d| d.model.combined_size))]
    combined_size: Option<usize>,
    #[arg(long, value_name = "N", help = help("Combined LSTM layers", |d| d.model.combined_layers))]
    combined_layers: Option<usize>,
    #[arg(long, value_name = "N", help = help("Width of the layer that all heads read", |d| d.model.shared_size))]
    shared_size: Option<usize>,
    #[arg(long, value_name = "N", help = help("Width of the hidden layer of each head", |d| d.model.head_size))]
    head_size: Option<usize>,
    #[arg(long, value_name = "BOOL", help = help("Input: the place in the beat and in the bar", |d| d.model.metre))]
    metre: Option<bool>,
    #[arg(long, value_name = "BOOL", help = help("Input of the heads: the notes that sound and those that have just ended", |d| d.model.chord))]
    chord: Option<bool>,
    #[arg(long, value_name = "BOOL", help = help("Input of each head: its own part of the last 8 events, of the offset head the durations too", |d| d.model.last))]
    last: Option<bool>,
    #[arg(long, value_name = "BOOL", help = help("Pitches as intervals, in inputs and output", |d| d.model.relative))]
    relative: Option<bool>,
    #[arg(long, value_name = "BOOL", help = help("Score what followed where the piece has played the same before, in any key", |d| d.model.matches))]
    matches: Option<bool>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Preset {
    Default,
    Seed,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Training")]
struct Training {
    #[arg(long, value_name = "N", help = help("Decides everything that is drawn", |d| d.seed))]
    seed: Option<u64>,
    #[arg(long, value_name = "N", help = help("Events through which gradients flow", |d| d.seq_len))]
    seq_len: Option<usize>,
    #[arg(long, value_name = "N", help = help("Songs side by side", |d| d.batch_size))]
    batch_size: Option<usize>,
    #[arg(long, value_name = "X", help = help("Learning rate after the warm-up", |d| d.learning_rate))]
    learning_rate: Option<f64>,
    #[arg(long, value_name = "N", help = help("Steps over which the learning rate rises", |d| d.warmup_steps))]
    warmup_steps: Option<u64>,
    #[arg(long, value_name = "X", help = help("Decoupled weight decay of AdamW", |d| d.weight_decay))]
    weight_decay: Option<f64>,
    #[arg(long, value_name = "X", help = help("Largest norm of the gradients, 0 for any", |d| d.max_grad_norm))]
    max_grad_norm: Option<f64>,
    #[arg(long, value_name = "P", help = help("Probability of a value to be dropped", |d| d.dropout))]
    dropout: Option<f64>,
    #[arg(long, value_name = "P", help = help("Dropout of the history: of a field of one of the last 8 events", |d| d.last_dropout))]
    last_dropout: Option<f64>,
    #[arg(long, value_name = "X", help = help("AdamW's decay of the first moment", |d| d.beta1))]
    beta1: Option<f64>,
    #[arg(long, value_name = "X", help = help("AdamW's decay of the second moment", |d| d.beta2))]
    beta2: Option<f64>,
    #[arg(long, value_name = "X", help = help("AdamW's term beside the root", |d| format!("{:e}", d.eps)))]
    eps: Option<f64>,
    /// Epochs from one validation to the next [default: 1, or as many as hold 25 steps]
    #[arg(long, value_name = "EPOCHS")]
    validate_every: Option<u64>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Budget (the first to be reached ends the run; may be changed with --resume)")]
struct Budget {
    #[arg(long, value_name = "N", help = epochs_help())]
    epochs: Option<u64>,
    /// Steps of the optimizer
    #[arg(long, value_name = "N")]
    steps: Option<u64>,
    /// Minutes in the training loop
    #[arg(long, value_name = "X")]
    minutes: Option<f64>,
    #[arg(long, value_name = "N", help = help("Validations without a better loss, 0 for any number", |d| d.budget.patience))]
    patience: Option<u64>,
}

/// The help of an option with the default that the configuration has.
fn help<T: std::fmt::Display>(text: &str, value: impl Fn(&TrainConfig) -> T) -> String {
    format!("{text} [default: {}]", value(&TrainConfig::default()))
}

fn epochs_help() -> String {
    format!(
        "Passes over the songs [default, if no other budget is given: {DEFAULT_EPOCHS}, at least {FEWEST_STEPS} steps; of \
         more than {UNTIMED_STEPS} steps those that take {DEFAULT_MINUTES} minutes, at least {UNTIMED_STEPS}]"
    )
}

fn parse_transpose(text: &str) -> Result<Transpose, String> {
    let number = |text: &str| {
        let number = text.trim().parse::<i32>();
        number.map_err(|_| format!("\"{text}\" is neither key, all nor none, nor a whole number of semitones"))
    };
    match (text, text.split_once(',')) {
        ("key", _) => Ok(Transpose::Key),
        ("all", _) => Ok(Transpose::ALL),
        ("none", _) => Ok(Transpose::NONE),
        (_, Some((low, high))) => Ok(Transpose::Range(number(low)?, number(high)?)),
        (_, None) => number(text).map(|both| Transpose::Range(-both.saturating_abs(), both.saturating_abs())),
    }
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
