//! What is written is what is read back, by us and by `midly` alone.

use gpu_lstm::music::midi::{WriteOptions, write};
use midly::{MetaMessage, MidiMessage, Smf, TrackEventKind};
use proptest::prelude::*;

use super::*;

#[test]
fn tempo_time_signature_program_and_end_of_track_are_written() {
    let options = WriteOptions { tempo_bpm: 90.0, time_signature: (6, 8) };
    let bytes = write(&[Note { instrument: 6, ..note(0, 60, 24) }], &options);
    let got = song(&bytes);
    assert!((got.tempo.unwrap() - 90.0).abs() < 1e-3);
    assert_eq!(got.time_signature, Some((6, 8)));
    assert!(got.report.warnings.is_empty());
    let smf = Smf::parse(&bytes).unwrap();
    let programs = smf.tracks[0].iter().filter(|event| {
        matches!(event.kind, TrackEventKind::Midi { message: MidiMessage::ProgramChange { program }, .. } if program == 6)
    });
    assert_eq!(programs.count(), 1);
    assert_eq!(smf.tracks[0].last().unwrap().kind, TrackEventKind::Meta(MetaMessage::EndOfTrack));
}

#[test]
fn a_pitch_that_starts_anew_cuts_the_note_before() {
    let notes = [note(0, 60, 48), note(24, 60, 24), note(24, 60, 12), note(30, 72, 6)];
    let got = song(&write(&notes, &WriteOptions::default())).notes;
    assert_eq!(got, [note(0, 60, 24), note(24, 60, 24), note(30, 72, 6)]);
}

#[test]
fn a_pause_longer_than_the_format_can_express_is_bridged() {
    let notes = [note(0, 60, 24), note(20_000_000, 60, 24)];
    assert_eq!(song(&write(&notes, &WriteOptions::default())).notes, notes);
    // Beyond what we read, yet a valid file.
    let bytes = write(&[note(u32::MAX, 60, u32::MAX)], &WriteOptions::default());
    Smf::parse(&bytes).unwrap();
}

#[test]
fn options_out_of_range_still_give_a_file() {
    for (tempo_bpm, velocity) in [(f64::NAN, 0), (0.0, 255), (-3.0, 128), (1e-9, 1), (1e12, 127)] {
        let options = WriteOptions { tempo_bpm, time_signature: (0, 0) };
        let written = Note { velocity, instrument: 255, ..note(0, 200, 24) };
        let read = Note { velocity: velocity.clamp(1, 127), instrument: 127, ..note(0, 127, 24) };
        assert_eq!(song(&write(&[written], &options)).notes, [read]);
    }
    assert!(read(&write(&[], &WriteOptions::default()), "nothing").is_err());
}

/// Notes without two of one pitch at a time.
fn clean_notes() -> impl Strategy<Value = Vec<Note>> {
    prop::collection::vec((0_u32..2000, 0_u8..128, 1_u32..200), 1..60).prop_map(|raw| {
        let mut notes: Vec<Note> = raw.into_iter().map(|(onset, pitch, length)| note(onset, pitch, length)).collect();
        notes.sort_unstable();
        let mut free = [0; 128];
        notes.retain(|note| {
            let fits = note.onset >= free[usize::from(note.pitch)];
            if fits {
                free[usize::from(note.pitch)] = note.onset + note.duration;
            }
            fits
        });
        notes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

    #[test]
    fn notes_come_back_as_they_were_written(notes in clean_notes()) {
        prop_assert_eq!(song(&write(&notes, &WriteOptions::default())).notes, notes);
    }

    #[test]
    fn every_onset_has_its_release_and_releases_come_first(
        raw in prop::collection::vec((0_u32..300, 0_u8..128, 0_u32..100), 0..60),
    ) {
        let notes: Vec<Note> = raw.into_iter().map(|(onset, pitch, length)| note(onset, pitch, length)).collect();
        let bytes = write(&notes, &WriteOptions::default());
        let smf = Smf::parse(&bytes).unwrap();
        let mut sounding = [false; 128];
        let mut onset_here = false;
        for event in &smf.tracks[0] {
            onset_here &= event.delta == 0;
            let TrackEventKind::Midi { message, .. } = event.kind else { continue };
            match message {
                MidiMessage::NoteOn { key, .. } => {
                    prop_assert!(!sounding[usize::from(key.as_int())]);
                    sounding[usize::from(key.as_int())] = true;
                    onset_here = true;
                }
                MidiMessage::NoteOff { key, .. } => {
                    prop_assert!(sounding[usize::from(key.as_int())] && !onset_here);
                    sounding[usize::from(key.as_int())] = false;
                }
                _ => {}
            }
        }
        prop_assert!(!sounding.contains(&true));
    }
}
