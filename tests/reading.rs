//! How the program reads MIDI files, as its options ask for, and what it reports of them.

mod common;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use assert_cmd::cargo::cargo_bin;
use common::runs::{TINY, write_songs};
use gpu_lstm::checkpoint::{ModelFile, StateFile};
use gpu_lstm::music::midi::{Note, Pedal, WriteOptions, write};

fn run(folder: &Path, arguments: &str) -> Output {
    let mut command = Command::new(cargo_bin!("gpu-lstm"));
    command.current_dir(folder).args(arguments.split_whitespace());
    if arguments.starts_with("train") && !arguments.contains("--resume") {
        command
            .args(TINY.iter().filter(|word| !arguments.contains("--validation") || !word.contains("validation-share")));
    }
    command.output().expect("the program starts")
}

/// What the program prints, results and progress.
#[track_caller]
fn succeed(folder: &Path, arguments: &str) -> [String; 2] {
    let output = run(folder, arguments);
    assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
    [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned())
}

#[track_caller]
fn assert_says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "\"{part}\" is not in: {text}");
    }
}

/// Notes of a beat on the beat, whose keys are held half as long as the pedal.
fn pedalled(notes: u8) -> Vec<u8> {
    let mut track = Vec::new();
    for note in 0..notes {
        let pitch = 50 + note * 7 % 23;
        track.extend([0, 0xb0, 64, 127, 0, 0x90, pitch, 64, 48, 0x90, pitch, 0, 48, 0xb0, 64, 0]);
    }
    track.extend([0, 0xff, 0x2f, 0]);
    let header = [&b"MThd\0\0\0\x06\0\0\0\x01\0\x60MTrk"[..], &(track.len() as u32).to_be_bytes()].concat();
    [header, track].concat()
}

#[test]
fn the_pedal_is_read_as_asked_and_a_run_stores_how() {
    let folder = tempfile::tempdir().expect("a folder");
    write_songs(&folder.path().join("songs"), 5);
    fs::write(folder.path().join("songs/pedal.mid"), pedalled(30)).expect("written");
    let inspect = |arguments: &str| succeed(folder.path(), &format!("inspect songs/pedal.mid {arguments}"))[0].clone();
    assert_says(
        &inspect(""),
        &["durations       1/2 (100.0 %)", "30 notes: longer if the sustain pedal", "--pedal hold"],
    );
    assert_says(&inspect("--pedal hold"), &["durations       1 (100.0 %)", "30 notes: held by", "--pedal ignore"]);
    let output = run(folder.path(), "inspect songs --pedal up");
    assert_says(&String::from_utf8_lossy(&output.stderr), &["'up'", "auto, hold, ignore"]);

    let [_, said] = succeed(folder.path(), "train songs --run held --steps 3 --pedal hold");
    assert_says(&said, &["pedal 30 notes: held by"]);
    let state = || StateFile::load(&folder.path().join("held/state.safetensors")).expect("a state").run;
    assert_says(&state(), &["\"pedal\":\"hold\""]);
    succeed(folder.path(), "train --resume --run held --steps 5");
    let model = ModelFile::load(&folder.path().join("held/model.safetensors")).expect("a model");
    assert_eq!(model.training.pedal, Pedal::Hold);
    assert_says(&succeed(folder.path(), "eval held songs")[1], &["pedal 30 notes: held by"]);
    assert_says(&succeed(folder.path(), "eval held songs --pedal ignore")[1], &["pedal 30 notes: longer if"]);
    // Another way to read would be other music.
    let path = folder.path().join("held/state.safetensors");
    let mut file = StateFile::load(&path).expect("a state");
    file.run = file.run.replace("\"pedal\":\"hold\"", "\"pedal\":\"ignore\"");
    file.save(&path).expect("saved");
    let output = run(folder.path(), "train --resume --run held --steps 9");
    assert_says(&String::from_utf8_lossy(&output.stderr), &["is not what this run began with"]);
}

#[test]
fn near_copies_are_listed_and_may_be_let_apart() {
    let folder = tempfile::tempdir().expect("a folder");
    let song = |shift: u8, stretch: u32, more: u32| -> Vec<u8> {
        let note = |at: u32| Note::new(12 * at * stretch, shift + (at * at % 29) as u8, 6);
        write(&(0..80 + more).map(note).collect::<Vec<_>>(), &WriteOptions::default())
    };
    let put = |name: &str, bytes: Vec<u8>| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, bytes).expect("written");
    };
    put("songs/a.mid", song(50, 1, 0));
    put("songs/b.mid", song(53, 2, 1));
    assert_says(&succeed(folder.path(), "inspect songs")[0], &["near-copies     a.mid, b.mid"]);
    let output = run(folder.path(), "train songs --run one --steps 2");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_says(&said, &["2 song(s) with 1 different one(s)", "--keep-duplicates"]);
    assert!(!folder.path().join("one").exists());
    let [_, said] = succeed(folder.path(), "train songs --run two --steps 2 --keep-duplicates");
    assert_says(
        &said,
        &["copies      1 of the held-out songs resemble songs to learn from and do not", "the first is "],
    );
    put("other/c.mid", song(40, 3, 2));
    let [_, said] = succeed(folder.path(), "train songs --validation other --run three --steps 2");
    assert_says(&said, &["copies      1 of the held-out songs resemble songs to learn from", "the first is c.mid"]);
}

#[test]
fn what_the_tokens_leave_out_is_said_before_training_and_with_its_scores() {
    let folder = tempfile::tempdir().expect("a folder");
    write_songs(&folder.path().join("songs"), 5);
    let long = [Note::new(48, 60, 24), Note::new(48 + 42 * 24, 62, 33 * 24)];
    fs::write(folder.path().join("songs/long.mid"), write(&long, &WriteOptions::default())).expect("written");
    let cut = "1 gap cut to 32 beats (beats lost: 10.0), 1 length cut to 32 beats (beats lost: 1.0), 1 rest at the beginning \
               left out (beats: 2)";
    assert_says(&succeed(folder.path(), "inspect songs")[0], &[&format!("cut             {cut}")]);
    assert_says(&succeed(folder.path(), "train songs --run run --steps 2")[1], &[&format!("cut         {cut}")]);
    let [_, said] = succeed(folder.path(), "eval run songs");
    assert_says(
        &said,
        &["nats are those of pitches, offsets and durations", &format!("left out of the 6 pieces: {cut}")],
    );
}
