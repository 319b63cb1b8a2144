//! The folder of a run: its files, and that no two runs get in each other's way.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use super::{TrainConfig, Watcher};
use crate::error::{Error, Result};
use crate::paths::shown;
use crate::whole_file::{self, writable};

/// Where runs go that were given no folder.
pub const LATEST_RUN: &str = "runs/latest";

/// Where a new run goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// [`LATEST_RUN`]; a run that is there becomes `runs/previous-N`.
    Latest,
    /// A folder that holds no run yet.
    Folder(PathBuf),
    /// A folder whose run may be replaced. Its files stay until the state of the new run is saved.
    Overwrite(PathBuf),
}

impl Place {
    /// The folder.
    fn path(&self) -> &Path {
        match self {
            Self::Latest => Path::new(LATEST_RUN),
            Self::Folder(path) | Self::Overwrite(path) => path,
        }
    }

    /// Checks before any work that a run can be made here, and leaves nothing behind.
    pub(super) fn check(&self) -> Result<()> {
        let path = self.path();
        let refuse = |reason: String| Err(Error::Output { path: path.into(), reason });
        if let Self::Folder(_) = self
            && holds_run(path)
        {
            return Err(Error::RunExists { path: path.into() });
        }
        let Some(there) = path.ancestors().find(|folder| folder.exists()) else { return Ok(()) };
        if !there.is_dir() {
            return refuse(format!("{} is no folder; choose another place with --run", shown(there)));
        }
        writable(there).or_else(|error| {
            refuse(format!("files cannot be made in {} ({error}); choose another place with --run", shown(there)))
        })
    }
}

/// The files of a run.
const FILES: [&str; 3] = ["model.safetensors", "state.safetensors", "metrics.csv"];

/// The file whose lock shows that a run is in progress.
const LOCK: &str = ".lock";

fn holds_run(path: &Path) -> bool {
    FILES.iter().any(|file| path.join(file).exists())
}

/// A run folder that this process alone writes to.
pub(super) struct RunFolder {
    path: PathBuf,
    /// Whether model and metrics of another run are there.
    replaces: bool,
    /// Where the run is kept that was here before.
    kept: Option<PathBuf>,
    /// Locked as long as it is open.
    _lock: File,
}

impl RunFolder {
    /// Makes the folder of a new run.
    pub(super) fn create(place: &Place, watcher: &dyn Watcher) -> Result<Self> {
        let path = place.path();
        let folder = Self::open(path)?;
        if !holds_run(path) {
            return Ok(folder);
        }
        match place {
            Place::Folder(_) => Err(Error::RunExists { path: path.into() }),
            Place::Overwrite(_) => Ok(Self { replaces: true, ..folder }),
            Place::Latest => {
                drop(folder);
                let free = (1_u64..).map(|number| path.with_file_name(format!("previous-{number}")));
                let kept = free.into_iter().find(|kept| !kept.exists()).expect("numbers without end");
                fs::rename(path, &kept).map_err(|source| Error::Write { path: path.into(), source })?;
                watcher.note("run", &format!("the one in {} is kept as {}", shown(path), shown(&kept)));
                Ok(Self { kept: Some(kept), ..Self::open(path)? })
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
        let lock = File::create(path.join(LOCK)).map_err(write)?;
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(Error::RunBusy { path: path.into() }),
            // Some network file systems cannot lock; that must not keep anybody from training.
            Err(TryLockError::Error(error)) => log::warn!("{} cannot be locked: {error}", shown(path)),
            Ok(()) => {}
        }
        Ok(Self { path: path.into(), replaces: false, kept: None, _lock: lock })
    }

    /// Puts the run that was here before back into its place, since the new one cannot be saved. The error to report is that
    /// of the save, so what fails here stays as it is.
    pub(super) fn give_back(&mut self, watcher: &dyn Watcher) {
        let Some(kept) = self.kept.take() else { return };
        let path = &self.path;
        let removed = fs::remove_file(path.join(LOCK)).and_then(|()| fs::remove_dir(path));
        if removed.and_then(|()| fs::rename(&kept, path)).is_ok() {
            watcher.note("run", &format!("the one in {} is back in {}", shown(&kept), shown(path)));
        }
    }

    /// Removes the model and the metrics of the run that this one replaces. Its state is replaced by now.
    pub(super) fn remove_replaced(&mut self) -> Result<()> {
        if std::mem::take(&mut self.replaces) {
            for file in [self.model(), self.metrics()].into_iter().filter(|file| file.exists()) {
                fs::remove_file(&file).map_err(|source| Error::Write { path: file, source })?;
            }
        }
        Ok(())
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
        whole_file::write(&self.path.join("config.toml"), config.to_toml().as_bytes())
    }
}
