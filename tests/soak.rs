//! Trains and writes music in a loop: memory, open files and the files in its folder must stay as they are. `make soak
//! MINUTES=n` runs it.
#![cfg(target_os = "linux")]

mod common;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use common::runs::Workshop;
use gpu_lstm::checkpoint::ModelFile;
use gpu_lstm::engine::gpu::Gpu;
use gpu_lstm::generate::{GenerateOptions, generate};
use gpu_lstm::model::Model;
use gpu_lstm::music::midi::{WriteOptions, write};
use gpu_lstm::train::{BudgetChange, Place, Silent, resume, train};

/// KiB by which resident memory may grow from the second quarter of the rounds to the last.
const ALLOWED_KIB: u64 = 8 * 1024;

/// Fewest rounds that say something.
const ROUNDS: usize = 40;

/// What a round leaves.
#[derive(Clone, Copy, Debug)]
struct Usage {
    resident_kib: u64,
    open_files: usize,
    files: usize,
}

fn usage(folder: &Path) -> Usage {
    let status = fs::read_to_string("/proc/self/status").expect("a status");
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a size");
    Usage {
        resident_kib: resident.trim().trim_end_matches(" kB").parse().expect("a number"),
        open_files: fs::read_dir("/proc/self/fd").expect("open files").count(),
        files: files(folder),
    }
}

fn files(folder: &Path) -> usize {
    let paths = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    paths.map(|path| if path.is_dir() { files(&path) } else { 1 }).sum()
}

/// A run that is resumed, and pieces of its model.
fn round(gpu: &Gpu, workshop: &Workshop, number: usize) {
    let run = workshop.path("run");
    let mut config = workshop.config();
    config.seed = number as u64;
    train(gpu, &config, &Place::Overwrite(run.clone()), &Silent).expect("it trains");
    let more = BudgetChange { steps: Some(25), ..BudgetChange::default() };
    resume(gpu, &run, &more, &Silent).expect("it goes on");
    let file = ModelFile::load(&run.join("model.safetensors")).expect("a model");
    let model = Model::new(gpu, &file.config, &file.parameters).expect("it fits");
    let options = GenerateOptions { pieces: 3, events: 100, ..GenerateOptions::default() };
    for (piece, music) in generate(&model, &options).expect("pieces").iter().enumerate() {
        let path = workshop.path(&format!("piece-{piece}.mid"));
        fs::write(path, write(&music.notes, &WriteOptions::default())).expect("written");
    }
}

#[test]
#[ignore = "takes as many minutes as MINUTES says, 10 without; `make soak`"]
fn memory_open_files_and_files_stay_as_they_are() {
    let minutes = std::env::var("MINUTES").map_or(10.0, |minutes| minutes.parse().expect("MINUTES is a number"));
    let (end, workshop) = (Instant::now() + Duration::from_secs_f64(60.0 * minutes), Workshop::new());
    let gpu = Gpu::new(None).expect("an adapter");
    let mut rounds = Vec::new();
    while Instant::now() < end || rounds.len() < ROUNDS {
        round(&gpu, &workshop, rounds.len());
        rounds.push(usage(&workshop.path("")));
        if rounds.len().is_multiple_of(ROUNDS) {
            println!("round {}: {:?}", rounds.len(), rounds[rounds.len() - 1]);
        }
    }
    let quarter = rounds.len() / 4;
    let (second, last) = (&rounds[quarter..2 * quarter], &rounds[3 * quarter..]);
    let most = |rounds: &[Usage]| rounds.iter().map(|usage| usage.resident_kib).max().expect("some rounds");
    println!("{} rounds, at most {} KiB in the second quarter, {} in the last", rounds.len(), most(second), most(last));
    assert!(most(last) <= most(second) + ALLOWED_KIB, "memory grows");
    for usage in [second, last].concat() {
        assert_eq!((usage.open_files, usage.files), (second[0].open_files, second[0].files), "files are left");
    }
}
