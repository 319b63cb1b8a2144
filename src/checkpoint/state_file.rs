//! `state.safetensors`: everything a run needs to continue bit for bit.

use std::path::Path;

use super::file::{self, Reader};
use super::{common_metadata, read_config};
use crate::error::Result;
use crate::model::config::ModelConfig;
use crate::model::state_dict::names_and_shapes;
use crate::model::{Array, StateDict, carried_shapes};

const FORMAT: &str = "gpu-lstm-state-3";
/// What the tensors' names begin with: the parameters, and the two moments of Adam.
const PREFIXES: [&str; 3] = ["parameter/", "adam_m/", "adam_v/"];

/// A run on the host.
#[derive(Clone, Debug, PartialEq)]
pub struct StateFile {
    /// Sizes of the network.
    pub config: ModelConfig,
    /// Lanes (B) of the carried states.
    pub batch_size: usize,
    /// Counters and configuration of the run as JSON; what is in it is the training loop's business.
    pub run: String,
    /// Parameters by PyTorch's names.
    pub parameters: StateDict,
    /// First and second moment of each parameter.
    pub moments: [StateDict; 2],
    /// Hidden and cell of each LSTM layer, [B, U] each.
    pub carried: Vec<Vec<f32>>,
}

impl StateFile {
    /// True when every tensor is finite, as it must be to be loaded again.
    pub fn is_finite(&self) -> bool {
        let arrays = [&self.parameters, &self.moments[0], &self.moments[1]].into_iter().flatten();
        let values = arrays.flat_map(|(_, array)| &array.values).chain(self.carried.iter().flatten());
        values.into_iter().all(|value| value.is_finite())
    }

    /// Writes the file; an old one is replaced at once or not at all.
    pub fn save(&self, path: &Path) -> Result<()> {
        let mut metadata = common_metadata(FORMAT, &self.config);
        metadata.insert("batch_size".into(), self.batch_size.to_string());
        metadata.insert("run".into(), self.run.clone());
        let shapes = carried_shapes(&self.config, self.batch_size);
        let carried: Vec<_> = self
            .carried
            .iter()
            .zip(shapes)
            .map(|(values, shape)| Array { shape: shape.to_vec(), values: values.clone() })
            .collect();
        let mut tensors = Vec::new();
        for (prefix, state) in PREFIXES.iter().zip([&self.parameters, &self.moments[0], &self.moments[1]]) {
            tensors.extend(state.iter().map(|(name, array)| (format!("{prefix}{name}"), array)));
        }
        tensors.extend(carried.iter().enumerate().map(|(index, array)| (carried_name(index), array)));
        file::write(path, &metadata, &tensors, file::Precision::Single)
    }

    /// Reads [`run`](Self::run) alone.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn read_run(path: &Path) -> Result<String> {
        Ok(Reader::open(path)?.text("run")?.to_owned())
    }

    /// Reads and checks a file.
    ///
    /// # Errors
    /// [`crate::Error::Read`] or, for anything but a whole file of this format, [`crate::Error::Checkpoint`].
    pub fn load(path: &Path) -> Result<Self> {
        let reader = Reader::open(path)?;
        let config = read_config(&reader, FORMAT)?;
        let batch_size: usize = reader.json("batch_size")?;
        if !(1..=65_536).contains(&batch_size) {
            return Err(reader.refuse(format!("a batch size of {batch_size} is not possible")));
        }
        let run = reader.text("run")?.to_owned();
        let parameters = names_and_shapes(&config);
        let carried = carried_shapes(&config, batch_size);
        let mut expected = Vec::new();
        for prefix in PREFIXES {
            expected.extend(parameters.iter().map(|(name, shape)| (format!("{prefix}{name}"), shape.clone())));
        }
        expected.extend(carried.iter().enumerate().map(|(index, shape)| (carried_name(index), shape.to_vec())));

        let mut tensors = reader.tensors(&expected)?;
        let mut take = |name: &str| tensors.remove(name).expect("all expected tensors were read");
        let [parameters, first, second] = PREFIXES.map(|prefix| {
            parameters.iter().map(|(name, _)| (name.clone(), take(&format!("{prefix}{name}")))).collect()
        });
        let carried = (0..carried.len()).map(|index| take(&carried_name(index)).values).collect();
        Ok(Self { config, batch_size, run, parameters, moments: [first, second], carried })
    }
}

/// Hidden and cell by turns, first layer first.
fn carried_name(index: usize) -> String {
    format!("carried/{}_{}", ["hidden", "cell"][index % 2], index / 2)
}
