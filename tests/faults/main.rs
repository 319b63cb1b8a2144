//! What may go wrong around a run: no room, no permission, sudden death, bytes that make no sense. Each ends in an error
//! that says what to do, with the last good files as they were.
#![cfg(unix)]

mod bytes;
#[path = "../common/mod.rs"]
mod common;
mod death;
mod device;
mod disk;
mod places;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use assert_cmd::cargo::cargo_bin;
use common::runs::TINY;

fn program(folder: &Path) -> Command {
    let mut command = Command::new(cargo_bin!("gpu-lstm"));
    command.current_dir(folder);
    command
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace()
}

/// Trains into `run` with the sizes of tests.
fn train(mut program: Command, run: &str, options: &str) -> Output {
    program.args(["train", "songs", "--run", run]).args(TINY).args(words(options)).output().expect("it starts")
}

fn resume(mut program: Command, run: &str, options: &str) -> Output {
    program.args(["train", "--resume", "--run", run]).args(words(options)).output().expect("it starts")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[track_caller]
fn assert_succeeds(output: &Output) {
    assert!(output.status.success(), "{:?}: {}", output.status, stderr(output));
}

#[track_caller]
fn assert_fails(output: &Output, parts: &[&str]) {
    let message = stderr(output);
    assert_eq!(output.status.code(), Some(1), "{message}");
    for part in parts {
        assert!(message.contains(part), "\"{part}\" is not in: {message}");
    }
}

/// The files of a folder with their bytes, apart from its lock.
fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let files = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<_> = files.filter(|path| path.is_file() && !path.ends_with(".lock")).collect();
    files.sort();
    files.into_iter().map(|path| (path.clone(), fs::read(path).expect("a file"))).collect()
}

#[track_caller]
fn wait_until(what: &str, is_true: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_true() {
        assert!(began.elapsed() < Duration::from_secs(60), "{what}: not within a minute");
        std::thread::sleep(Duration::from_millis(2));
    }
}
