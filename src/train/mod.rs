//! `gpu-lstm train`: from a folder of music to a run folder.
//!
//! | file of the run folder | what it is |
//! |---|---|
//! | `model.safetensors` | the parameters with the best validation loss, see [`crate::checkpoint`] |
//! | `state.safetensors` | the latest state, from which [`resume`] continues bit for bit |
//! | `metrics.csv` | a [`MetricsRow`] for each validation |
//! | `report.html` | curves and figures, see [`crate::run_report`] |
//! | `config.toml` | the options, for [`TrainConfig::load`] and a run like this one |
//!
//! An epoch is one pass over the training songs, counted in rows. What a run computes depends on its configuration, the
//! music and the adapter, never on time: losses are read and validations held at steps that follow from these alone. Of a
//! budget in minutes two things do depend on time: where it ends, and the length of the learning rate's schedule, which is
//! measured over the first steps and then kept in the state. Without a budget, many songs get as many steps as a default time
//! is good for: measured once at a fixed step and kept in the state, so that from there on nothing depends on time.

mod budget;
mod config;
mod fields;
mod keys;
mod metrics;
mod music;
mod pace;
mod plan;
mod run_folder;
mod session;
mod state;
mod steps;
mod tonality;
mod validation;
mod watch;

use std::path::{Path, PathBuf};

use crate::engine::gpu::Gpu;
use crate::error::Result;
use crate::paths::shown;

pub use budget::{Budget, BudgetChange, DEFAULT_EPOCHS, DEFAULT_MINUTES, FEWEST_STEPS, TimeLimit, UNTIMED_STEPS};
pub use config::{TrainConfig, Transpose};
pub use metrics::{MetricsRow, read_metrics};
pub use plan::duration;
pub(crate) use plan::grouped;
pub use run_folder::{LATEST_RUN, Place};
pub use watch::{Moment, Silent, Watcher};

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
    /// The watcher said so; the state is saved.
    Interrupted {
        /// Steps run so far.
        step: u64,
    },
}

/// Starts a new run on `gpu`; `watcher` receives what happens.
///
/// # Errors
/// Anything of [`crate::Error`]; files that were saved before stay whole.
pub fn train(gpu: &Gpu, config: &TrainConfig, place: &Place, watcher: &dyn Watcher) -> Result<Outcome> {
    config.validate()?;
    place.check()?;
    introduce(gpu, config, watcher);
    let songs = Songs::read(config, watcher)?;
    let fields = fields::choose(config, &songs, watcher);
    let songs = songs.with_fields(&fields);
    let transpose = config.transpose.unwrap_or_else(|| tonality::choose(&songs, watcher));
    let model = config.model.clone().with_fields(&fields);
    let config = TrainConfig { transpose: Some(transpose), model, ..config.clone() };
    let music = Music::new(&songs, &config);
    Session::new(gpu, &config, music, None, watcher, || RunFolder::create(place, watcher))?.run()
}

/// Continues the run in `folder` as if it had never stopped. The budget may be changed; the learning rate follows the new
/// one from then on. Parameters as for [`train`].
///
/// # Errors
/// As [`train`]; [`crate::Error::NoRun`] when there is nothing to resume, [`crate::Error::CorpusChanged`] when the songs are
/// not those the run began with.
pub fn resume(gpu: &Gpu, folder: &Path, change: &BudgetChange, watcher: &dyn Watcher) -> Result<Outcome> {
    let folder = RunFolder::resume(folder)?;
    let (run, file) = RunState::load(&folder.state())?;
    let mut config = run.config.clone();
    config.budget = config.budget.changed_by(change);
    config.validate()?;
    introduce(gpu, &config, watcher);
    let music = Music::new(&Songs::read(&config, watcher)?.with_fields(&config.model.fields), &config);
    watcher.note("resuming", &format!("{} at step {}", shown(folder.path()), run.progress.step));
    Session::new(gpu, &config, music, Some((run, file)), watcher, || Ok(folder))?.run()
}

fn introduce(gpu: &Gpu, config: &TrainConfig, watcher: &dyn Watcher) {
    watcher.note("adapter", &gpu.describe());
    watcher.note("seed", &config.seed.to_string());
}
