//! One file per subcommand: flags become a validated config, nothing more.

mod devices;
mod generate;
mod inspect;
mod train;

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
  gpu-lstm train midi_songs         learn from a folder of MIDI files; results go to runs/latest"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Train(Box<train::Train>),
    Generate(generate::Generate),
    Inspect(inspect::Inspect),
    Devices(devices::Devices),
}

impl Cli {
    /// Runs the subcommand.
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            Command::Train(train) => train.run(),
            Command::Generate(generate) => generate.run(),
            Command::Inspect(inspect) => inspect.run(),
            Command::Devices(devices) => devices.run(),
        }
    }
}
