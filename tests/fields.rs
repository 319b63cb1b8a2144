//! Velocity and instrument, from the files that are learned from to those that are written.

mod common;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use assert_cmd::cargo::cargo_bin;
use gpu_lstm::checkpoint::ModelFile;
use gpu_lstm::music::events::Field;
use gpu_lstm::music::midi::{Note, WriteOptions, read_folder, write};
use midly::{MidiMessage, Smf, TrackEventKind};
use tempfile::TempDir;

/// A tune over a bass, loud on the beat; the bass is played by another instrument where asked for.
fn song(number: u32, bass: u8) -> Vec<Note> {
    let tune = (0..48).map(|at| {
        let note = Note::new(12 * at, 60 + ((at * (number + 3)) % 12) as u8, 12);
        Note { velocity: if at % 2 == 0 { 100 } else { 60 }, ..note }
    });
    let bass = (0..12).map(|at| Note { instrument: bass, ..Note::new(48 * at, 36 + (at * number % 7) as u8, 48) });
    tune.chain(bass).collect()
}

/// A folder of six songs.
fn songs(bass: u8) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    fs::create_dir(folder.path().join("songs")).expect("a folder");
    for number in 0..6 {
        let options = WriteOptions { tempo_bpm: 132.0, time_signature: (3, 4) };
        let path = folder.path().join(format!("songs/{number}.mid"));
        fs::write(path, write(&song(number, bass), &options)).expect("a song");
    }
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(cargo_bin!("gpu-lstm")).current_dir(folder).args(arguments).output().expect("the program starts")
}

#[track_caller]
fn succeed(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {message}");
    message + &String::from_utf8_lossy(&output.stdout)
}

/// Trains for a moment.
#[track_caller]
fn train(folder: &Path, arguments: &[&str]) -> (String, ModelFile) {
    let sizes = ["--embedding-size", "8", "--stream-size", "8", "--combined-size", "8", "--shared-size", "8"];
    let train = [
        "train",
        "songs",
        "--steps",
        "60",
        "--warmup-steps",
        "2",
        "--seq-len",
        "8",
        "--batch-size",
        "2",
        "--head-size",
        "8",
    ];
    let printed = succeed(folder, &[&train[..], &sizes, arguments].concat());
    (printed, ModelFile::load(&folder.join("runs/latest/model.safetensors")).expect("a model"))
}

/// The notes of a piece.
fn generate(folder: &Path, arguments: &[&str]) -> Vec<Note> {
    succeed(folder, &[&["generate", "--events", "60", "--no-end", "-o", "piece.mid"], arguments].concat());
    read_folder(&folder.join("piece.mid")).expect("a piece").songs.remove(0).notes
}

#[test]
fn loudness_is_learned_where_the_songs_vary_in_it() {
    let folder = songs(0);
    let (printed, model) = train(folder.path(), &[]);
    assert!(printed.contains("offset + note + duration + velocity"), "{printed}");
    let [offset, pitch, duration] = Field::CORE;
    assert_eq!(model.config.fields, [offset, pitch, duration, Field::Velocity]);
    let loud = generate(folder.path(), &["--seed", "3"]);
    let velocities: std::collections::BTreeSet<u8> = loud.iter().map(|note| note.velocity).collect();
    assert!(velocities.len() > 1 && velocities.iter().all(|velocity| velocity % 4 == 0 || *velocity == 1));
    assert_eq!(loud, generate(folder.path(), &["--seed", "3"]));
    // A temperature of 0 for the fourth field takes the most likely loudness of each note.
    let steady = generate(folder.path(), &["--seed", "3", "--temperature", "1,1,1,0"]);
    let changes = |notes: &[Note]| notes.windows(2).filter(|pair| pair[0].velocity != pair[1].velocity).count();
    assert!(changes(&steady) < changes(&loud), "{steady:?}");
    let metrics = fs::read_to_string(folder.path().join("runs/latest/metrics.csv")).expect("metrics");
    let column = metrics.lines().next().expect("a header").split(',').position(|name| name == "validation_velocity");
    let last = metrics.lines().last().expect("a row").split(',').nth(column.expect("a column")).expect("a value");
    assert!(last.parse::<f64>().expect("a number") > 0.0);
    let scores = succeed(folder.path(), &["eval", "runs/latest", "songs"]);
    assert!(scores.contains("velocity "), "{scores}");
}

#[test]
fn fields_that_are_not_asked_for_are_not_learned() {
    let folder = songs(0);
    let (printed, model) = train(folder.path(), &["--fields", "none"]);
    assert!(printed.contains("is not learned"), "{printed}");
    assert_eq!(model.config.fields, Field::CORE);
    let piece = generate(folder.path(), &["--program", "6"]);
    assert!(piece.iter().all(|note| (note.velocity, note.instrument) == (80, 6)), "{piece:?}");
    let output = run(folder.path(), &["train", "songs", "--fields", "loudness"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("neither velocity nor instrument"));
    let other = ["train", "songs", "--from", "runs/latest", "--fields", "velocity", "--steps", "1"];
    let output = run(folder.path(), &other);
    assert!(String::from_utf8_lossy(&output.stderr).contains("other sizes or inputs"));
    let (_, model) = train(folder.path(), &["--from", "runs/latest", "--run", "runs/next"]);
    assert_eq!(model.config.fields, Field::CORE);
}

#[test]
fn instruments_are_learned_and_written_one_track_each() {
    let folder = songs(42);
    let (_, model) = train(folder.path(), &[]);
    assert_eq!(model.config.fields, Field::ORDER);
    assert_eq!((model.training.timing.tempo, model.training.timing.time_signature), (132.0, (3, 4)));
    // The two instruments of the songs are the most likely, nearly alike at this temperature.
    let notes = generate(folder.path(), &["--top-k", "0,0,0,0,2", "--temperature", "1,1,1,1,3"]);
    let programs: std::collections::BTreeSet<u8> = notes.iter().map(|note| note.instrument).collect();
    assert!(programs.contains(&0) && programs.contains(&42), "{programs:?}");
    let bytes = fs::read(folder.path().join("piece.mid")).expect("a file");
    let file = Smf::parse(&bytes).expect("a MIDI file");
    assert_eq!(file.tracks.len(), 1 + programs.len(), "tempo and time signature, and a track for each instrument");
    for (track, channel) in file.tracks[1..].iter().zip(0..) {
        let channels = track.iter().filter_map(|event| match event.kind {
            TrackEventKind::Midi { channel, message: MidiMessage::NoteOn { .. } } => Some(channel.as_int()),
            _ => None,
        });
        assert!(channels.clone().all(|other| other == channel) && channels.count() > 0, "channel {channel}");
    }
    let song = read_folder(&folder.path().join("piece.mid")).expect("a piece").songs.remove(0);
    assert_eq!((song.tempo.map(f64::round), song.time_signature), (Some(132.0), Some((3, 4))));
    let output = run(folder.path(), &["generate", "--melody", "songs/1.mid"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("a melody needs a model of one instrument"));
}

#[test]
fn a_folder_is_shown_with_its_levels_and_instruments() {
    let printed = succeed(songs(42).path(), &["inspect", "songs"]);
    assert!(printed.contains("3 levels, 60 to 100"), "{printed}");
    assert!(printed.contains("program 0 (288 notes)  program 42 (72 notes)"), "{printed}");
}
