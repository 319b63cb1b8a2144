//! Level, length, end and sameness of what is rendered, and the WAV file.

use std::fs;

use gpu_lstm::Error;
use gpu_lstm::listen::{Audio, Instrument};
use gpu_lstm::music::midi::{Note, Performance, WriteOptions, write};

use super::soundfonts::tiny;
use super::{BEAT, frequency, level, performance, render};

/// Chords of six loud notes, a low one and a high one, 8 seconds at 120 beats per minute.
fn chords() -> Performance {
    let pitches = [28, 48, 52, 55, 60, 100];
    let chord = |at: u32| pitches.map(|pitch| Note::new(48 * at, pitch + at as u8, 48));
    let notes: Vec<Note> = (0..8).flat_map(chord).collect();
    let notes = notes.into_iter().map(|note| Note { velocity: 127, ..note }).collect::<Vec<_>>();
    let bytes = write(&notes, &WriteOptions::default());
    Performance::read(&bytes, "chords.mid").expect("notes")
}

fn tiny_soundfont() -> Instrument {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tiny.sf2");
    fs::write(&path, tiny()).expect("a file");
    Instrument::soundfont(&path).expect("a SoundFont")
}

#[test]
fn whatever_plays_is_level_ends_in_silence_and_is_the_same_each_time() {
    for instrument in [Instrument::piano(), tiny_soundfont()] {
        let audio = render(&chords(), &instrument);
        assert!((audio.peak() - 0.891).abs() < 1e-4, "{instrument}: peak {}", audio.peak());
        // The piece has 8 seconds; what rings on after its last release is not cut.
        assert!((8.25..12.0).contains(&audio.seconds()), "{instrument}: {} seconds", audio.seconds());
        for second in 0..8 {
            let level = level(&audio, f64::from(second), f64::from(second) + 1.0);
            assert!(level > 0.02, "{instrument}: level {level} in second {second}");
        }
        let end = audio.seconds();
        let tail = level(&audio, end - 0.02, end);
        assert!(tail < 2e-4, "{instrument}: it ends at a level of {tail}");
        assert!(render(&chords(), &instrument) == audio, "{instrument}: not the same samples");
    }
}

#[test]
fn a_tone_of_the_piano_has_its_pitch_dies_away_and_is_damped() {
    // Four beats of a4, then silence up to a last short note.
    let a4: &[(u8, &[u8])] = &[
        (0, &[0x90, 69, 90]),
        (120, &[0xa0, 69, 0]),
        (120, &[0x80, 69, 0]),
        (120, &[0x90, 40, 1]),
        (1, &[0x80, 40, 0]),
    ];
    let audio = render(&performance(&[a4]), &Instrument::piano());
    let heard = frequency(&audio, 0.3, 0.6);
    assert!(heard.abs_diff(440) <= 2, "{heard} Hz");
    let [early, late, damped] = [(0.1, 0.2), (1.1, 1.2), (1.8, 1.85)].map(|(from, to)| level(&audio, from, to));
    assert!(late < 0.7 * early && damped < 0.05 * late, "levels {early}, {late}, {damped}");
}

#[test]
fn velocity_is_loudness() {
    let two: &[(u8, &[u8])] =
        &[(0, &[0x90, 69, 40]), (BEAT, &[0x80, 69, 0]), (BEAT, &[0x90, 69, 120]), (BEAT, &[0x80, 69, 0])];
    for instrument in [Instrument::piano(), tiny_soundfont()] {
        let audio = render(&performance(&[two]), &instrument);
        let [soft, loud] = [level(&audio, 0.1, 0.4), level(&audio, 1.1, 1.4)];
        assert!(soft > 0.005 && loud > 2.0 * soft, "{instrument}: {soft} and {loud}");
    }
}

#[test]
fn a_soundfont_plays_programs_drums_and_the_pedal() {
    let soundfont = tiny_soundfont();
    let note = |program: u8, status: u8| {
        let channel = status & 15;
        let (change, on, off) = ([0xc0 | channel, program], [status, 69, 100], [0x80 | channel, 69, 0]);
        let track: &[(u8, &[u8])] = &[(0, &change), (0, &on), (BEAT, &off)];
        frequency(&render(&performance(&[track]), &soundfont), 0.1, 0.2)
    };
    for (program, status, expected) in [(0, 0x90, 441), (1, 0x90, 882), (1, 0x95, 882), (0, 0x99, 1764)] {
        let heard = note(program, status);
        assert!(
            heard.abs_diff(expected) <= 2,
            "program {program}, status {status:x}: {heard} instead of {expected} Hz"
        );
    }
    let held = |pedal: u8| {
        let track: &[(u8, &[u8])] = &[
            (0, &[0xb0, 64, pedal]),
            (0, &[0x90, 69, 100]),
            (BEAT, &[0x80, 69, 0]),
            (BEAT, &[0x90, 30, 1]),
            (1, &[0x80, 30, 0]),
        ];
        level(&render(&performance(&[track]), &soundfont), 0.8, 0.9)
    };
    assert!(held(127) > 20.0 * held(0), "{} and {}", held(127), held(0));
}

#[test]
fn a_wav_file_holds_the_samples_and_replaces_another_as_a_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("piece.wav");
    fs::write(&path, "what was there before").expect("a file");
    let audio = render(&chords(), &Instrument::piano());
    audio.write_wav(&path).expect("it writes");
    let mut reader = hound::WavReader::open(&path).expect("a WAV file");
    let spec = reader.spec();
    assert_eq!((spec.channels, spec.sample_rate, spec.bits_per_sample), (2, 44_100, 16));
    let samples: Vec<i16> = reader.samples().map(|sample| sample.expect("a sample")).collect();
    assert_eq!(samples.len(), 2 * audio.frames.len());
    assert!(samples.iter().all(|sample| sample.abs() < i16::MAX), "clipped");
    let furthest = samples.iter().zip(audio.frames.iter().flatten());
    let furthest = furthest.map(|(got, want)| (f32::from(*got) / 32_767.0 - want).abs()).fold(0.0, f32::max);
    assert!(furthest <= 0.51 / 32_767.0, "a sample is off by {furthest}");
    let files = fs::read_dir(folder.path()).expect("a folder").count();
    assert_eq!(files, 1, "nothing is left behind");

    let nowhere = folder.path().join("nowhere").join("piece.wav");
    let error = audio.write_wav(&nowhere).expect_err("there is no such folder");
    assert!(matches!(&error, Error::Write { path, .. } if *path == nowhere), "{error}");
}

#[test]
fn a_piece_of_hours_is_refused_before_memory_is_taken() {
    let hours = [0, 3 * 3600 * 48].map(|onset| Note::new(onset, 60, 24));
    let bytes = write(&hours, &WriteOptions::default());
    let piece = Performance::read(&bytes, "hours.mid").expect("notes");
    let error = Audio::render(&piece, "hours.mid", &Instrument::piano()).expect_err("too long");
    assert_eq!(error.to_string(), "hours.mid lasts 180 minutes, and 60 are rendered at most; cut it in a MIDI editor");
}
