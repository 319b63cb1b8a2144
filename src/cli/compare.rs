//! `gpu-lstm compare`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use gpu_lstm::music::discriminate::Comparison;
use gpu_lstm::music::midi::{Pedal, read_folder_with};
use gpu_lstm::music::report::{Report, Songs, Table};

use super::reading::Reading;

/// Compares generated music with music by people, figure by figure
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mkdir made; gpu-lstm generate --count 16 --no-end -o made/piece.mid   pieces to compare
  gpu-lstm compare made my_midi                             one number, and the features that separate them
  gpu-lstm compare made my_midi --json                      the same for programs

Each side needs 4 different pieces of 64 notes or more, and 20 excerpts of 64 notes.")]
pub(super) struct Compare {
    /// MIDI files that a model wrote
    #[arg(value_name = "GENERATED")]
    generated: PathBuf,
    /// MIDI files that people wrote, best those that the model was not trained on
    #[arg(value_name = "HUMAN")]
    human: PathBuf,
    #[command(flatten)]
    reading: Reading,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Compare {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let pedal = self.reading.pedal.unwrap_or_default();
        let (generated, human) = (songs(&self.generated, pedal)?, songs(&self.human, pedal)?);
        let comparison = Comparison::new(&generated.notes(), &human.notes())?;
        if self.json {
            super::print(serde_json::to_string_pretty(&comparison)?)?;
        } else {
            let reports: Vec<Report> = generated.notes().iter().map(|notes| Report::new(notes, Some(&human))).collect();
            super::print(Table::new(&reports, Some(&human)))?;
            super::print(comparison)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn songs(folder: &Path, pedal: Pedal) -> anyhow::Result<Songs> {
    let corpus = read_folder_with(folder, pedal)?;
    eprintln!("{corpus}");
    Ok(Songs::new(corpus.songs.into_iter().map(|song| (song.name, song.notes)).collect()))
}
