//! `gpu-lstm`: parse, call, print the error with its causes, exit.

mod cli;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let environment = env_logger::Env::default().default_filter_or("warn");
    env_logger::Builder::from_env(environment).init();
    match cli::Cli::parse().run() {
        Ok(code) => code,
        Err(error) => {
            // The alternate form of anyhow's errors is the whole chain.
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
