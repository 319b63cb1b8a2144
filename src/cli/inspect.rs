//! `gpu-lstm inspect`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use gpu_lstm::music::inspect::Inspection;
use gpu_lstm::music::midi::read_folder_with;

use super::reading::Reading;

/// Shows what is in a folder of MIDI files before training on it
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gpu-lstm inspect                  the songs that come along
  gpu-lstm inspect my_midi --json   the same figures for programs")]
pub(super) struct Inspect {
    /// MIDI files to look at
    #[arg(value_name = "FOLDER", default_value = "midi_songs")]
    folder: PathBuf,
    #[command(flatten)]
    reading: Reading,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Inspect {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let inspection = Inspection::new(&read_folder_with(&self.folder, self.reading.pedal.unwrap_or_default())?);
        if self.json {
            super::print(serde_json::to_string_pretty(&inspection)?)?;
        } else {
            super::print(inspection)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
