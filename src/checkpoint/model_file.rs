//! `model.safetensors`: a trained network and what is needed to use it.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::file::{self, Precision, Reader};
use super::{common_metadata, read_config};
use crate::error::Result;
use crate::model::StateDict;
use crate::model::config::ModelConfig;
use crate::model::state_dict::names_and_shapes;
use crate::music::dataset::Limits;
use crate::music::key::KeyCounts;
use crate::music::midi::Pedal;
use crate::music::timing::Timing;

const FORMAT: &str = "gpu-lstm-3";

/// A network on the host.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelFile {
    /// Its sizes.
    pub config: ModelConfig,
    /// How it came to be.
    pub training: TrainingSummary,
    /// Its parameters by PyTorch's names.
    pub parameters: StateDict,
}

/// How a model came to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainingSummary {
    /// Songs it was trained on.
    pub songs: usize,
    /// Notes of these songs.
    pub notes: usize,
    /// Passes over them, when it was saved.
    pub epochs: f64,
    /// Steps of the optimizer, when it was saved.
    pub steps: u64,
    /// Validation loss in nats per event.
    pub validation_nats: f64,
    /// Seed of the run.
    pub seed: u64,
    /// How the sustain pedal was read.
    #[serde(default = "Pedal::unsaid")]
    pub pedal: Pedal,
    /// The tempo and the time signature of the songs.
    #[serde(default)]
    pub timing: Timing,
    /// What the songs it was trained on never do.
    pub limits: Limits,
    /// Where all songs were moved to C major or A minor before it learned them: the keys they were in. The network plays
    /// in these two alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<KeyCounts>,
}

impl ModelFile {
    /// Writes the file; an old one is replaced at once or not at all.
    pub fn save(&self, path: &Path) -> Result<()> {
        self.write(path, Precision::Single)
    }

    /// The same in half the bytes: parameters are rounded to `f16`.
    pub fn save_half(&self, path: &Path) -> Result<()> {
        self.write(path, Precision::Half)
    }

    fn write(&self, path: &Path, precision: Precision) -> Result<()> {
        let mut metadata = common_metadata(FORMAT, &self.config);
        metadata.insert("training".into(), serde_json::to_string(&self.training).expect("plain data"));
        let tensors: Vec<_> = self.parameters.iter().map(|(name, array)| (name.clone(), array)).collect();
        file::write(path, &metadata, &tensors, precision)
    }

    /// Reads what is known of the network, without its parameters.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn describe(path: &Path) -> Result<(ModelConfig, TrainingSummary)> {
        let reader = Reader::open(path)?;
        Ok((read_config(&reader, FORMAT)?, reader.json("training")?))
    }

    /// Reads and checks a file.
    ///
    /// # Errors
    /// [`crate::Error::Read`] or, for anything but a whole file of this format, [`crate::Error::Checkpoint`].
    pub fn load(path: &Path) -> Result<Self> {
        Self::read(Reader::open(path)?)
    }

    /// Reads a file in memory, `name` for messages; errors as [`ModelFile::load`].
    pub(super) fn from_bytes(name: &str, bytes: &'static [u8]) -> Result<Self> {
        Self::read(Reader::of_bytes(name, bytes)?)
    }

    fn read(reader: Reader) -> Result<Self> {
        let config = read_config(&reader, FORMAT)?;
        let training = reader.json("training")?;
        let parameters = reader.tensors(&names_and_shapes(&config))?;
        Ok(Self { config, training, parameters })
    }
}
