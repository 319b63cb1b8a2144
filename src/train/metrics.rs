//! `metrics.csv`: one row for each validation.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::music::events::Field;
use crate::whole_file;

/// What a row takes on a disk, about.
const ROW_BYTES: u64 = 300;

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
    /// The part of the velocities, where they are learned.
    pub train_velocity: Option<f64>,
    /// The part of the instruments, where they are learned.
    pub train_instrument: Option<f64>,
    /// Mean over all events of the held-out songs, without dropout.
    pub validation_loss: f64,
    /// The part of the offsets.
    pub validation_offset: f64,
    /// The part of the notes.
    pub validation_note: f64,
    /// The part of the durations.
    pub validation_duration: f64,
    /// The part of the velocities, where they are learned.
    pub validation_velocity: Option<f64>,
    /// The part of the instruments, where they are learned.
    pub validation_instrument: Option<f64>,
    /// Learning rate of the last step.
    pub learning_rate: f64,
    /// Global norm of the gradients of the last step, before clipping.
    pub gradient_norm: f64,
    /// Events that were trained on per second since the last row, validation left out.
    pub events_per_second: f64,
    /// Seconds in the training loop so far.
    pub seconds: f64,
}

impl MetricsRow {
    /// The parts of the training loss: the fields that are learned, with what each costs.
    pub fn training(&self) -> Vec<(Field, f64)> {
        let Self { train_velocity, train_instrument, .. } = *self;
        parts([self.train_offset, self.train_note, self.train_duration], [train_velocity, train_instrument])
    }

    /// The parts of the validation loss.
    pub fn validation(&self) -> Vec<(Field, f64)> {
        let Self { validation_velocity, validation_instrument, .. } = *self;
        let core = [self.validation_offset, self.validation_note, self.validation_duration];
        parts(core, [validation_velocity, validation_instrument])
    }
}

fn parts(core: [f64; 3], others: [Option<f64>; 2]) -> Vec<(Field, f64)> {
    let losses = core.map(Some).into_iter().chain(others);
    Field::ALL.into_iter().zip(losses).filter_map(|(field, loss)| Some((field, loss?))).collect()
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

/// The file, which takes rows once it is open.
pub(super) struct Metrics {
    path: PathBuf,
    writer: Option<csv::Writer<File>>,
}

impl Metrics {
    /// Leaves the file as it is for now.
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.into(), writer: None }
    }

    /// Keeps the rows up to `step` of a file that exists: what came after the saved state will come again.
    pub(super) fn open(&mut self, step: u64) -> Result<()> {
        let path = &self.path;
        let rows = read_metrics(path).unwrap_or_default();
        let rows: Vec<&MetricsRow> = rows.iter().filter(|row| row.step <= step).collect();
        whole_file::replace(path, ROW_BYTES * (rows.len() as u64 + 1), |file| {
            let mut kept = csv::Writer::from_writer(file);
            for row in &rows {
                kept.serialize(row).map_err(io::Error::from)?;
            }
            kept.flush()
        })?;
        let fail = |source| Error::Write { path: path.clone(), source };
        let file = OpenOptions::new().append(true).open(path).map_err(fail)?;
        // The header goes before the first row, which may be the next one.
        let has_headers = file.metadata().map_err(fail)?.len() == 0;
        self.writer = Some(csv::WriterBuilder::new().has_headers(has_headers).from_writer(file));
        Ok(())
    }

    /// Appends a row and hands it to the system.
    pub(super) fn append(&mut self, row: &MetricsRow) -> Result<()> {
        let writer = self.writer.as_mut().expect("the run has begun");
        let written = writer.serialize(row).map_err(io::Error::from).and_then(|()| writer.flush());
        written.map_err(|source| whole_file::failure(&self.path, ROW_BYTES, source))
    }
}
