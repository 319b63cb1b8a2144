//! SoundFonts that are cut off or scrambled: an error that names the file, or sound; never a panic.

use std::fs;
use std::path::Path;

use gpu_lstm::Error;
use gpu_lstm::listen::{Audio, Instrument};

use super::soundfonts::tiny;
use super::{BEAT, performance};

/// Loads a SoundFont and plays two notes and a drum with it.
fn play(path: &Path, bytes: &[u8]) -> Result<Audio, Error> {
    fs::write(path, bytes).expect("a file");
    let track: &[(u8, &[u8])] = &[
        (0, &[0x90, 69, 100]),
        (0, &[0x99, 40, 100]),
        (BEAT / 4, &[0xc0, 1]),
        (0, &[0x90, 127, 100]),
        (BEAT, &[0x80, 69, 0]),
    ];
    Audio::render(&performance(&[track]), "test.mid", &Instrument::soundfont(path)?)
}

/// True for sound, false for an error that names the file and the next step.
#[track_caller]
fn plays(path: &Path, bytes: &[u8], what: &str) -> bool {
    match play(path, bytes) {
        Ok(audio) => {
            assert!(audio.frames.iter().flatten().all(|sample| sample.abs() < 1.0), "{what}");
            true
        }
        Err(error) => {
            let message = error.to_string();
            assert!(message.starts_with(&format!("{} cannot be used as a SoundFont: ", path.display())), "{message}");
            assert!(message.contains("--soundfont"), "{message}");
            false
        }
    }
}

#[test]
fn a_soundfont_that_is_cut_off_is_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("cut.sf2");
    let whole = tiny();
    assert!(plays(&path, &whole, "whole"));
    // Around every chunk of the small ones, and here and there in the samples.
    let cuts = (0..120).chain((120..whole.len() - 500).step_by(997)).chain(whole.len() - 500..whole.len());
    for length in cuts {
        assert!(!plays(&path, &whole[..length], "cut off"), "{length} bytes of {} play", whole.len());
    }
}

#[test]
fn a_scrambled_soundfont_never_panics() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("scrambled.sf2");
    let whole = tiny();
    let mut state = 1_u32;
    let mut draw = |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % below
    };
    let samples = 100..whole.len() - 600;
    let (mut played, mut refused) = (0, 0);
    for round in 0..400 {
        let mut bytes = whole.clone();
        for _ in 0..=round % 4 {
            // What matters is around the samples.
            let at = draw(whole.len() - samples.len());
            let at = if at < samples.start { at } else { at + samples.len() };
            bytes[at] = [0, 1, 127, 128, 255, draw(256) as u8][draw(6)];
        }
        if plays(&path, &bytes, &format!("round {round}")) { played += 1 } else { refused += 1 }
    }
    assert!(played > 20 && refused > 20, "{played} played, {refused} refused: this tries one of the two only");
}

#[test]
fn other_files_are_refused_with_the_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("other.sf2");
    let mut huge = tiny();
    let at = huge.windows(4).position(|window| window == b"smpl").expect("samples") + 4;
    huge[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    let mut compressed = tiny();
    compressed[at + 4..at + 8].copy_from_slice(b"OggS");
    for (bytes, reason) in [
        (b"".to_vec(), "it is too short"),
        (vec![b'x'; 500], "it has no SoundFont header"),
        (huge, "is longer than what it lies in"),
        (compressed, "its samples are compressed (SoundFont 3)"),
    ] {
        let error = play(&path, &bytes).expect_err(reason).to_string();
        assert!(error.contains(reason) && error.contains("other.sf2"), "{error}");
    }
    let error = Instrument::soundfont(folder.path()).err().expect("a folder is no SoundFont").to_string();
    assert!(error.contains("it is not a file"), "{error}");
    assert!(matches!(Instrument::soundfont(&folder.path().join("nowhere.sf2")), Err(Error::Read { .. })));
}
