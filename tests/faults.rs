//! What may go wrong around a run: no room, no permission, sudden death, bytes that make no sense. Each ends in an error
//! that says what to do, with the last good files as they were.
#![cfg(unix)]

mod common;

use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use assert_cmd::cargo::cargo_bin;
use common::runs::{TINY, Workshop};
use gpu_lstm::checkpoint::{ModelFile, StateFile};

/// A user without rights, on every Unix.
const NOBODY: u32 = 65_534;

fn program(folder: &Path) -> Command {
    let mut command = Command::new(cargo_bin!("gpu-lstm"));
    command.current_dir(folder);
    command
}

/// `gpu-lstm` that cannot write files of more than 16 KiB.
fn limited(folder: &Path) -> Command {
    let mut command = Command::new("sh");
    // Blocks have 512 bytes or 1024. Without the trap the signal would end the process.
    command.args(["-c", "trap '' XFSZ; ulimit -f 16; exec \"$0\" \"$@\""]).arg(cargo_bin!("gpu-lstm"));
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

/// A path of any bytes.
fn path(bytes: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(bytes))
}

/// A file system of a few MiB, which only root can make.
struct SmallDisk {
    path: PathBuf,
}

impl SmallDisk {
    fn new(path: PathBuf) -> Option<Self> {
        fs::create_dir(&path).expect("a folder");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=4m", "tmpfs"]).arg(&path).output();
        mounted.is_ok_and(|output| output.status.success()).then_some(Self { path })
    }

    /// Takes all room that is left.
    fn fill(&self) {
        let mut filler = fs::File::create(self.path.join("filler")).expect("a file");
        while filler.write(&[0; 4096]).is_ok_and(|written| written > 0) {}
    }

    fn free(&self) {
        fs::remove_file(self.path.join("filler")).expect("removed");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.path).status();
    }
}

#[test]
fn a_file_that_grows_too_large_leaves_the_last_state_and_no_part_of_the_next() {
    let workshop = Workshop::new();
    let folder = workshop.path("");
    assert_succeeds(&train(program(&folder), "whole", "--steps 40"));
    // A new run leaves nothing, one that goes on leaves what was there.
    let new = train(limited(&folder), "none", "--steps 40");
    assert_fails(&new, &["there is no room for none/state.safetensors; about ", " KiB must be free", "--resume"]);
    assert_eq!(contents(&folder.join("none")), []);
    let mut started = program(&folder);
    started.args(["train", "songs", "--run", "parts", "--steps", "40"]).args(TINY).stderr(Stdio::null());
    let mut started = started.spawn().expect("it starts");
    wait_until("a model", || folder.join("parts/model.safetensors").exists());
    started.kill().expect("killed");
    started.wait().expect("it is dead");
    let before = contents(&folder.join("parts"));
    assert_fails(&resume(limited(&folder), "parts", ""), &["there is no room for parts/state.safetensors"]);
    assert_eq!(contents(&folder.join("parts")), before);
    assert_succeeds(&resume(program(&folder), "parts", ""));
    workshop.assert_same("whole", "parts");
    // The same of a piece of music.
    let output = limited(&folder).args(words("generate whole --events 6000 --no-end -o long.mid")).output();
    assert_fails(&output.expect("it starts"), &["there is no room for long.mid"]);
    assert!(!folder.join("long.mid").exists() && !folder.join("long.mid.tmp").exists());
}

#[test]
fn a_full_disk_keeps_the_run_that_was_to_be_replaced() {
    let workshop = Workshop::new();
    let folder = workshop.path("");
    let Some(disk) = SmallDisk::new(folder.join("disk")) else {
        eprintln!("only root can make a small disk; the test with a limit on the size of files takes its place");
        return;
    };
    assert_succeeds(&train(program(&folder), "disk/run", "--steps 20"));
    let before = contents(&disk.path.join("run"));
    assert_eq!(before.len(), 3, "model, state and metrics");
    disk.fill();
    for output in [
        train(program(&folder), "disk/run", "--steps 20 --overwrite"),
        resume(program(&folder), "disk/run", "--steps 40"),
    ] {
        assert_fails(&output, &["there is no room for disk/run/state.safetensors; about "]);
        assert_eq!(contents(&disk.path.join("run")), before);
    }
    disk.free();
    assert_succeeds(&resume(program(&folder), "disk/run", "--steps 40"));
    assert_succeeds(&train(program(&folder), "disk/run", "--steps 10 --overwrite"));
    assert_eq!(contents(&disk.path.join("run")).len(), 3);
}

#[track_caller]
fn wait_until(what: &str, is_true: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_true() {
        assert!(began.elapsed() < Duration::from_secs(60), "{what}: not within a minute");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_run_that_is_killed_at_any_moment_goes_on_with_the_same_bits() {
    let workshop = Workshop::new();
    let folder = workshop.path("");
    assert_succeeds(&train(program(&folder), "whole", "--steps 300"));
    let (state, model) = (folder.join("parts/state.safetensors"), folder.join("parts/model.safetensors"));
    // Moments that differ from one run of this test to the next.
    let mut moment = u64::from(std::process::id());
    for number in 0..6 {
        let mut command = program(&folder);
        if number == 0 {
            command.args(["train", "songs", "--run", "parts", "--steps", "300"]).args(TINY);
        } else {
            command.args(["train", "--resume", "--run", "parts"]);
        }
        let saved = || fs::metadata(&state).and_then(|metadata| metadata.modified()).ok();
        let before = saved();
        let mut killed = command.stderr(Stdio::null()).spawn().expect("it starts");
        // It saves as it begins.
        wait_until("a state", || saved() != before);
        moment = moment.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        std::thread::sleep(Duration::from_millis(moment >> 33 & 1023));
        killed.kill().expect("kill -9");
        killed.wait().expect("it is dead");
        StateFile::load(&state).expect("a whole state");
        assert!(!model.exists() || ModelFile::load(&model).is_ok());
    }
    assert_succeeds(&resume(program(&folder), "parts", ""));
    workshop.assert_same("whole", "parts");
    assert!(contents(&folder.join("parts")).iter().all(|(path, _)| path.extension() != Some(OsStr::new("tmp"))));
}

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

#[test]
fn names_of_any_bytes_are_read_written_and_resumed_from() {
    let workshop = Workshop::new();
    let folder = workshop.path("").join(path(b"m\xfcsik"));
    fs::create_dir(&folder).expect("a folder");
    let music = path(b"s\xff\x1b[2J");
    fs::rename(workshop.path("songs"), folder.join(music)).expect("moved");
    fs::write(folder.join(music).join(path(b"bad\xfe.mid")), "no music").expect("written");
    let run = path(b"r\xfd");
    let call = |arguments: &[&OsStr]| program(&folder).args(arguments).output().expect("it starts");
    let os = OsStr::new;
    let tiny: Vec<&OsStr> = TINY.iter().map(OsStr::new).filter(|word| *word != "--validation-share=0.3").collect();
    let train = [os("train"), music.as_os_str(), os("--validation"), music.as_os_str(), os("--run"), run.as_os_str()];
    let trained = call(&[&train[..], &[os("--steps=3")], &tiny].concat());
    assert_succeeds(&trained);
    assert!(stderr(&trained).contains("m\\xfcsik/s\\xff\\u{1b}[2J: 7 files"), "{}", stderr(&trained));
    assert_eq!(String::from_utf8_lossy(&trained.stdout), "r\\xfd/model.safetensors\n");
    let resumed = call(&[os("train"), os("--resume"), os("--run"), run.as_os_str(), os("--steps=5")]);
    assert_succeeds(&resumed);
    let output = path(b"o\xfa.mid").as_os_str();
    let pieces = call(&[os("generate"), run.as_os_str(), os("-o"), output, os("--count=2"), os("--events=9")]);
    assert_succeeds(&pieces);
    for name in [b"o\xfa-1.mid", b"o\xfa-2.mid"] {
        assert!(folder.join(path(name)).is_file());
    }
    let inspected = call(&[os("inspect"), music.as_os_str(), os("--json")]);
    assert_succeeds(&inspected);
    let json: serde_json::Value = serde_json::from_slice(&inspected.stdout).expect("JSON");
    assert_eq!(json["skipped"][0]["path"]["escaped"], "bad\\xfe.mid");
    let seen = call(&[os("inspect"), music.as_os_str()]);
    for text in [trained.stderr, trained.stdout, resumed.stderr, pieces.stdout, pieces.stderr, seen.stdout, seen.stderr]
    {
        assert!(!text.contains(&0x1b) && std::str::from_utf8(&text).is_ok(), "{}", String::from_utf8_lossy(&text));
    }
}

#[test]
fn values_that_are_no_numbers_are_refused_in_weights_and_skipped_in_music() {
    let workshop = Workshop::new();
    let folder = workshop.path("");
    let poison: Vec<u8> = f32::NAN.to_be_bytes().repeat(300);
    fs::write(folder.join("songs/nan.mid"), &poison).expect("written");
    let header = b"MThd\0\0\0\x06\0\0\0\x01\0\x60MTrk\0\0\x04\xb0";
    fs::write(folder.join("songs/track.mid"), [&header[..], &poison].concat()).expect("written");
    let trained = train(program(&folder), "run", "--steps 4");
    assert_succeeds(&trained);
    let said = stderr(&trained);
    for part in [
        "8 files, 6 songs",
        "2 files skipped",
        "nan.mid: it has no MIDI header",
        "track.mid: it has no notes; track 1, byte ",
    ] {
        assert!(said.contains(part), "\"{part}\" is not in: {said}");
    }
    let model = folder.join("run/model.safetensors");
    let mut bytes = fs::read(&model).expect("a model");
    let last = bytes.len() - 4;
    bytes[last..].copy_from_slice(&f32::NAN.to_le_bytes());
    fs::write(&model, bytes).expect("written");
    let generated = program(&folder).args(words("generate run -o x.mid")).output().expect("it starts");
    assert_fails(&generated, &["run/model.safetensors cannot be used: tensor `", "not finite", "train anew"]);
    assert!(!folder.join("x.mid").exists());
    let state = folder.join("run/state.safetensors");
    let mut bytes = fs::read(&state).expect("a state");
    let last = bytes.len() - 4;
    bytes[last..].copy_from_slice(&f32::INFINITY.to_le_bytes());
    fs::write(&state, &bytes).expect("written");
    assert_fails(
        &resume(program(&folder), "run", "--steps 9"),
        &["run/state.safetensors cannot be used", "not finite"],
    );
    assert!(fs::read(&state).expect("the state") == bytes, "it was replaced");
}
