//! `metrics.csv`: one row for each validation.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// One row. Losses are in nats per event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricsRow {
    /// Steps of the optimizer so far.
    pub step: u64,
    /// Passes over the training songs so far.
    pub epoch: f64,
    /// Mean over the events since the last row, with dropout.
    pub train_loss: f64,
    /// The part of the offsets.
    pub train_offset: f64,
    /// The part of the notes.
    pub train_note: f64,
    /// The part of the durations.
    pub train_duration: f64,
    /// Mean over all events of the held-out songs, without dropout.
    pub validation_loss: f64,
    /// The part of the offsets.
    pub validation_offset: f64,
    /// The part of the notes.
    pub validation_note: f64,
    /// The part of the durations.
    pub validation_duration: f64,
    /// Learning rate of the last step.
    pub learning_rate: f64,
    /// Global norm of the gradients of the last step, before clipping.
    pub gradient_norm: f64,
    /// Events that were trained on per second since the last row, validation left out.
    pub events_per_second: f64,
    /// Seconds in the training loop so far.
    pub seconds: f64,
}

/// The rows of a `metrics.csv`, in order. A row that a crash cut off does not parse, and is of a later step than the
/// saved state; it is left out.
///
/// # Errors
/// [`Error::Read`] when the file cannot be opened.
pub fn read_metrics(path: &Path) -> Result<Vec<MetricsRow>> {
    let reader =
        csv::Reader::from_path(path).map_err(|error| Error::Read { path: path.into(), source: error.into() })?;
    Ok(reader.into_deserialize().flatten().collect())
}

/// The file, open to append.
pub(super) struct Metrics {
    path: PathBuf,
    writer: csv::Writer<File>,
}

impl Metrics {
    /// Keeps the rows up to `step` of a file that exists: what came after the saved state will come again.
    pub(super) fn open(path: &Path, step: u64) -> Result<Self> {
        let fail = |source| Error::Write { path: path.into(), source };
        let rows = read_metrics(path).unwrap_or_default();
        let temporary = path.with_extension("csv.tmp");
        let mut kept = csv::Writer::from_path(&temporary).map_err(|error| fail(error.into()))?;
        for row in rows.iter().filter(|row| row.step <= step) {
            kept.serialize(row).map_err(|error| fail(error.into()))?;
        }
        kept.flush().map_err(fail)?;
        drop(kept);
        fs::rename(&temporary, path).map_err(fail)?;
        let file = OpenOptions::new().append(true).open(path).map_err(fail)?;
        // The header goes before the first row, which may be the next one.
        let has_headers = file.metadata().map_err(fail)?.len() == 0;
        let writer = csv::WriterBuilder::new().has_headers(has_headers).from_writer(file);
        Ok(Self { path: path.into(), writer })
    }

    /// Appends a row and hands it to the system.
    pub(super) fn append(&mut self, row: &MetricsRow) -> Result<()> {
        let written = self.writer.serialize(row).map_err(io::Error::from).and_then(|()| self.writer.flush());
        written.map_err(|source| Error::Write { path: self.path.clone(), source })
    }
}
