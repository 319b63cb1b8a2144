//! `gpu-lstm export`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use gpu_lstm::checkpoint::ModelPlace;
use gpu_lstm::whole_file;

/// Writes a model in half the bytes, to pass it on
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  gpu-lstm export runs/latest -o bach.safetensors     parameters rounded to f16; generate and train --from read it")]
pub(super) struct Export {
    /// Run folder, model file, or a name of `gpu-lstm models`
    #[arg(value_name = "MODEL")]
    model: PathBuf,
    /// File to write
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

impl Export {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let place = ModelPlace::find(&self.model)?;
        whole_file::check(&self.output, &place.file().into_iter().collect::<Vec<_>>())?;
        place.load()?.save_half(&self.output)?;
        super::print(self.output.display())?;
        Ok(ExitCode::SUCCESS)
    }
}
