//! The help of every command and the commonest errors, word for word: the files in `tests/docs/snapshots`.
//!
//! After an intended change, `SNAPSHOTS=overwrite cargo test --test docs` records them again. What differs between systems
//! is left out of a file: `[..]` stands for the rest of a line, a line `...` for any lines.

use std::fs;
use std::path::{Path, PathBuf};

use snapbox::Data;
use tempfile::TempDir;

use super::{commands, program, root};

fn snapshot(name: &str) -> Data {
    Data::read_from(&root().join("tests/docs/snapshots").join(name).with_extension("txt"), None)
}

/// A folder with an empty one, a file that is no MIDI file and one song.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    for name in ["empty", "noise", "one"] {
        fs::create_dir(path(name)).expect("a folder");
    }
    fs::write(path("noise/letter.mid"), "Dear Madam,").expect("written");
    fs::copy(root().join("midi_songs/frere_jacques.mid"), path("one/frere_jacques.mid")).expect("copied");
    folder
}

#[test]
fn help() {
    let folder = folder();
    program(folder.path(), &["--help"]).assert().success().stdout_eq(snapshot("help"));
    for command in commands() {
        let expected = snapshot(&format!("help-{command}"));
        program(folder.path(), &[&command, "--help"]).assert().success().stdout_eq(expected);
    }
}

/// The message of a command that fails.
#[track_caller]
fn assert_error(name: &str, code: i32, arguments: &[&str]) {
    let folder = folder();
    let before = entries(folder.path());
    program(folder.path(), arguments).assert().code(code).stdout_eq("").stderr_eq(snapshot(name));
    assert_eq!(entries(folder.path()), before, "{name}: an error leaves nothing behind");
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    entries
}

#[test]
fn music_that_cannot_be_used() {
    assert_error("no-such-folder", 1, &["inspect", "missing"]);
    assert_error("empty-folder", 1, &["inspect", "empty"]);
    assert_error("nothing-readable", 1, &["inspect", "noise"]);
    assert_error("one-song", 1, &["train", "one"]);
    assert_error("too-little-to-compare", 1, &["compare", "one", "one"]);
}

#[test]
fn models_that_cannot_be_used() {
    assert_error("no-model", 1, &["generate"]);
    assert_error("not-a-model", 1, &["eval", "one/frere_jacques.mid", "one"]);
    assert_error("nothing-to-resume", 1, &["train", "--resume"]);
}

#[test]
fn values_that_make_no_sense() {
    assert_error("dropout", 1, &["train", "one", "--dropout=1"]);
    assert_error("transpose", 2, &["train", "--transpose=sideways"]);
    assert_error("temperature", 2, &["generate", "--temperature=hot"]);
    assert_error("range", 2, &["generate", "--range=C6-C3"]);
    assert_error("meter", 2, &["generate", "--meter=4/5"]);
    assert_error("option", 2, &["train", "--step=5"]);
    assert_error("overwrite-without-run", 2, &["train", "--overwrite"]);
}
