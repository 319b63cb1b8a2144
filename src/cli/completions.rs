//! `gpu-lstm completions`

use std::process::ExitCode;

use clap::{Args, CommandFactory as _};
use clap_complete::{Shell, generate};

/// Prints a script that lets a shell complete commands and options
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gpu-lstm completions bash > ~/.local/share/bash-completion/completions/gpu-lstm
  gpu-lstm completions fish > ~/.config/fish/completions/gpu-lstm.fish")]
pub(super) struct Completions {
    /// Shell to write for
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let mut script = Vec::new();
        generate(self.shell, &mut super::Cli::command(), env!("CARGO_PKG_NAME"), &mut script);
        super::print(String::from_utf8(script)?.trim_end())?;
        Ok(ExitCode::SUCCESS)
    }
}
