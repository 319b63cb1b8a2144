//! `report.html` of a run: learning curves, figures, and how to go on, in one file that needs no other.
//!
//! Everything comes from the files of the run folder, so the page can be made anew at any time, and several runs can be
//! compared in one. While a run lasts the page reloads itself.

mod chart;
mod load;
mod page;

use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::train::MetricsRow;
use crate::whole_file;

/// Name of the page in the run folder.
pub const FILE_NAME: &str = "report.html";

/// A run as its folder shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// The run folder.
    pub folder: PathBuf,
    /// A row for each validation, in order; may be empty.
    pub rows: Vec<MetricsRow>,
    /// Corpus, network and training in figures.
    pub facts: Vec<Section>,
}

/// Figures under one heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The heading.
    pub title: &'static str,
    /// Names and values.
    pub rows: Vec<(String, String)>,
}

impl Run {
    /// Reads the metrics of a run folder and, where they are there, its model and its state; of these two the headers
    /// alone.
    ///
    /// # Errors
    /// [`crate::Error::Read`] when `metrics.csv` cannot be read, [`crate::Error::Checkpoint`] when model or state are
    /// damaged.
    pub fn load(folder: &Path) -> Result<Self> {
        load::load(folder)
    }

    /// The row with the least validation loss.
    fn best(&self) -> Option<&MetricsRow> {
        self.rows.iter().min_by(|one, other| one.validation_loss.total_cmp(&other.validation_loss))
    }

    /// The folder as a person names it.
    fn name(&self) -> String {
        self.folder.display().to_string()
    }
}

/// The page of one run or of several, side by side. With `is_running` it reloads itself.
pub fn page(runs: &[Run], is_running: bool) -> String {
    page::page(runs, is_running)
}

/// The losses of all runs over the steps, as an SVG document.
pub fn curves(runs: &[Run]) -> String {
    page::loss_chart(runs).document()
}

/// Writes [`FILE_NAME`] in a run folder. A page that cannot be written is a warning, never the end of a run.
pub(crate) fn refresh(folder: &Path, is_running: bool) {
    let written = Run::load(folder)
        .and_then(|run| whole_file::write(&folder.join(FILE_NAME), page(&[run], is_running).as_bytes()));
    if let Err(error) = written {
        log::warn!("the run goes on without its report: {error}");
    }
}
