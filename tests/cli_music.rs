//! What the program prints and writes of music: `inspect`, `generate`, `eval`.

mod common;

use std::path::Path;
use std::process::{Command, Output};

use assert_cmd::cargo::cargo_bin;
use common::runs::write_songs;
use gpu_lstm::midi::read_folder;
use tempfile::TempDir;

fn run(folder: &Path, arguments: &str) -> Output {
    let arguments = arguments.split_whitespace();
    Command::new(cargo_bin!("gpu-lstm")).current_dir(folder).args(arguments).output().expect("the program starts")
}

#[track_caller]
fn succeed(folder: &Path, arguments: &str) -> String {
    let output = run(folder, arguments);
    assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A folder with songs and a model that was trained for two steps.
fn trained() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    write_songs(&folder.path().join("midi_songs"), 6);
    let sizes = "--embedding-size 8 --stream-size 8 --combined-size 8 --shared-size 8 --head-size 8";
    succeed(folder.path(), &format!("train --steps 2 --seq-len 4 --batch-size 2 {sizes}"));
    folder
}

#[test]
fn inspect_shows_the_corpus_to_people_and_programs() {
    let folder = TempDir::new().expect("a folder");
    write_songs(&folder.path().join("midi_songs"), 3);
    assert!(succeed(folder.path(), "inspect").contains("files           3"));
    let json: serde_json::Value = serde_json::from_str(&succeed(folder.path(), "inspect --json")).expect("JSON");
    assert_eq!(json["files"], 3);
}

#[test]
fn the_same_seed_gives_the_same_file_and_another_seed_another() {
    let folder = trained();
    let piece = |arguments: &str| {
        let printed = succeed(folder.path(), &format!("generate --events 20 -o piece.mid {arguments}"));
        assert!(printed.contains("piece.mid: "), "{printed}");
        std::fs::read(folder.path().join("piece.mid")).expect("the file is there")
    };
    assert_eq!(piece("--seed 1"), piece("--seed 1"));
    assert_ne!(piece("--seed 1"), piece("--seed 2"));
}

#[test]
fn several_pieces_go_to_numbered_files_that_can_be_read() {
    let folder = trained();
    succeed(folder.path(), "generate --events 30 --count 3 -o out.mid --temperature 0.8 --roll --compare midi_songs");
    for number in 1..=3 {
        read_folder(&folder.path().join(format!("out-{number}.mid"))).expect("a MIDI file");
    }
}

#[test]
fn a_primer_can_be_continued_and_written() {
    let folder = trained();
    let song =
        std::fs::read_dir(folder.path().join("midi_songs")).expect("songs").next().expect("one").expect("an entry");
    let prime = format!("generate --events 10 --prime {} --prime-events 5 -o a.mid", song.path().display());
    succeed(folder.path(), &prime);
    succeed(folder.path(), &format!("{prime} --with-primer"));
}

#[test]
fn eval_prints_the_model_beside_what_it_must_beat() {
    let folder = trained();
    let printed =
        succeed(folder.path(), "eval runs/latest midi_songs --train midi_songs --per-piece --json --logits l.st");
    let lines: Vec<serde_json::Value> = printed.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let names: Vec<_> = lines.iter().take(5).map(|line| line["name"].as_str().expect("a name")).collect();
    assert_eq!(names, ["model", "uniform", "unigram", "4-gram", "4-gram of 12 keys"]);
    assert_eq!(lines.len(), 11, "and the six pieces");
    assert!(folder.path().join("l.st").exists());
}

#[test]
fn a_missing_model_is_an_error_that_says_what_to_do() {
    let folder = TempDir::new().expect("a folder");
    let output = run(folder.path(), "generate");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("train a model first"));
}
