//! The folder of a run: its files, and that no two runs get in each other's way.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use super::{TrainConfig, Watcher};
use crate::error::{Error, Result};

/// Where runs go that were given no folder.
pub const LATEST_RUN: &str = "runs/latest";

/// Where a new run goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// [`LATEST_RUN`]; a run that is there becomes `runs/previous-N`.
    Latest,
    /// A folder that holds no run yet.
    Folder(PathBuf),
    /// A folder whose run may be replaced.
    Overwrite(PathBuf),
}

/// A run folder that this process alone writes to.
pub(super) struct RunFolder {
    path: PathBuf,
    /// Locked as long as it is open.
    _lock: File,
}

impl RunFolder {
    /// Makes the folder of a new run.
    pub(super) fn create(place: &Place, watcher: &dyn Watcher) -> Result<Self> {
        let path = match place {
            Place::Latest => Path::new(LATEST_RUN),
            Place::Folder(path) | Place::Overwrite(path) => path,
        };
        let folder = Self::open(path)?;
        let files = [folder.model(), folder.state(), folder.metrics()];
        if !files.iter().any(|file| file.exists()) {
            return Ok(folder);
        }
        match place {
            Place::Folder(_) => Err(Error::RunExists { path: path.into() }),
            Place::Overwrite(_) => {
                for file in files.iter().filter(|file| file.exists()) {
                    fs::remove_file(file).map_err(|source| Error::Write { path: file.into(), source })?;
                }
                Ok(folder)
            }
            Place::Latest => {
                drop(folder);
                let free = (1_u64..).map(|number| path.with_file_name(format!("previous-{number}")));
                let kept = free.into_iter().find(|kept| !kept.exists()).expect("numbers without end");
                fs::rename(path, &kept).map_err(|source| Error::Write { path: path.into(), source })?;
                watcher.note("run", &format!("the one in {} is kept as {}", path.display(), kept.display()));
                Self::open(path)
            }
        }
    }

    /// Opens the folder of a run that exists.
    pub(super) fn resume(path: &Path) -> Result<Self> {
        if !path.join("state.safetensors").is_file() {
            return Err(Error::NoRun { path: path.into() });
        }
        Self::open(path)
    }

    fn open(path: &Path) -> Result<Self> {
        let write = |source| Error::Write { path: path.into(), source };
        fs::create_dir_all(path).map_err(write)?;
        let lock = File::create(path.join(".lock")).map_err(write)?;
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(Error::RunBusy { path: path.into() }),
            // Some network file systems cannot lock; that must not keep anybody from training.
            Err(TryLockError::Error(error)) => log::warn!("{} cannot be locked: {error}", path.display()),
            Ok(()) => {}
        }
        Ok(Self { path: path.into(), _lock: lock })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The best model so far.
    pub(super) fn model(&self) -> PathBuf {
        self.path.join("model.safetensors")
    }

    /// The latest state.
    pub(super) fn state(&self) -> PathBuf {
        self.path.join("state.safetensors")
    }

    /// A row for each validation.
    pub(super) fn metrics(&self) -> PathBuf {
        self.path.join("metrics.csv")
    }

    /// The options of the run, for [`TrainConfig::load`](super::TrainConfig::load); nothing reads it when the run goes on.
    pub(super) fn write_config(&self, config: &TrainConfig) -> Result<()> {
        let path = self.path.join("config.toml");
        fs::write(&path, config.to_toml()).map_err(|source| Error::Write { path, source })
    }
}
