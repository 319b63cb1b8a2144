//! Songs learned in one key: what the network is fed, and what the program says and writes.

mod common;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

use assert_cmd::cargo::cargo_bin;
use common::runs::{Workshop, write_songs, write_songs_in_keys};
use gpu_lstm::checkpoint::ModelFile;
use gpu_lstm::music::key::Key;
use gpu_lstm::music::midi::{Song, read_folder};
use gpu_lstm::train::{TrainConfig, Transpose};
use tempfile::TempDir;

/// Semitones above C of the keys of the songs.
const TONICS: [u32; 6] = [7, 2, 0, 7, 9, 5];

fn run(folder: &Path, arguments: &str) -> Output {
    let arguments = arguments.split_whitespace().map(|word| word.replace('~', " "));
    Command::new(cargo_bin!("gpu-lstm")).current_dir(folder).args(arguments).output().expect("the program starts")
}

/// What the program prints, results and progress.
#[track_caller]
fn succeed(folder: &Path, arguments: &str) -> [String; 2] {
    let output = run(folder, arguments);
    assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
    [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned())
}

/// Trains for a few steps in `folder` and returns what was said.
#[track_caller]
fn train(folder: &Path, arguments: &str) -> String {
    let sizes = "--embedding-size 8 --stream-size 8 --combined-size 8 --shared-size 8 --head-size 8";
    let [_, said] = succeed(folder, &format!("train songs --steps 3 --seq-len 4 --batch-size 2 {sizes} {arguments}"));
    said
}

/// A folder with songs in several keys and a model of them in one.
fn trained() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    write_songs_in_keys(&folder.path().join("songs"), 6, |song| TONICS[song as usize]);
    train(folder.path(), "--transpose key");
    folder
}

#[track_caller]
fn generate(folder: &Path, arguments: &str) -> (Song, String) {
    let [printed, _] = succeed(folder, &format!("generate --events 40 --no-end -o piece.mid {arguments}"));
    (read_folder(&folder.join("piece.mid")).expect("a MIDI file").songs.remove(0), printed)
}

#[test]
fn moved_songs_give_the_same_run() {
    let workshop = Workshop::new();
    let mut fingerprints = Vec::new();
    // The same songs in other keys, all from C to F: the way back to that C is the shorter one.
    for (name, higher) in [("as they are", 0), ("higher", 2)] {
        let folder = workshop.path(name);
        write_songs_in_keys(&folder, 6, |song| (7 + song + higher * (song % 2)) % 6);
        let config = TrainConfig { folder, transpose: Some(Transpose::Key), ..workshop.config() };
        workshop.train(&format!("run {name}"), &config, &|step| step == 7).expect("it stops");
        workshop.resume(&format!("run {name}"), &|_| false).expect("it goes on");
        let run: serde_json::Value =
            serde_json::from_str(&workshop.state(&format!("run {name}")).run).expect("the counters are JSON");
        assert_eq!(run["config"]["transpose"], "key");
        fingerprints.push(run["fingerprint"].clone());
    }
    assert_eq!(fingerprints[0], fingerprints[1]);
    let [one, other] = ["run as they are", "run higher"].map(|run| workshop.state(run).parameters);
    assert!(one == other, "the weights differ");
}

#[test]
fn the_word_and_the_numbers_of_a_state_are_read() {
    for (text, want) in [
        ("\"key\"", Some(Transpose::Key)),
        ("[-3,3]", Some(Transpose::Range(-3, 3))),
        ("[0,0]", Some(Transpose::NONE)),
        ("null", None),
    ] {
        let read: Option<Transpose> = serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!((read, serde_json::to_string(&read).expect("plain data")), (want, text.to_owned()));
    }
    assert!(serde_json::from_str::<Option<Transpose>>("\"keys\"").is_err());
}

#[test]
fn the_model_stores_the_keys_of_the_songs_it_learned_from() {
    let folder = trained();
    let model = ModelFile::load(&folder.path().join("runs/latest/model.safetensors")).expect("a model");
    let keys = model.training.keys.expect("the songs were moved");
    let counted: u32 = keys.major.iter().sum();
    assert_eq!((counted as usize, keys.minor), (model.training.songs, [0; 12]));
    assert!((0..12).all(|tonic| keys.major[tonic] == 0 || TONICS.contains(&(tonic as u32))), "{keys:?}");
}

#[test]
fn tonal_songs_are_learned_in_one_key_and_others_are_counted() {
    let folder = TempDir::new().expect("a folder");
    write_songs_in_keys(&folder.path().join("songs"), 6, |song| TONICS[song as usize]);
    let said = train(folder.path(), "");
    assert!(said.contains("transpose   key: the songs, in "), "{said}");
    assert!(said.contains("half of them have 100 % of their notes or more in one scale"), "{said}");
    write_songs(&folder.path().join("songs"), 6);
    let said = train(folder.path(), "");
    assert!(said.contains("tonality    the songs are in no clear key"), "{said}");
    assert!(said.contains("nats per note"), "{said}");
    let said = train(folder.path(), "--transpose none");
    assert!(!said.contains("transpose "), "{said}");
    let state = gpu_lstm::checkpoint::StateFile::load(&folder.path().join("runs/latest/state.safetensors"));
    assert!(state.expect("a state").run.contains("\"transpose\":[0,0]"));
    let output = run(folder.path(), "train songs --transpose sideways");
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && message.contains("neither key, all nor none"), "{message}");
}

#[test]
fn a_key_moves_the_piece_and_limits_its_notes() {
    let folder = trained();
    let pitches = |song: &Song| song.notes.iter().map(|note| i32::from(note.pitch)).collect::<Vec<_>>();
    let in_d_minor = |pitch: i32| [2, 4, 5, 7, 9, 10, 11, 0, 1].contains(&(pitch % 12));
    let (d_minor, printed) = generate(folder.path(), "--key D~minor --range 40-90");
    assert!(pitches(&d_minor).into_iter().all(in_d_minor), "{:?}", d_minor.notes);
    assert!(printed.contains(" in D minor, cut at") || printed.contains(" in F major, cut at"), "{printed}");
    // D minor is five semitones above A minor, E minor five below.
    let (e_minor, _) = generate(folder.path(), "--key Em --range 30-80");
    let moved: Vec<i32> = pitches(&e_minor).into_iter().map(|pitch| pitch + 10).collect();
    assert_eq!(pitches(&d_minor), moved);
    let (c_sharp, printed) = generate(folder.path(), "--key Db --range C3-C6");
    let fits = |pitch: i32| (48..=84).contains(&pitch) && [1, 3, 5, 6, 8, 10, 0].contains(&(pitch % 12));
    assert!(pitches(&c_sharp).into_iter().all(fits), "{:?}", c_sharp.notes);
    assert!(printed.contains(" in Db major, ") || printed.contains(" in Bb minor, "), "{printed}");
}

#[test]
fn without_a_key_the_seed_draws_one_that_songs_had() {
    let folder = trained();
    let shift = |line: &str| {
        let (_, rest) = line.split_once(" in ").expect("a key is named");
        rest.split(',').next().expect("a key").parse::<Key>().unwrap_or_else(|error| panic!("{error}")).shift()
    };
    let of_songs = TONICS.map(|tonic| Key::new(tonic as i32, false).shift());
    let mut shifts = BTreeSet::new();
    for seed in 1..=8 {
        let (song, printed) = generate(folder.path(), &format!("--seed {seed}"));
        assert!(of_songs.contains(&shift(&printed)), "{printed}");
        assert_eq!(generate(folder.path(), &format!("--seed {seed}")), (song, printed.clone()));
        shifts.insert(shift(&printed));
    }
    assert!(shifts.len() > 1, "always {shifts:?}");
    let many = |arguments: &str| -> (usize, usize) {
        let arguments = format!("generate --events 9 --no-end --count 8 -o many.mid {arguments}");
        let [printed, _] = succeed(folder.path(), &arguments);
        let shifts: Vec<i32> = printed.lines().filter(|line| line.starts_with("many-")).map(shift).collect();
        (shifts.len(), shifts.iter().collect::<BTreeSet<_>>().len())
    };
    assert!(many("").0 == 8 && many("").1 > 1, "each piece has a key of its own: {:?}", many(""));
    assert_eq!(many("--range C4-C6"), (8, 1), "with a range all share one");
    let (song, _) = generate(folder.path(), "--range C4-C5");
    assert!(song.notes.iter().all(|note| (60..=72).contains(&note.pitch)), "{:?}", song.notes);
}

#[test]
fn a_primer_keeps_its_key() {
    let folder = trained();
    let songs = read_folder(&folder.path().join("songs")).expect("songs").songs;
    for (song, key) in [(0, ["G major", "E minor"]), (4, ["A major", "F# minor"])] {
        let prime = format!("--prime songs/song_{song:02}.mid --prime-events 12 --with-primer");
        let (piece, printed) = generate(folder.path(), &prime);
        assert_eq!(piece.notes[..12], songs[song].notes[..12]);
        assert!(key.iter().any(|key| printed.contains(&format!(" in {key}, "))), "{printed}");
    }
}

#[test]
fn a_model_in_all_keys_names_none_and_eval_takes_both() {
    let folder = trained();
    succeed(folder.path(), "eval runs/latest songs");
    train(folder.path(), "--transpose all");
    let (_, printed) = generate(folder.path(), "");
    assert!(printed.contains("seconds, cut at --events"), "{printed}");
    succeed(folder.path(), "eval runs/latest songs");
    succeed(folder.path(), "eval runs/previous-1 songs");
}
