//! `gpu-lstm`: parse, call, print the error with its causes, exit.

mod cli;

use std::process::ExitCode;

use clap::Parser as _;
use gpu_lstm::paths::printable;

fn main() -> ExitCode {
    let environment = env_logger::Env::default().default_filter_or("warn");
    env_logger::Builder::from_env(environment).init();
    match cli::Cli::parse().run() {
        Ok(code) => code,
        Err(error) if nobody_reads_on(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // The alternate form of anyhow's errors is the whole chain.
            eprintln!("error: {}", printable(&format!("{error:#}")));
            ExitCode::FAILURE
        }
    }
}

/// True when the reader of the standard output went away, as `head` does.
fn nobody_reads_on(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
