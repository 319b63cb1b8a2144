//! One file or folder per subcommand: flags become a validated config, nothing more.

mod check;
mod compare;
mod completions;
mod devices;
mod eval;
mod export;
mod generate;
mod inspect;
mod man;
mod models;
mod reading;
mod render;
mod report;
mod score;
mod train;

use std::fmt::Display;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use gpu_lstm::paths::printable;

/// Trains an LSTM on MIDI files with hand-written WGSL compute shaders, on any GPU, and writes new music
#[derive(Debug, Parser)]
#[command(
    version,
    bin_name = "gpu-lstm", // on Windows too, where the file is gpu-lstm.exe
    max_term_width = 120,
    after_help = "\
Examples:
  gpu-lstm devices                  which adapters there are
  gpu-lstm check                    whether the best of them computes what it should
  gpu-lstm inspect midi_songs       what is in a folder of MIDI files
  gpu-lstm train midi_songs         learn from it; results go to runs/latest
  gpu-lstm generate                 write a new piece into test_output.mid
  gpu-lstm generate chorales        the same with a model that comes along
  gpu-lstm render test_output.mid   turn it into sound, test_output.wav
  gpu-lstm eval runs/latest songs   how well the model predicts other music
  gpu-lstm compare made songs       how well what it wrote can be told apart from them
  gpu-lstm report runs/latest       learning curves, to open in a browser
  gpu-lstm score test_output.mid    sheet music of a MIDI file"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

/// What a newcomer needs.
const FIRST_STEPS: &str = "\
gpu-lstm writes music with an LSTM that runs on your GPU.

  gpu-lstm generate chorales --page music.html   new music from a model that comes along; open the page in a browser
  gpu-lstm train FOLDER                          learn from your own MIDI files
  gpu-lstm generate                              new music from what it learned

gpu-lstm --help lists all commands.";

#[derive(Debug, Subcommand)]
enum Command {
    Train(Box<train::Train>),
    Generate(Box<generate::Generate>),
    Render(render::Render),
    Eval(eval::Eval),
    Compare(compare::Compare),
    Report(report::Report),
    Score(score::Score),
    Check(check::Check),
    Inspect(inspect::Inspect),
    Models(models::Models),
    Export(export::Export),
    Devices(devices::Devices),
    Completions(completions::Completions),
    Man(man::ManPage),
}

impl Cli {
    /// Runs the subcommand.
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let Some(command) = self.command else {
            print(FIRST_STEPS)?;
            return Ok(ExitCode::SUCCESS);
        };
        match command {
            Command::Train(train) => train.run(),
            Command::Generate(generate) => generate.run(),
            Command::Render(render) => render.run(),
            Command::Eval(eval) => eval.run(),
            Command::Compare(compare) => compare.run(),
            Command::Report(report) => report.run(),
            Command::Score(score) => score.run(),
            Command::Check(check) => check.run(),
            Command::Inspect(inspect) => inspect.run(),
            Command::Models(models) => models.run(),
            Command::Export(export) => export.run(),
            Command::Devices(devices) => devices.run(),
            Command::Completions(completions) => completions.run(),
            Command::Man(man) => man.run(),
        }
    }
}

/// The name of a file as a title: without its ending, underscores as spaces.
fn title(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().replace('_', " ")
}

/// Prints a line of results, without control characters, which names of files may have. Unlike `println!` it does not panic
/// when nobody reads on (`gpu-lstm devices | head -1`).
fn print(text: impl Display) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{}", printable(&text.to_string()))
}
