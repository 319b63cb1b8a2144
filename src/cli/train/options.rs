//! The options of `train`, in groups.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use gpu_lstm::music::events::Field;
use gpu_lstm::music::midi::Pedal;
use gpu_lstm::train::{DEFAULT_EPOCHS, DEFAULT_MINUTES, FEWEST_STEPS, TrainConfig, Transpose, UNTIMED_STEPS};

use crate::cli::reading::{PEDAL, pedal};

#[derive(Debug, Args)]
#[command(next_help_heading = "Run")]
pub(super) struct Run {
    /// Folder of the run [default: runs/latest; a run that is there is kept as runs/previous-N]
    #[arg(long, value_name = "DIR")]
    pub(super) run: Option<PathBuf>,
    /// Continue the run in --run: everything but the budget and the adapter stays as the run began
    #[arg(long, conflicts_with_all = ["Corpus", "Network", "Training", "overwrite"])]
    pub(super) resume: bool,
    /// Replace the run in --run
    #[arg(long, requires = "run")]
    pub(super) overwrite: bool,
    /// Begin with the parameters of a model: a run folder, a model file, or a name of `gpu-lstm models`. The network has its
    /// sizes, the learning rate is lower by default, and songs are moved to one key if its songs were
    #[arg(long, value_name = "MODEL", conflicts_with_all = ["resume", "preset"])]
    pub(super) from: Option<PathBuf>,
    /// Begin with the options in this file, such as the config.toml of a run folder; those of the command line come first
    #[arg(long, value_name = "FILE", conflicts_with = "resume")]
    pub(super) config: Option<PathBuf>,
    /// Adapter to train on: a number of `gpu-lstm devices`, or a part of a name [default: the best]
    #[arg(long, value_name = "NAME|INDEX")]
    pub(super) adapter: Option<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Music")]
pub(super) struct Corpus {
    #[arg(value_name = "FOLDER", help = help("MIDI files to learn from", |d| d.folder.display().to_string()))]
    pub(super) folder: Option<PathBuf>,
    /// MIDI files to measure by [default: a share of FOLDER is held back]
    #[arg(long, value_name = "FOLDER")]
    pub(super) validation: Option<PathBuf>,
    #[arg(long, value_name = "SHARE", conflicts_with = "validation", help = help("Share of the songs that is held back", |d| d.validation_share))]
    pub(super) validation_share: Option<f64>,
    /// Let near-copies of a song lie on both sides of that split: songs that share half of their passages, in any key and
    /// tempo; `gpu-lstm inspect` lists them
    #[arg(long, conflicts_with = "validation")]
    pub(super) keep_duplicates: bool,
    #[arg(long, value_name = "auto|hold|ignore", value_parser = pedal(), hide_possible_values = true, help = PEDAL)]
    pub(super) pedal: Option<Pedal>,
    /// Keys to learn the songs in: key moves each to C major or A minor, all moves it to any key, anew in each pass, none
    /// leaves it; LOW,HIGH are semitones, and N is -N,N [default: key where the songs are tonal; else all or none, whichever
    /// lets counts predict the held-out songs better]
    #[arg(long, value_name = "key|all|none|LOW,HIGH|N", allow_hyphen_values = true, value_parser = parse_transpose)]
    pub(super) transpose: Option<Transpose>,
    /// What to learn besides offset, pitch and duration: velocity, instrument, both with a comma, or none [default: those in
    /// which the songs vary; with --from those of that model]
    #[arg(long, value_name = "FIELDS", value_parser = parse_fields)]
    pub(super) fields: Option<Fields>,
}

/// Fields besides offset, pitch and duration.
#[derive(Clone, Debug)]
pub(super) struct Fields(pub(super) Vec<Field>);

#[derive(Debug, Args)]
#[command(next_help_heading = "Network")]
pub(super) struct Network {
    /// Sizes to start from: default is small, for a processor; seed is streams 256, combined 512 twice, shared 256, heads
    /// 128, embeddings 64. The options below change single ones
    #[arg(long, value_enum, default_value = "default")]
    pub(super) preset: Preset,
    #[arg(long, value_name = "N", help = help("Width of each embedding", |d| d.model.embedding_size))]
    pub(super) embedding_size: Option<usize>,
    #[arg(long, value_name = "N", help = help("Units of the LSTM stream of each field", |d| d.model.stream_size))]
    pub(super) stream_size: Option<usize>,
    #[arg(long, value_name = "N", help = help("Units of each combined LSTM layer", |d| d.model.combined_size))]
    pub(super) combined_size: Option<usize>,
    #[arg(long, value_name = "N", help = help("Combined LSTM layers", |d| d.model.combined_layers))]
    pub(super) combined_layers: Option<usize>,
    #[arg(long, value_name = "N", help = help("Width of the layer that all heads read", |d| d.model.shared_size))]
    pub(super) shared_size: Option<usize>,
    #[arg(long, value_name = "N", help = help("Width of the hidden layer of each head", |d| d.model.head_size))]
    pub(super) head_size: Option<usize>,
    #[arg(long, value_name = "BOOL", help = help("Input: the place in the beat and in the bar", |d| d.model.metre))]
    pub(super) metre: Option<bool>,
    #[arg(long, value_name = "BOOL", help = help("Input of the heads: the notes that sound and those that have just ended", |d| d.model.chord))]
    pub(super) chord: Option<bool>,
    #[arg(long, value_name = "BOOL", help = help("Input of each head: its own part of the last 8 events, of the offset head the durations too", |d| d.model.last))]
    pub(super) last: Option<bool>,
    #[arg(long, value_name = "BOOL", help = help("Pitches as intervals, in inputs and output", |d| d.model.relative))]
    pub(super) relative: Option<bool>,
    #[arg(long, value_name = "BOOL", help = help("Score what followed where the piece has played the same before, in any key", |d| d.model.matches))]
    pub(super) matches: Option<bool>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Preset {
    Default,
    Seed,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Training")]
pub(super) struct Training {
    #[arg(long, value_name = "N", help = help("Decides everything that is drawn", |d| d.seed))]
    pub(super) seed: Option<u64>,
    #[arg(long, value_name = "N", help = help("Events through which gradients flow", |d| d.seq_len))]
    pub(super) seq_len: Option<usize>,
    #[arg(long, value_name = "N", help = help("Songs side by side", |d| d.batch_size))]
    pub(super) batch_size: Option<usize>,
    #[arg(long, value_name = "X", help = help("Learning rate after the warm-up", |d| d.learning_rate))]
    pub(super) learning_rate: Option<f64>,
    #[arg(long, value_name = "N", help = help("Steps over which the learning rate rises", |d| d.warmup_steps))]
    pub(super) warmup_steps: Option<u64>,
    #[arg(long, value_name = "X", help = help("Decoupled weight decay of AdamW", |d| d.weight_decay))]
    pub(super) weight_decay: Option<f64>,
    #[arg(long, value_name = "X", help = help("Largest norm of the gradients, 0 for any", |d| d.max_grad_norm))]
    pub(super) max_grad_norm: Option<f64>,
    #[arg(long, value_name = "P", help = help("Probability of a value to be dropped", |d| d.dropout))]
    pub(super) dropout: Option<f64>,
    #[arg(long, value_name = "P", help = help("Dropout of the history: of a field of one of the last 8 events", |d| d.last_dropout))]
    pub(super) last_dropout: Option<f64>,
    #[arg(long, value_name = "X", help = help("AdamW's decay of the first moment", |d| d.beta1))]
    pub(super) beta1: Option<f64>,
    #[arg(long, value_name = "X", help = help("AdamW's decay of the second moment", |d| d.beta2))]
    pub(super) beta2: Option<f64>,
    #[arg(long, value_name = "X", help = help("AdamW's term beside the root", |d| format!("{:e}", d.eps)))]
    pub(super) eps: Option<f64>,
    /// Epochs from one validation to the next [default: 1, or as many as hold 25 steps]
    #[arg(long, value_name = "EPOCHS")]
    pub(super) validate_every: Option<u64>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Budget (the first to be reached ends the run; may be changed with --resume)")]
pub(super) struct Budget {
    #[arg(long, value_name = "N", help = epochs_help())]
    pub(super) epochs: Option<u64>,
    /// Steps of the optimizer
    #[arg(long, value_name = "N")]
    pub(super) steps: Option<u64>,
    /// Minutes in the training loop
    #[arg(long, value_name = "X")]
    pub(super) minutes: Option<f64>,
    #[arg(long, value_name = "N", help = help("Validations without a better loss, 0 for any number", |d| d.budget.patience))]
    pub(super) patience: Option<u64>,
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

fn parse_fields(text: &str) -> Result<Fields, String> {
    let field = |name: &str| {
        let others = [Field::Velocity, Field::Instrument];
        let found = others.into_iter().find(|field| field.name() == name.trim());
        found.ok_or_else(|| format!("\"{}\" is neither velocity nor instrument", name.trim()))
    };
    if text == "none" {
        return Ok(Fields(Vec::new()));
    }
    Ok(Fields(text.split(',').map(field).collect::<Result<_, _>>()?))
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
