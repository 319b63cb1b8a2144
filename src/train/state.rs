//! Where a run stands, and the way into a file and back.

use std::path::Path;

use serde::{Deserialize, Deserializer, Serialize};

use super::{TimeLimit, TrainConfig};
use crate::checkpoint::StateFile;
use crate::error::{Error, Result};
use crate::model::{Model, TrainStep, state_dict};
use crate::music::dataset::Cursor;
use crate::music::events::FIELDS;

/// Everything about a run that is not a tensor. With the same music and adapter it continues bit for bit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct RunState {
    pub(super) config: TrainConfig,
    /// Stands for the tokens of the corpus.
    pub(super) fingerprint: String,
    pub(super) cursor: Cursor,
    pub(super) progress: Progress,
    /// Sums of losses on the device that were not read yet, of each field.
    #[serde(deserialize_with = "of_fields")]
    pub(super) totals: PerField<f32>,
    /// Norm of the last gradients, and the factor that clipped them.
    pub(super) clip: [f32; 2],
}

/// The counters of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Progress {
    /// Steps of the optimizer.
    pub(super) step: u64,
    /// The step of the last validation.
    pub(super) validated: u64,
    /// Sums of the losses of each field since then, in nats, as far as they were read.
    #[serde(deserialize_with = "of_fields")]
    pub(super) losses: PerField<f64>,
    /// The best validation loss, in nats per event.
    pub(super) best: Option<f64>,
    /// Validations since that one.
    pub(super) stale: u64,
    /// Seconds in the training loop.
    pub(super) seconds: f64,
    /// How many steps the time of the budget is good for.
    pub(super) plan: Option<TimePlan>,
}

/// A number for each of [`Field::ALL`](crate::music::events::Field::ALL).
type PerField<T> = [T; FIELDS];

/// States of the first versions have numbers of the first three fields.
fn of_fields<'de, D: Deserializer<'de>, T: Copy + Default + Deserialize<'de>>(
    from: D,
) -> std::result::Result<PerField<T>, D::Error> {
    let numbers = Vec::deserialize(from)?;
    Ok(std::array::from_fn(|field| numbers.get(field).copied().unwrap_or_default()))
}

/// A time in steps, measured once, so that the learning rate's schedule has an end that does not move.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct TimePlan {
    /// The time that was planned for.
    #[serde(flatten)]
    pub(super) limit: TimeLimit,
    /// The step at which it will be used up.
    pub(super) steps: u64,
}

impl RunState {
    /// A run that has not begun.
    pub(super) fn new(config: &TrainConfig, fingerprint: &str, cursor: Cursor) -> Self {
        let (config, fingerprint) = (config.clone(), fingerprint.to_owned());
        Self { config, fingerprint, cursor, progress: Progress::default(), totals: [0.0; FIELDS], clip: [0.0; 2] }
    }

    /// Reads and checks a state.
    pub(super) fn load(path: &Path) -> Result<(Self, StateFile)> {
        let refuse = |reason: String| Error::Checkpoint { path: path.into(), reason };
        let file = StateFile::load(path)?;
        let state: Self =
            serde_json::from_str(&file.run).map_err(|error| refuse(format!("its counters are damaged ({error})")))?;
        state.config.validate().map_err(|error| refuse(format!("its configuration is not possible: {error}")))?;
        let consistent = state.config.model == file.config
            && state.config.batch_size == file.batch_size
            && state.progress.validated <= state.progress.step;
        if consistent { Ok((state, file)) } else { Err(refuse("its parts contradict each other".into())) }
    }
}

/// Reads everything from the device that goes into the file; `None` when anything is not finite.
pub(super) fn capture(model: &Model, step: &TrainStep, run: &mut RunState) -> Result<Option<StateFile>> {
    run.totals.copy_from_slice(&step.activations.totals.read(&model.gpu)?);
    run.clip.copy_from_slice(&step.optimizer.clip.read(&model.gpu)?);
    if !run.totals.iter().chain(&run.clip).all(|value| value.is_finite()) {
        return Ok(None);
    }
    let [first, second] = &step.optimizer.moments;
    let moments = [first.read(&model.gpu)?, second.read(&model.gpu)?];
    let file = StateFile {
        config: model.config.clone(),
        batch_size: run.config.batch_size,
        run: serde_json::to_string(run).expect("plain data"),
        parameters: model.state_dict()?,
        moments: moments.map(|moment| state_dict::from_arena(&model.config, &moment)),
        carried: step.carried_state()?,
    };
    Ok(file.is_finite().then_some(file))
}

/// Puts back onto the device what [`capture`] read, except for the parameters, which the model began with.
pub(super) fn restore(model: &Model, step: &TrainStep, run: &RunState, file: &StateFile) -> Result<()> {
    for (moment, values) in step.optimizer.moments.iter().zip(&file.moments) {
        moment.write(&model.gpu, &state_dict::to_arena(&model.config, values).map_err(Error::Config)?);
    }
    step.set_carried_state(&file.carried);
    step.activations.totals.write(&model.gpu, &run.totals);
    step.optimizer.clip.write(&model.gpu, &run.clip);
    Ok(())
}
