//! The program as a person runs it in a folder.

use std::path::Path;
use std::process::{Command, Output};

use assert_cmd::cargo::cargo_bin;

/// Runs `gpu-lstm` with words as arguments. No SoundFont of the environment plays.
pub fn run(folder: &Path, arguments: &str) -> Output {
    let mut command = Command::new(cargo_bin!("gpu-lstm"));
    command.current_dir(folder).env_remove("SOUNDFONT").args(arguments.split_whitespace());
    command.output().expect("the program starts")
}

/// What it prints. Panics with its message where it fails.
#[track_caller]
pub fn succeed(folder: &Path, arguments: &str) -> String {
    let output = run(folder, arguments);
    assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
