//! `gpu-lstm man`

use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, CommandFactory as _};
use clap_mangen::Man;

/// Prints a manual page
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gpu-lstm man | man -l -                             read the page of the program
  gpu-lstm man train > ~/.local/share/man/man1/gpu-lstm-train.1")]
pub(super) struct ManPage {
    /// Command to describe [default: the program as a whole]
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
}

impl ManPage {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let mut program = super::Cli::command();
        program.build();
        let described = match &self.command {
            None => program,
            Some(name) => program
                .find_subcommand(name)
                .with_context(|| format!("there is no command \"{name}\"; `gpu-lstm --help` lists them"))?
                .clone(),
        };
        let mut page = Vec::new();
        Man::new(described).render(&mut page)?;
        super::print(String::from_utf8(page)?.trim_end())?;
        Ok(ExitCode::SUCCESS)
    }
}
