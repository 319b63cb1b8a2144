//! Sheet music: what is written reads back as the notes, and as a musician expects it.

mod programs;
mod reader;

use std::path::Path;

use gpu_lstm::music::midi::{Note, WriteOptions, read as read_midi, read_folder, write};
use gpu_lstm::music::score::{Part, Score, ScoreOptions};
use proptest::prelude::*;
use reader::read;

/// Simple, compound and odd ones.
const METRES: [(u8, u32); 11] =
    [(4, 4), (3, 4), (2, 2), (6, 8), (5, 8), (7, 16), (9, 8), (6, 4), (1, 1), (5, 32), (5, 4)];

fn note(onset: u32, pitch: u8, duration: u32) -> Note {
    Note::new(onset, pitch, duration)
}

fn in_metre(time_signature: (u8, u32)) -> ScoreOptions {
    ScoreOptions { time_signature, ..ScoreOptions::default() }
}

fn bar_ticks((beats, unit): (u8, u32)) -> u32 {
    u32::from(beats) * 96 / unit
}

/// Writes one part and reads it again.
fn written(notes: &[Note], options: &ScoreOptions) -> reader::Part {
    let part = Part { program: 0, notes: notes.to_vec() };
    let document = Score::new(&[part], options).expect("a score").to_musicxml();
    let bar = bar_ticks(options.time_signature);
    read(&document, bar, if options.upbeat == 0 { bar } else { options.upbeat }).remove(0)
}

/// What a MIDI file of the notes plays.
fn played(notes: &[Note]) -> Vec<Note> {
    read_midi(&write(notes, &WriteOptions::default()), "notes").expect("a file").remove(0).notes
}

#[test]
fn the_songs_read_back_note_by_note() {
    let songs = read_folder(Path::new("midi_songs")).expect("songs").songs;
    assert!(songs.len() >= 20);
    for song in songs {
        let options = ScoreOptions {
            title: song.name.clone(),
            tempo: song.tempo,
            time_signature: song.time_signature.unwrap_or((4, 4)),
            sharps: song.key_signature,
            upbeat: 0,
        };
        // A score has no velocities.
        let notes: Vec<Note> = song.notes.iter().map(|one| note(one.onset, one.pitch, one.duration)).collect();
        let part = written(&notes, &options);
        assert_eq!(part.notes(), played(&notes), "{}", song.name);
        if let Some(sharps) = song.key_signature.filter(|&sharps| sharps != 0) {
            assert_eq!(part.fifths, i32::from(sharps), "{}", song.name);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_notes_read_back(
        notes in prop::collection::vec((0_u32..400, 12_u8..=127, 1_u32..150), 1..60),
        coarse in prop::sample::select(vec![1_u32, 2, 3, 4, 6, 8]),
        metre in prop::sample::select(METRES.to_vec()),
        upbeat in 0_u32..5,
        sharps in -7_i8..=7,
    ) {
        let notes: Vec<Note> = notes
            .into_iter()
            .map(|(onset, pitch, duration)| note(onset / coarse * coarse, pitch, duration.div_ceil(coarse) * coarse))
            .collect();
        let options = ScoreOptions { sharps: Some(sharps), upbeat: 3 * upbeat, ..in_metre(metre) };
        prop_assert_eq!(written(&notes, &options).notes(), played(&notes));
    }

    #[test]
    fn a_line_of_any_lengths_reads_back_in_one_voice(lengths in prop::collection::vec(1_u32..60, 1..60)) {
        let mut onset = 0;
        let line = |length: &u32| {
            onset += length;
            note(onset - length, 60 + (length % 12) as u8, *length)
        };
        let notes: Vec<Note> = lengths.iter().map(line).collect();
        let part = written(&notes, &in_metre((4, 4)));
        prop_assert_eq!(part.notes(), notes);
        prop_assert!(part.symbols.iter().all(|symbol| symbol.voice % 4 == 1));
    }
}

#[test]
fn values_show_the_beats() {
    let lengths = |metre, lengths: &[u32]| {
        let mut onset = 0;
        let line = |length: &u32| {
            onset += length;
            note(onset - length, 72, *length)
        };
        let notes: Vec<Note> = lengths.iter().map(line).collect();
        let part = written(&notes, &in_metre(metre));
        part.values(0, 1).join(" ")
    };
    assert_eq!(lengths((4, 4), &[36, 12, 48]), "quarter. eighth half");
    assert_eq!(lengths((4, 4), &[12, 24, 12, 48]), "eighth quarter eighth half");
    assert_eq!(lengths((4, 4), &[24, 48, 24]), "quarter half quarter");
    assert_eq!(lengths((4, 4), &[36, 36, 24]), "quarter. eighth quarter quarter", "the middle of the bar shows");
    assert_eq!(lengths((4, 4), &[6, 12, 6, 18, 6, 48]), "16th eighth 16th eighth. 16th half");
    assert_eq!(lengths((4, 4), &[18, 12, 18, 48]), "eighth. 16th 16th eighth. half", "the beat shows");
    assert_eq!(lengths((4, 4), &[8, 8, 8, 16, 8, 48]), "eighthT eighthT eighthT quarterT eighthT half");
    assert_eq!(lengths((4, 4), &[16, 16, 16, 48]), "quarterT quarterT quarterT half");
    assert_eq!(lengths((4, 4), &[32, 32, 32]), "halfT halfT halfT");
    assert_eq!(lengths((4, 4), &[4, 4, 4, 12, 72]), "16thT 16thT 16thT eighth half.");
    assert_eq!(lengths((4, 4), &[24]), "quarter (quarter) (half)");
    assert_eq!(lengths((3, 4), &[24]), "quarter (quarter) (quarter)");
    assert_eq!(lengths((3, 4), &[24, 36, 12]), "quarter quarter. eighth");
    assert_eq!(lengths((3, 4), &[72]), "half.");
    assert_eq!(lengths((6, 8), &[24, 12, 36]), "quarter eighth quarter.");
    assert_eq!(lengths((6, 8), &[24, 24, 24]), "quarter eighth eighth quarter", "the beat of three shows");
    assert_eq!(lengths((6, 8), &[36]), "quarter. (quarter.)");
    assert_eq!(lengths((9, 8), &[72, 36]), "half. quarter.");
    assert_eq!(lengths((12, 8), &[144]), "whole.");
    assert_eq!(lengths((2, 2), &[96]), "whole");
    assert_eq!(lengths((4, 4), &[11, 13, 72]), "16th. 32ndT 64thT eighth half.");
}

#[test]
fn a_held_note_and_a_melody_are_two_voices() {
    let notes: Vec<Note> = [note(0, 69, 96)].into_iter().chain((0..4).map(|beat| note(24 * beat, 76, 24))).collect();
    let part = written(&notes, &in_metre((4, 4)));
    assert_eq!(
        (part.values(0, 1).join(" "), part.values(0, 2).join(" ")),
        ("quarter quarter quarter quarter".into(), "whole".into())
    );
    assert_eq!(part.staves, 1, "what is on one staff needs no other");
}

#[test]
fn hands_are_on_their_staves() {
    // A triad below middle C, and a melody that goes a little below it.
    let melody = [67, 64, 60, 59, 60, 62, 64, 60];
    let treble = (0..).zip(melody).map(|(beat, pitch)| note(24 * beat, pitch, 24));
    let bass = [0, 96].into_iter().flat_map(|onset| [48, 52, 55].map(|pitch| note(onset, pitch, 96)));
    let part = written(&treble.chain(bass).collect::<Vec<_>>(), &in_metre((4, 4)));
    for symbol in part.symbols.iter().filter(|symbol| symbol.pitch.is_some()) {
        assert_eq!(symbol.staff, if symbol.duration == 24 { 1 } else { 2 }, "{:?}", symbol.pitch);
    }
}

#[test]
fn signs_are_written_once_a_bar_and_not_after_ties() {
    let notes =
        [note(0, 66, 24), note(24, 66, 24), note(48, 65, 24), note(72, 66, 48), note(120, 66, 24), note(144, 60, 48)];
    let part = written(&notes, &ScoreOptions { sharps: Some(-1), ..in_metre((4, 4)) });
    let signs: Vec<Option<&str>> = part
        .symbols
        .iter()
        .filter(|symbol| symbol.pitch.is_some())
        .map(|symbol| symbol.accidental.as_deref())
        .collect();
    assert_eq!(signs, [Some("sharp"), None, Some("natural"), Some("sharp"), None, Some("sharp"), None]);
}

#[test]
fn an_upbeat_is_a_short_bar_of_its_own() {
    let notes = [note(0, 67, 24), note(24, 72, 96)];
    let part = written(&notes, &ScoreOptions { upbeat: 24, ..in_metre((4, 4)) });
    assert_eq!((part.values(0, 1), part.values(1, 1)), (vec!["quarter".into()], vec!["whole".into()]));
    let error = Score::new(&[], &ScoreOptions { upbeat: 96, ..in_metre((4, 4)) }).expect_err("as long as a bar");
    assert!(error.to_string().contains("upbeat of 4 quarter notes"), "{error}");
}

#[test]
fn several_instruments_are_several_parts() {
    let part = |program, pitch| Part { program, notes: vec![note(0, pitch, 96)] };
    let document = Score::new(&[part(40, 72), part(43, 40)], &in_metre((4, 4))).expect("a score").to_musicxml();
    let parts = read(&document, 96, 96);
    assert_eq!(parts.iter().map(reader::Part::notes).collect::<Vec<_>>(), [[note(0, 72, 96)], [note(0, 40, 96)]]);
    assert!(document.contains("<part-name>Strings</part-name>"));
}

#[test]
fn a_title_is_escaped_and_so_are_control_characters() {
    let options = ScoreOptions { title: "</work-title> & \"x\" <\u{1}>".into(), ..in_metre((4, 4)) };
    let document =
        Score::new(&[Part { program: 0, notes: vec![note(0, 60, 24)] }], &options).expect("a score").to_musicxml();
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    let parsed = roxmltree::Document::parse_with_options(&document, options).expect("XML");
    let title = parsed.descendants().find(|node| node.has_tag_name("work-title")).and_then(|node| node.text());
    assert_eq!(title, Some("</work-title> & \"x\" <\\u{1}>"));
}

#[test]
fn what_cannot_be_written_is_an_error_that_says_why() {
    let score = |notes: Vec<Note>, options: ScoreOptions| {
        Score::new(&[Part { program: 0, notes }], &options).expect_err("no score").to_string()
    };
    assert!(score(vec![note(0, 11, 24)], in_metre((4, 4))).contains("B-1"));
    assert!(score(vec![note(0, 60, 24)], in_metre((3, 64))).contains("--meter"));
    assert!(score(vec![note(0, 60, 24)], in_metre((0, 4))).contains("--meter"));
    assert!(score(vec![note(u32::MAX - 5, 60, 24)], in_metre((4, 4))).contains("100000 at most"));
    let empty = written(&[], &in_metre((4, 4)));
    assert_eq!((empty.bars, empty.values(0, 1)), (1, vec!["(bar)".into()]));
}
