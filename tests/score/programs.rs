//! Notation programs read the scores of `midi_songs` as they were written: `make test-scores`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use gpu_lstm::music::midi::{Note, Song, read, read_folder};
use gpu_lstm::music::score::{Part, Score, ScoreOptions};

use super::played;

/// Names under which MuseScore is installed.
const MUSESCORE: [&str; 4] = ["mscore", "musescore", "mscore3", "musescore3"];

/// Writes each song's score, and its notes in lines of onset, pitch and length.
fn write_scores(folder: &Path) -> Vec<(PathBuf, Vec<Note>)> {
    fs::create_dir_all(folder).expect("a folder");
    let write = |song: Song| {
        let options = ScoreOptions {
            time_signature: song.time_signature.unwrap_or((4, 4)),
            sharps: song.key_signature,
            ..ScoreOptions::default()
        };
        let notes = played(&song.notes);
        let score = Score::new(&[Part { program: 0, notes: song.notes }], &options).expect("a score");
        let path = folder.join(&song.name).with_extension("musicxml");
        fs::write(&path, score.to_musicxml()).expect("a file");
        let line = |note: &Note| format!("{} {} {}\n", note.onset, note.pitch, note.duration);
        fs::write(path.with_extension("txt"), notes.iter().map(line).collect::<String>()).expect("a file");
        (path, notes)
    };
    read_folder(Path::new("midi_songs")).expect("songs").songs.into_iter().map(write).collect()
}

fn is_installed(program: &str, argument: &str) -> bool {
    Command::new(program)
        .arg(argument)
        .env("QT_QPA_PLATFORM", "offscreen")
        .output()
        .is_ok_and(|output| output.status.success())
}

#[test]
#[ignore = "needs MuseScore and Python with music21: make test-scores"]
fn notation_programs_read_the_scores_note_by_note() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("scores");
    let scores = write_scores(&folder);
    let musescore = MUSESCORE.into_iter().find(|program| is_installed(program, "--version"));
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".into());
    let music21 = Command::new(&python).args(["-c", "import music21"]).output();
    let music21 = music21.is_ok_and(|output| output.status.success());
    assert!(musescore.is_some() || music21, "neither MuseScore nor music21 is installed; PYTHON names another Python");
    if let Some(program) = musescore {
        for (score, notes) in &scores {
            let midi = score.with_extension("mid");
            let output = Command::new(program)
                .env("QT_QPA_PLATFORM", "offscreen")
                .args([Path::new("-o"), &midi, score])
                .output()
                .expect("it starts");
            let said = String::from_utf8_lossy(&output.stderr).to_lowercase();
            assert!(output.status.success(), "{}: {said}", score.display());
            for complaint in ["corrupt", "invalid", "error", "incomplete"] {
                assert!(!said.contains(complaint), "{}: {said}", score.display());
            }
            let read = read(&fs::read(&midi).expect("a file"), "written by MuseScore").expect("MIDI").remove(0).notes;
            assert_eq!(&read, notes, "{}", score.display());
        }
        println!("{program} plays {} scores note by note", scores.len());
    }
    if music21 {
        let status = Command::new(&python).arg("tests/score/check_scores.py").arg(&folder).status();
        assert!(status.expect("it starts").success());
    }
}
