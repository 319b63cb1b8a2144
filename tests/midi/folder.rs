//! Folders of MIDI files.

use std::fs;
use std::path::Path;

use gpu_lstm::music::inspect::Inspection;
use gpu_lstm::music::midi::{Corpus, read_folder};

use super::*;

fn names(corpus: &Corpus) -> Vec<&str> {
    corpus.songs.iter().map(|song| song.name.as_str()).collect()
}

fn put(folder: &Path, name: &str, bytes: &[u8]) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// Three good files, two broken ones, one that is no MIDI file, and a folder with a misleading name.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "b.mid", &one(&C));
    put(folder.path(), "a song.MID", &one(&[0, 0x90, 72, 64, 48, 72, 0]));
    put(folder.path(), "sub/Für Elise.Midi", &one(&C.repeat(3)));
    put(folder.path(), "broken.mid", b"MThd");
    put(folder.path(), "empty.kar", b"");
    put(folder.path(), "notes.txt", b"not music");
    put(folder.path(), "x.mid/readme", b"a folder");
    folder
}

#[test]
fn a_folder_is_read_in_the_order_of_names_and_bad_files_are_skipped_with_reasons() {
    let folder = folder();
    let corpus = read_folder(folder.path()).unwrap();
    assert_eq!(names(&corpus), ["a song.MID", "b.mid", "sub/Für Elise.Midi"]);
    let skipped: Vec<_> = corpus.skipped.iter().map(|one| (one.path.to_str().unwrap(), one.reason.as_str())).collect();
    assert_eq!(skipped, [("broken.mid", "it is cut off inside its header"), ("empty.kar", "it is empty")]);
    assert_eq!((corpus.files, corpus.notes()), (5, 5));
    let text = corpus.to_string();
    assert!(text.contains("5 files, 3 songs, 5 notes, 2 files skipped"), "{text}");
    assert!(text.contains("skipped broken.mid: it is cut off"), "{text}");
}

#[test]
fn one_file_can_be_named_whatever_its_ending() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "song.bin", &one(&C));
    put(folder.path(), "bad.mid", b"no");
    assert_eq!(names(&read_folder(&folder.path().join("song.bin")).unwrap()), ["song.bin"]);
    let error = read_folder(&folder.path().join("bad.mid")).unwrap_err().to_string();
    assert!(error.contains("bad.mid") && error.contains("no MIDI header"), "{error}");
}

#[test]
fn missing_empty_and_unreadable_folders_are_errors_that_name_the_next_step() {
    let folder = tempfile::tempdir().unwrap();
    let message = |path: &Path| read_folder(path).unwrap_err().to_string();
    let missing = message(&folder.path().join("nowhere"));
    assert!(missing.contains("nowhere") && missing.contains("check that it exists"), "{missing}");
    let empty = message(folder.path());
    assert!(empty.contains("no MIDI files in") && empty.contains("put some there"), "{empty}");
    put(folder.path(), "bad.mid", b"no");
    let broken = message(folder.path());
    assert!(broken.contains("none of the 1") && broken.contains("bad.mid: it has no MIDI header"), "{broken}");
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_loops_end() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    put(root, "a/one.mid", &one(&C));
    put(root, "b/two.mid", &one(&C));
    symlink(root, root.join("a/up")).unwrap();
    symlink(root.join("b"), root.join("a/across")).unwrap();
    symlink(root.join("a"), root.join("b/across")).unwrap();
    symlink(root.join("a/one.mid"), root.join("link.mid")).unwrap();
    symlink(root.join("gone"), root.join("gone.mid")).unwrap();
    let corpus = read_folder(root).unwrap();
    assert_eq!(names(&corpus), ["a/across/two.mid", "a/one.mid", "link.mid"]);
    assert_eq!(corpus.skipped.len(), 1);
    assert_eq!(corpus.skipped[0].path, Path::new("gone.mid"));
    assert_eq!(corpus.files, 4, "what is skipped is counted");
}

#[cfg(unix)]
#[test]
fn names_of_any_bytes_are_read_and_written_without_loss() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let name = |bytes: &[u8]| Path::new(std::ffi::OsStr::from_bytes(bytes)).to_path_buf();
    let music = folder.path().join(name(b"m\xfcsik"));
    put(&music, "a\u{1b}[2J.mid", &one(&C));
    fs::write(music.join(name(b"b\xff.mid")), one(&C)).unwrap();
    fs::write(music.join(name(b"c\xff\\.mid")), "no").unwrap();
    let corpus = read_folder(&music).unwrap();
    assert_eq!(names(&corpus), ["a\\u{1b}[2J.mid", "b\\xff.mid"]);
    let text = corpus.to_string();
    assert!(text.contains("m\\xfcsik: 3 files") && text.contains("skipped c\\xff\\.mid"), "{text}");
    let json = serde_json::to_value(Inspection::new(&corpus)).unwrap();
    assert_eq!(json["skipped"][0]["path"]["escaped"], "c\\xff\\\\.mid");
}

#[test]
fn hidden_files_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.mid", "._a.mid", ".trash/b.mid"] {
        put(folder.path(), name, &one(&C));
    }
    let corpus = read_folder(folder.path()).unwrap();
    assert_eq!((names(&corpus), corpus.files), (vec!["a.mid"], 1));
    assert_eq!(names(&read_folder(&folder.path().join(".trash")).unwrap()), ["b.mid"], "unless it is named");
}

#[test]
fn the_inspection_counts_what_is_there() {
    let folder = folder();
    let corpus = read_folder(folder.path()).unwrap();
    let got = Inspection::new(&corpus);
    assert_eq!((got.files, got.skipped.len(), got.notes), (5, 2, 5));
    assert_eq!(got.pitch_range, (60, 72));
    assert_eq!(got.notes_per_song, (1, 1, 3));
    assert!((got.beats - 4.5).abs() < 1e-12 && (got.minutes - 2.25 / 60.0).abs() < 1e-12);
    assert_eq!((got.max_polyphony, got.mean_polyphony, got.moved_share), (1, 1.0, 0.0));
    assert_eq!(got.repeated_songs, 0);
    let (first, second) = (&got.durations[0], &got.durations[1]);
    assert_eq!((first.ticks, first.beats.as_str(), first.share), (24, "1", 0.8));
    assert_eq!((second.ticks, second.beats.as_str(), second.share), (12, "1/2", 0.2));
    let text = got.to_string();
    assert!(text.contains("C4 to C5 (60 to 72)") && text.contains("skipped         broken.mid"), "{text}");
    let json: serde_json::Value = serde_json::to_value(&got).unwrap();
    assert_eq!(json["songs"][2]["name"], "sub/Für Elise.Midi");
}

#[test]
fn polyphony_leaves_pauses_out_and_releases_come_before_onsets() {
    let folder = tempfile::tempdir().unwrap();
    // Two notes for a beat, a beat of silence, then one after the other.
    let chord = [0, 0x90, 60, 64, 0, 64, 64, 96, 60, 0, 0, 64, 0];
    let line = [96, 0x90, 60, 64, 96, 60, 0, 0, 62, 64, 96, 62, 0];
    put(folder.path(), "a.mid", &one(&[chord, line].concat()));
    let got = Inspection::new(&read_folder(folder.path()).unwrap());
    assert_eq!(got.max_polyphony, 2);
    assert!((got.mean_polyphony - 4.0 / 3.0).abs() < 1e-12, "{}", got.mean_polyphony);
}
