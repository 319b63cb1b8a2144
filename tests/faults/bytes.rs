//! Names of any bytes, and values that are no numbers.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use super::common::runs::Workshop;
use super::*;

/// A path of any bytes.
fn path(bytes: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(bytes))
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
