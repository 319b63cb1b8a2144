//! One file per subcommand: flags become a validated config, nothing more.

mod check;
mod compare;
mod devices;
mod eval;
mod generate;
mod inspect;
mod report;
mod score;
mod train;

use std::fmt::Display;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Trains an LSTM on MIDI files with hand-written WGSL compute shaders, on any GPU, and writes new music
#[derive(Debug, Parser)]
#[command(
    version,
    max_term_width = 120,
    after_help = "\
Examples:
  gpu-lstm devices                  which adapters there are
  gpu-lstm check                    whether the best of them computes what it should
  gpu-lstm inspect midi_songs       what is in a folder of MIDI files
  gpu-lstm train midi_songs         learn from it; results go to runs/latest
  gpu-lstm generate                 write a new piece into test_output.mid
  gpu-lstm eval runs/latest songs   how well the model predicts other music
  gpu-lstm compare made songs       how well what it wrote can be told apart from them
  gpu-lstm report runs/latest       learning curves, to open in a browser
  gpu-lstm score test_output.mid    sheet music of a MIDI file"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Train(Box<train::Train>),
    Generate(Box<generate::Generate>),
    Eval(eval::Eval),
    Compare(compare::Compare),
    Report(report::Report),
    Score(score::Score),
    Check(check::Check),
    Inspect(inspect::Inspect),
    Devices(devices::Devices),
}

impl Cli {
    /// Runs the subcommand.
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            Command::Train(train) => train.run(),
            Command::Generate(generate) => generate.run(),
            Command::Eval(eval) => eval.run(),
            Command::Compare(compare) => compare.run(),
            Command::Report(report) => report.run(),
            Command::Score(score) => score.run(),
            Command::Check(check) => check.run(),
            Command::Inspect(inspect) => inspect.run(),
            Command::Devices(devices) => devices.run(),
        }
    }
}

/// The model in a run folder, or the file itself.
fn model_file(path: &Path) -> anyhow::Result<PathBuf> {
    let file = if path.is_dir() { path.join("model.safetensors") } else { path.to_owned() };
    anyhow::ensure!(
        file.exists(),
        "{} does not exist; train a model first (`gpu-lstm train`) or name another one",
        file.display()
    );
    Ok(file)
}

/// The name of a file as a title: without its ending, underscores as spaces.
fn title(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().replace('_', " ")
}

/// Prints a line of results. Unlike `println!` it does not panic when nobody reads on (`gpu-lstm devices | head -1`).
fn print(text: impl Display) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{text}")
}
