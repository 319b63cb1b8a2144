//! `gpu-lstm train`: from a folder of music to a run folder.
//!
//! | file of the run folder | what it is |
//! |---|---|
//! | `model.safetensors` | the parameters with the best validation loss, see [`crate::checkpoint`] |
//! | `state.safetensors` | the latest state, from which [`resume`] continues bit for bit |
//! | `metrics.csv` | a [`MetricsRow`] for each validation |
//!
//! An epoch is one pass over the training songs, counted in rows. What a run computes depends on its configuration, the
//! music and the adapter, never on time: losses are read and validations held at steps that follow from these alone. Of a
//! budget in minutes two things do depend on time: where it ends, and the length of the learning rate's schedule, which is
//! measured over the first steps and then kept in the state. Without a budget, many songs get as many steps as a default time
//! is good for: measured once at a fixed step and kept in the state, so that from there on nothing depends on time.

mod budget;
mod config;
mod keys;
mod metrics;
mod music;
mod pace;
mod report;
mod run_folder;
mod session;
mod state;
mod steps;
mod tonality;
mod validation;

use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::gpu::Gpu;
use crate::model::state_dict::parameter_count;

pub use budget::{Budget, BudgetChange, DEFAULT_EPOCHS, DEFAULT_MINUTES, FEWEST_STEPS, TimeLimit, UNTIMED_STEPS};
pub use config::{TrainConfig, Transpose};
pub use metrics::{MetricsRow, read_metrics};
pub(crate) use report::{duration, grouped};
pub use run_folder::{LATEST_RUN, Place};

use music::{Music, Songs};
use run_folder::RunFolder;
use session::Session;
use state::RunState;

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The budget is used up, or validation stopped improving.
    Finished {
        /// The file of the best model.
        model: PathBuf,
    },
    /// `stop` said so; the state is saved.
    Interrupted,
}

/// Starts a new run. What happens is written to stderr.
///
/// `adapter` selects as [`Gpu::new`] does. `stop` is asked before each step and within validations, with the number of
/// steps run so far; when it returns true the state is saved and the run ends as [`Outcome::Interrupted`].
///
/// # Errors
/// Anything of [`crate::Error`]; files that were saved before stay whole.
pub fn train(
    config: &TrainConfig,
    place: &Place,
    adapter: Option<&str>,
    stop: &dyn Fn(u64) -> bool,
) -> Result<Outcome> {
    config.validate()?;
    let gpu = Gpu::new(adapter)?;
    introduce(&gpu, config);
    let songs = Songs::read(config)?;
    let transpose = config.transpose.unwrap_or_else(|| tonality::choose(&songs));
    let config = TrainConfig { transpose: Some(transpose), ..config.clone() };
    let session = Session::new(&gpu, &config, Music::new(&songs, transpose), None, || RunFolder::create(place))?;
    session.run(stop)
}

/// Continues the run in `folder` as if it had never stopped. The budget may be changed; the learning rate follows the new
/// one from then on. Parameters as for [`train`].
///
/// # Errors
/// As [`train`]; [`crate::Error::NoRun`] when there is nothing to resume, [`crate::Error::CorpusChanged`] when the songs are
/// not those the run began with.
pub fn resume(
    folder: &Path,
    change: &BudgetChange,
    adapter: Option<&str>,
    stop: &dyn Fn(u64) -> bool,
) -> Result<Outcome> {
    let folder = RunFolder::resume(folder)?;
    let (run, file) = RunState::load(&folder.state())?;
    let mut config = run.config.clone();
    config.budget = config.budget.changed_by(change);
    config.validate()?;
    let gpu = Gpu::new(adapter)?;
    introduce(&gpu, &config);
    let music = Music::new(&Songs::read(&config)?, config.transpose.unwrap_or(Transpose::NONE));
    eprintln!("resuming    {} at step {}", folder.path().display(), run.progress.step);
    let session = Session::new(&gpu, &config, music, Some((run, file)), || Ok(folder))?;
    session.run(stop)
}

fn introduce(gpu: &Gpu, config: &TrainConfig) {
    eprintln!("adapter     {}", gpu.describe());
    eprintln!("seed        {}", config.seed);
    eprintln!("parameters  {}", parameter_count(&config.model));
}
