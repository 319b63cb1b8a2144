//! What a run is made of: plain data, validated once, stored in the state of the run.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Budget;
use crate::error::{Error, Result};
use crate::model::config::ModelConfig;
use crate::music::events::Field;
use crate::music::midi::Pedal;
use crate::paths;

/// To which keys songs are moved. Written as `"key"`, or as lowest and highest number of semitones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Transpose {
    /// Each song once to C major or A minor, see [`crate::music::key`]; validation songs too.
    #[serde(rename = "key")]
    Key,
    /// By this many semitones, lowest and highest, anew in each pass.
    #[serde(untagged)]
    Range(i32, i32),
}

impl Transpose {
    /// Every song in all twelve keys.
    pub const ALL: Self = Self::Range(-6, 5);
    /// Every song in its own key.
    pub const NONE: Self = Self::Range(0, 0);

    /// Semitones by which songs are moved anew in each pass, lowest and highest.
    pub fn range(self) -> (i32, i32) {
        match self {
            Self::Key => (0, 0),
            Self::Range(low, high) => (low, high),
        }
    }
}

/// Everything that decides what a run computes. Its defaults are the defaults of `gpu-lstm train`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainConfig {
    /// Folder of the music.
    #[serde(with = "paths")]
    pub folder: PathBuf,
    /// Folder of the music to measure by; without it a share of `folder` is held back.
    #[serde(with = "paths::optional")]
    pub validation: Option<PathBuf>,
    /// Share of the songs that is held back, above 0 and below 1.
    pub validation_share: f64,
    /// Whether near-copies of a song may lie on both sides of the split; copies never do.
    pub keep_duplicates: bool,
    /// How the sustain pedal is read.
    pub pedal: Pedal,
    /// Decides initial values, split, order of the songs, transpositions and dropout.
    pub seed: u64,
    /// A model whose parameters the network begins with, as [`ModelPlace::find`](crate::checkpoint::ModelPlace::find) finds it;
    /// without it they are random.
    #[serde(with = "paths::optional")]
    pub from: Option<PathBuf>,
    /// The fields of an event that the network learns, besides offset, note and duration. Without it velocity and instrument
    /// are learned where the songs vary in them.
    pub fields: Option<Vec<Field>>,
    /// Sizes of the network; with `from` those of that model.
    pub model: ModelConfig,
    /// Time steps through which gradients flow (T).
    pub seq_len: usize,
    /// Songs that are played side by side (B).
    pub batch_size: usize,
    /// To which keys songs are moved. Without it a new run decides by how tonal the songs are, and where they are not, by
    /// which of the two makes counts predict the held-out songs better.
    pub transpose: Option<Transpose>,
    /// Probability of a value to be dropped.
    pub dropout: f64,
    /// Probability that training drops a row of the history: a field of one of the last 8 events.
    pub last_dropout: f64,
    /// Learning rate after the warm-up.
    pub learning_rate: f64,
    /// Steps over which the learning rate rises.
    pub warmup_steps: u64,
    /// Decoupled weight decay of AdamW.
    pub weight_decay: f64,
    /// Largest global norm of the gradients; 0 leaves them as they are.
    pub max_grad_norm: f64,
    /// Decay of the first moment.
    pub beta1: f64,
    /// Decay of the second moment.
    pub beta2: f64,
    /// Added to the root of the second moment.
    pub eps: f64,
    /// Epochs from one validation to the next; without it as few as hold 25 steps.
    pub validate_every: Option<u64>,
    /// When to stop.
    pub budget: Budget,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            folder: "midi_songs".into(),
            validation: None,
            validation_share: 0.1,
            keep_duplicates: false,
            pedal: Pedal::Auto,
            seed: 0,
            from: None,
            fields: None,
            model: ModelConfig {
                fields: Field::CORE.to_vec(),
                input_vocab_sizes: Field::CORE.map(Field::ids).to_vec(),
                output_vocab_sizes: Field::CORE.map(Field::classes).to_vec(),
                embedding_size: 32,
                stream_size: 96,
                combined_size: 128,
                combined_layers: 1,
                shared_size: 128,
                head_size: 128,
                metre: true,
                chord: true,
                last: true,
                relative: true,
                matches: true,
            },
            seq_len: 16,
            batch_size: 32,
            transpose: None,
            dropout: 0.3,
            last_dropout: 0.7,
            learning_rate: 6e-3,
            warmup_steps: 50,
            weight_decay: 1e-1,
            max_grad_norm: 1.0,
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-8,
            validate_every: None,
            budget: Budget { epochs: None, steps: None, minutes: None, patience: 10 },
        }
    }
}

impl TrainConfig {
    /// The learning rate where training begins with the parameters of another model: what it has learned is soon lost at
    /// a higher one.
    pub const RATE_FROM_MODEL: f64 = 2e-3;

    /// The sizes of the network that this program set out from: the `seed` preset.
    pub fn seed_sizes() -> ModelConfig {
        ModelConfig {
            embedding_size: 64,
            stream_size: 256,
            combined_size: 512,
            combined_layers: 2,
            shared_size: 256,
            head_size: 128,
            ..Self::default().model
        }
    }

    /// Reads a TOML file, such as the `config.toml` of a run folder. What it leaves out is as by default; a `[model]` is given whole.
    ///
    /// # Errors
    /// [`Error::Read`]; [`Error::Config`] with file and line for anything that is no configuration.
    pub fn load(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|source| Error::Read { path: path.into(), source })?;
        toml::from_str(&text).map_err(|error| {
            Error::Config(format!("{} is no configuration: {}", path.display(), error.to_string().trim_end()))
        })
    }

    /// As a TOML file that [`TrainConfig::load`] reads.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("plain data")
    }

    /// An error that names the flag if a value makes no sense.
    pub fn validate(&self) -> Result<()> {
        self.model.validate()?;
        self.budget.validate()?;
        if self.validation.is_none() && !(self.validation_share > 0.0 && self.validation_share < 1.0) {
            return Err(Error::ValidationShare(self.validation_share));
        }
        for (flag, size) in [("--seq-len", self.seq_len), ("--batch-size", self.batch_size)] {
            within(flag, size as f64, 1.0, 60_000.0)?;
        }
        let (low, high) = self.transpose.unwrap_or(Transpose::NONE).range();
        if !(-127 <= low && low <= high && high <= 127) {
            let reason =
                format!("--transpose {low},{high} is not possible; give semitones, lowest first, such as -5,6");
            return Err(Error::Config(reason));
        }
        within("--dropout", self.dropout, 0.0, 0.95)?;
        within("--last-dropout", self.last_dropout, 0.0, 0.95)?;
        within("--learning-rate", self.learning_rate, f64::MIN_POSITIVE, 1e30)?;
        within("--weight-decay", self.weight_decay, 0.0, 1e6)?;
        within("--max-grad-norm", self.max_grad_norm, 0.0, 1e30)?;
        within("--beta1", self.beta1, 0.0, 0.99999)?;
        within("--beta2", self.beta2, 0.0, 0.99999)?;
        within("--eps", self.eps, 1e-30, 1.0)?;
        match self.validate_every {
            Some(0) => Err(Error::Config("--validate-every is 0; it must be at least 1 epoch".into())),
            _ => Ok(()),
        }
    }
}

/// An error unless `low <= value <= high`; not a number is neither.
fn within(flag: &str, value: f64, low: f64, high: f64) -> Result<()> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(Error::Config(format!("{flag} is {value}; it must be between {low} and {high}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_is_read_as_it_is_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("config.toml");
        let written = TrainConfig {
            transpose: Some(Transpose::Range(-3, 4)),
            budget: Budget { minutes: Some(2.5), ..TrainConfig::default().budget },
            model: TrainConfig::seed_sizes(),
            ..TrainConfig::default()
        };
        for config in [written, TrainConfig { transpose: Some(Transpose::Key), ..TrainConfig::default() }] {
            std::fs::write(&path, config.to_toml()).expect("it writes");
            assert_eq!(TrainConfig::load(&path).expect("it reads"), config);
        }
        std::fs::write(&path, "dropout = 0.1\n").expect("it writes");
        let config = TrainConfig { dropout: 0.1, ..TrainConfig::default() };
        assert_eq!(TrainConfig::load(&path).expect("the rest is as by default"), config);
        std::fs::write(&path, "dropout = 0.1\ndropuot = 0.2\n").expect("it writes");
        let error = TrainConfig::load(&path).expect_err("no such key").to_string();
        assert!(error.contains("line 2") && error.contains("dropuot"), "{error}");
    }
}
