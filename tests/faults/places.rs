//! Outputs that cannot be, or must not be.

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;

use super::common::runs::Workshop;
use super::*;

/// A user without rights, on every Unix.
const NOBODY: u32 = 65_534;

#[test]
fn a_folder_that_may_not_be_written_to_is_found_before_any_work() {
    let workshop = Workshop::new();
    let folder = workshop.path("");
    let set = |path: &Path, mode: u32| fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("set");
    assert_succeeds(&train(program(&folder), "locked/run", "--steps 4"));
    let before = contents(&folder.join("locked/run"));
    set(&folder, 0o755);
    set(&folder.join("locked"), 0o555);
    set(&folder.join("locked/run"), 0o555);
    // Root may write anywhere, so somebody else tries.
    let is_root = fs::write(folder.join("locked/probe"), "").is_ok();
    let nobody = || {
        let mut program = program(&folder);
        if is_root {
            program.uid(NOBODY);
        }
        program
    };
    let started = Instant::now();
    for run in ["locked/new", "locked/new/deeper"] {
        let output = train(nobody(), run, "--steps 4");
        assert_fails(&output, &["cannot write to locked/new", "files cannot be made in locked ", "--run"]);
        assert!(!stderr(&output).contains("corpus "), "no file is read: {}", stderr(&output));
    }
    assert_fails(&resume(nobody(), "locked/run", ""), &["cannot write locked/run"]);
    let output = nobody().args(words("generate locked/run -o locked/x.mid")).output().expect("it starts");
    assert_fails(&output, &["cannot write to locked/x.mid: files cannot be made in locked "]);
    assert!(started.elapsed() < Duration::from_secs(30));
    assert_eq!(contents(&folder.join("locked/run")), before);
    set(&folder.join("locked"), 0o755);
    set(&folder.join("locked/run"), 0o755);
    assert!(!folder.join("locked/new").exists() && !folder.join("locked/x.mid").exists());
}

#[test]
fn outputs_are_checked_before_any_work_and_never_replace_an_input() {
    let workshop = Workshop::new();
    let folder = workshop.path("");
    assert_succeeds(&train(program(&folder), "run", "--steps 4"));
    fs::create_dir(folder.join("folder.mid")).expect("a folder");
    fs::copy(folder.join("songs/song_00.mid"), folder.join("copy-2.mid")).expect("copied");
    let song = "songs/song_00.mid";
    let before = [contents(&folder), contents(&folder.join("songs")), contents(&folder.join("run"))];
    for (arguments, parts) in [
        ("generate run -o nodir/x.mid", ["nodir/x.mid: the folder nodir does not exist", "make it first"]),
        ("generate run -o folder.mid", ["folder.mid: it is a folder", "name a file"]),
        ("generate run -o songs/song_00.mid/x.mid", ["songs/song_00.mid is no folder", "another place"]),
        ("generate run --prime songs/song_00.mid -o songs/../songs/song_00.mid", ["would replace", "another name"]),
        ("generate run -o run/model.safetensors", ["would replace", "another name"]),
        ("generate run --compare songs -o songs/song_01.mid", ["would replace what is read from songs", "another"]),
        ("generate run --count 2 -o copy.mid --prime copy-2.mid", ["would replace", "copy-2.mid"]),
        ("eval run songs --logits songs/song_00.mid", ["would replace what is read from songs", "another name"]),
        ("eval run songs --logits nodir/l", ["the folder nodir does not exist", "make it first"]),
        ("train songs --run songs/song_00.mid", ["song_00.mid is no folder", "--run"]),
        ("train songs --run songs/song_00.mid/run", ["song_00.mid is no folder", "--run"]),
        ("generate run --temperature -1", ["--temperature", "\"-1\" is not a number of 0 or more"]),
    ] {
        let output = program(&folder).args(words(arguments)).output().expect("it starts");
        let message = stderr(&output);
        assert!(matches!(output.status.code(), Some(1 | 2)), "{arguments}: {message}");
        for part in parts {
            assert!(message.contains(part), "{arguments}: \"{part}\" is not in: {message}");
        }
        assert!(!message.contains("adapter "), "{arguments}: no work is begun: {message}");
    }
    let after = [contents(&folder), contents(&folder.join("songs")), contents(&folder.join("run"))];
    assert!(after == before, "a file was touched");
    // A link stays one, and a device is written to.
    std::os::unix::fs::symlink("piece.mid", folder.join("link.mid")).expect("a link");
    fs::write(folder.join("piece.mid"), "old").expect("written");
    for output in ["link.mid", "/dev/null"] {
        assert_succeeds(
            &program(&folder).args(["generate", "run", "--prime", song, "-o", output]).output().expect("it starts"),
        );
    }
    assert!(folder.join("link.mid").is_symlink());
    assert!(fs::read(folder.join("piece.mid")).expect("a piece").starts_with(b"MThd"));
}
