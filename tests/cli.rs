//! The program as a person runs it.

mod common;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use assert_cmd::cargo::cargo_bin;
use common::runs::{TINY, Workshop, write_songs};
use gpu_lstm::checkpoint::ModelFile;
use tempfile::TempDir;

/// `gpu-lstm` in a folder.
fn program(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(cargo_bin!("gpu-lstm"));
    command.current_dir(folder).args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    program(folder, arguments).output().expect("the program starts")
}

fn train(arguments: &[&str]) -> Vec<String> {
    ["train"].iter().chain(arguments).chain(&TINY).map(ToString::to_string).collect()
}

fn run_training(folder: &Path, arguments: &[&str]) -> Output {
    let arguments = train(arguments);
    run(folder, &arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Panics unless the program failed in good order, with all of `parts` in its message.
#[track_caller]
fn assert_fails(output: &Output, parts: &[&str]) {
    let message = stderr(output);
    assert!(matches!(output.status.code(), Some(1 | 2)), "{:?}: {message}", output.status);
    for part in parts {
        assert!(message.contains(part), "\"{part}\" is not in: {message}");
    }
    assert!(!message.contains("panicked"), "{message}");
}

fn folder_with_songs() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    write_songs(&folder.path().join("midi_songs"), 5);
    folder
}

#[test]
fn the_options_of_a_run_make_the_same_run_again() {
    let folder = TempDir::new().expect("a folder");
    write_songs(&folder.path().join("songs"), 5);
    let first = run_training(folder.path(), &["songs", "--steps=3", "--run=first"]);
    assert!(first.status.success(), "{}", stderr(&first));
    let again = |run: &str, more: &[&str]| {
        let run_flag = format!("--run={run}");
        let output = program(folder.path(), &[&["train", "--config=first/config.toml", &run_flag], more].concat());
        let output = { output }.output().expect("the program starts");
        assert!(output.status.success(), "{}", stderr(&output));
        fs::read(folder.path().join(run).join("model.safetensors")).expect("a model")
    };
    let model = fs::read(folder.path().join("first/model.safetensors")).expect("a model");
    assert!(again("second", &[]) == model, "the same options");
    assert!(again("third", &["--seed=6"]) != model, "another seed");
}

#[test]
fn training_in_the_default_folders_leaves_a_model_and_keeps_the_run_before() {
    let folder = folder_with_songs();
    let latest = folder.path().join("runs/latest");
    for number in 1..=2 {
        let output = run_training(folder.path(), &["--steps=2"]);
        assert!(output.status.success(), "{}", stderr(&output));
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "runs/latest/model.safetensors");
        for part in ["adapter ", "seed        5", "5 files, 5 songs", "parameters ", "step      2", "done "] {
            assert!(stderr(&output).contains(part), "\"{part}\" is not in: {}", stderr(&output));
        }
        let model = ModelFile::load(&latest.join("model.safetensors")).expect("a model");
        assert_eq!((model.training.steps, model.config.stream_size), (2, 8));
        assert_eq!(folder.path().join("runs/previous-1/model.safetensors").exists(), number == 2);
    }
    assert!(!folder.path().join("runs/previous-2").exists());
}

#[test]
fn a_folder_that_is_missing_or_empty_or_holds_one_song_is_an_error_with_a_next_step() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_fails(&run_training(folder.path(), &[]), &["midi_songs", "check that it exists"]);
    fs::create_dir(folder.path().join("empty")).expect("a folder");
    assert_fails(&run_training(folder.path(), &["empty"]), &["no MIDI files in", "empty", "put some there"]);
    write_songs(&folder.path().join("one"), 1);
    assert_fails(&run_training(folder.path(), &["one"]), &["cannot be split", "--validation"]);
    assert!(!folder.path().join("runs").exists(), "nothing is made for a run that did not begin");
}

#[test]
fn a_value_that_makes_no_sense_names_its_flag() {
    let folder = folder_with_songs();
    for (flag, part) in [
        ("--dropout=1", "--dropout is 1"),
        ("--last-dropout=1", "--last-dropout is 1"),
        ("--epochs=0", "--epochs is 0"),
        ("--minutes=-1", "--minutes is -1"),
        ("--eps=NaN", "--eps is NaN"),
        ("--beta2=1", "--beta2 is 1"),
        ("--adapter=no such thing", "no adapter's name contains"),
    ] {
        assert_fails(&run(folder.path(), &["train", flag]), &[part]);
    }
    assert_fails(&run(folder.path(), &["train", "--transpose=5,-5"]), &["--transpose 5,-5", "lowest first"]);
    assert_fails(&run(folder.path(), &["train", "--validation-share=1"]), &["validation share of 1"]);
}

#[test]
fn a_run_is_not_replaced_unless_asked() {
    let folder = folder_with_songs();
    assert!(run_training(folder.path(), &["--run=mine", "--steps=1"]).status.success());
    let again = run_training(folder.path(), &["--run=mine", "--steps=2"]);
    assert_fails(&again, &["mine already holds a run", "--resume", "--overwrite"]);
    assert!(run_training(folder.path(), &["--run=mine", "--overwrite", "--steps=2"]).status.success());
    let model = ModelFile::load(&folder.path().join("mine/model.safetensors")).expect("a model");
    assert_eq!(model.training.steps, 2);
}

#[test]
fn resuming_takes_a_new_budget_and_nothing_else() {
    let folder = folder_with_songs();
    assert_fails(&run(folder.path(), &["train", "--resume"]), &["no run to resume in runs/latest", "--run"]);
    assert!(run_training(folder.path(), &["--steps=2"]).status.success());
    for flag in ["--seq-len=8", "--learning-rate=1", "--seed=1", "--preset=seed", "midi_songs", "--overwrite"] {
        let output = run(folder.path(), &["train", "--resume", "--run=runs/latest", flag]);
        assert_fails(&output, &["--resume", "cannot be used with"]);
    }
    let output = run(folder.path(), &["train", "--resume", "--steps=30"]);
    assert!(output.status.success(), "{}", stderr(&output));
    for part in ["at step 2", "budget      30 steps: ", " more at "] {
        assert!(stderr(&output).contains(part), "\"{part}\" is not in: {}", stderr(&output));
    }
    let state = folder.path().join("runs/latest/state.safetensors");
    let bytes = fs::read(&state).expect("a state");
    fs::write(&state, &bytes[..bytes.len() / 2]).expect("written");
    assert_fails(&run(folder.path(), &["train", "--resume"]), &["state.safetensors cannot be used", "cut off"]);
    fs::copy(folder.path().join("runs/latest/model.safetensors"), &state).expect("copied");
    assert_fails(&run(folder.path(), &["train", "--resume"]), &["its format is \"gpu-lstm-3\""]);
}

/// Waits for what another process does.
#[track_caller]
fn wait_until(what: &str, is_true: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_true() {
        assert!(began.elapsed() < Duration::from_secs(60), "{what}: not within a minute");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
#[cfg(unix)]
fn a_run_that_is_interrupted_or_killed_ends_with_the_weights_of_one_that_was_not() {
    let workshop = Workshop::new();
    let folder = workshop.path("");
    let training = |run: &str| train(&["songs", "--steps=400", &format!("--run={run}")]);
    let spawn = |arguments: Vec<String>| {
        program(&folder, &arguments.iter().map(String::as_str).collect::<Vec<_>>()).spawn().expect("it starts")
    };
    let whole = spawn(training("whole")).wait_with_output().expect("it ends");
    assert!(whole.status.success(), "{}", stderr(&whole));

    let mut killed = spawn(training("parts"));
    wait_until("a model", || workshop.path("parts").join("model.safetensors").exists());
    killed.kill().expect("kill -9");
    killed.wait().expect("it is dead");

    let resume = || vec!["train".to_owned(), "--resume".to_owned(), "--run=parts".to_owned()];
    let state = workshop.path("parts").join("state.safetensors");
    let saved = || fs::metadata(&state).and_then(|metadata| metadata.modified()).expect("a time");
    let before = saved();
    let interrupted = spawn(resume());
    // It saves as it begins; from then on it reacts to Ctrl-C.
    wait_until("a resumed run saves", || saved() != before);
    Command::new("kill").args(["-INT", &interrupted.id().to_string()]).status().expect("a signal");
    let output = interrupted.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130), "{}", stderr(&output));
    assert!(stderr(&output).contains("go on with: gpu-lstm train --resume --run parts"), "{}", stderr(&output));
    let output = spawn(resume()).wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", stderr(&output));
    workshop.assert_same("whole", "parts");
}

#[test]
fn two_processes_cannot_train_in_one_folder() {
    let folder = folder_with_songs();
    let arguments = train(&["--run=mine", "--minutes=5"]);
    let mut first = program(folder.path(), &arguments.iter().map(String::as_str).collect::<Vec<_>>())
        .spawn()
        .expect("the program starts");
    wait_until("a state", || folder.path().join("mine/state.safetensors").exists());
    let second = run(folder.path(), &["train", "--resume", "--run=mine", "--steps=1"]);
    first.kill().expect("stopped");
    first.wait().expect("it is dead");
    assert_fails(&second, &["another process is training in mine"]);
}

#[test]
fn devices_are_listed_and_help_shows_examples() {
    let folder = tempfile::tempdir().expect("a folder");
    let devices = run(folder.path(), &["devices"]);
    assert!(devices.status.success(), "{}", stderr(&devices));
    let text = String::from_utf8_lossy(&devices.stdout).into_owned();
    assert!(text.starts_with("0: ") && text.contains("kernels "), "{text}");
    for arguments in [&["--help"][..], &["train", "--help"]] {
        let output = run(folder.path(), arguments);
        assert!(String::from_utf8_lossy(&output.stdout).contains("Examples:"), "{arguments:?}");
    }
}
