//! Pairing of onsets and releases, and the grid.

use super::*;

#[test]
fn onsets_and_releases_are_paired_as_players_pair_them() {
    #[rustfmt::skip]
    let cases: Vec<(&str, Vec<u8>, Vec<Note>)> = vec![
        ("velocity 0 releases", vec![0, 0x90, 60, 64, 96, 0x90, 60, 0], vec![note(0, 60, 24)]),
        ("running status", vec![0, 0x90, 60, 64, 96, 60, 0, 0, 62, 64, 48, 62, 0], vec![note(0, 60, 24), note(24, 62, 12)]),
        ("the first to sound is released first", vec![0, 0x90, 60, 64, 48, 60, 64, 48, 60, 0, 96, 60, 0], vec![note(0, 60, 24), note(12, 60, 36)]),
        ("two starts, two releases on one tick", vec![0, 0x90, 60, 64, 0, 60, 64, 96, 60, 0, 0, 60, 0], vec![note(0, 60, 24)]),
        ("release and onset on one tick", vec![0, 0x90, 60, 64, 96, 60, 0, 0, 60, 64, 96, 60, 0], vec![note(0, 60, 24), note(24, 60, 24)]),
        ("onset before release on one tick", vec![0, 0x90, 60, 64, 96, 60, 64, 0, 60, 0, 96, 60, 0], vec![note(0, 60, 24), note(24, 60, 24)]),
        ("channels apart", vec![0, 0x90, 60, 64, 0, 0x91, 60, 64, 48, 60, 0, 48, 0x80, 60, 0], vec![note(0, 60, 24)]),
        ("a release without a note", vec![0, 0x80, 60, 64, 0, 0x90, 62, 64, 96, 62, 0], vec![note(0, 62, 24)]),
        ("never released", vec![0, 0x90, 60, 64, 0, 62, 64, 96, 62, 0, 96, 0xb0, 7, 100], vec![note(0, 60, 48), note(0, 62, 24)]),
        ("zero length", vec![0, 0x90, 60, 64, 0, 60, 0, 0, 62, 64, 96, 62, 0], vec![note(0, 62, 24)]),
        ("all notes off", vec![0, 0x90, 60, 64, 96, 0xb0, 123, 0, 0, 0x90, 62, 64, 96, 62, 0], vec![note(0, 60, 24), note(24, 62, 24)]),
        ("all sound off on another channel", vec![0, 0x90, 60, 64, 48, 0xb1, 120, 0, 48, 0x80, 60, 0], vec![note(0, 60, 24)]),
        ("lowest and highest", vec![0, 0x90, 0, 64, 0, 127, 64, 96, 0, 0, 0, 127, 0], vec![note(0, 0, 24), note(0, 127, 24)]),
        ("drums left out", vec![0, 0x99, 36, 64, 0, 0x90, 60, 64, 96, 60, 0, 0, 0x89, 36, 0], vec![note(0, 60, 24)]),
        ("pedal, bend, pressure, program", [&[0, 0xb0, 64, 127, 0, 0xe0, 0, 64, 0, 0xa0, 60, 1, 0, 0xd0, 5, 0, 0xc0, 19][..], &C].concat(), vec![note(0, 60, 24)]),
    ];
    for (name, events, expected) in cases {
        assert_eq!(song(&one(&events)).notes, expected, "{name}");
    }
}

#[test]
fn what_is_left_out_is_counted() {
    let events = [
        0, 0x99, 36, 64, 0, 0x89, 36, 64, 0, 0x80, 60, 64, 0, 0x90, 60, 64, 0, 60, 0, 0, 62, 64, 0, 62, 64, 96, 62, 0,
        0, 62, 0, 0, 65, 64, 96, 0xb0, 7, 7,
    ];
    let report = song(&one(&events)).report;
    assert_eq!(
        (report.drums, report.stray_releases, report.zero_length, report.duplicates, report.unreleased),
        (1, 1, 1, 1, 1)
    );
    assert_eq!(report.placed, 3);
    assert_eq!(report.moved, 0);
}

#[test]
fn the_same_note_in_two_tracks_is_one_note_of_the_longer_length() {
    let short = [&[0, 0x91, 60, 64, 48, 0x81, 60, 0][..], &END].concat();
    let long = [&C[..], &END].concat();
    for tracks in [[&short[..], &long[..]], [&long, &short]] {
        let got = song(&file(1, &tracks));
        assert_eq!(got.notes, [note(0, 60, 24)]);
        assert_eq!(got.report.duplicates, 1);
    }
}

#[test]
fn onsets_round_to_the_nearest_tick_halves_up_and_are_reported() {
    // 96 ticks a beat are 4 to a grid tick: onsets 1, 2, 3, 4 lie at 0.25, 0.5, 0.75, 1.
    let at = |onset: u8, length: u8| {
        let song = song(&one(&[onset, 0x90, 60, 64, length, 60, 0]));
        (song.notes[0].onset, song.notes[0].duration, song.report)
    };
    let onsets: Vec<_> = (0..8).map(|onset| at(onset, 4).0).collect();
    assert_eq!(onsets, [0, 0, 1, 1, 1, 1, 2, 2]);
    let lengths: Vec<_> = (1..10).map(|length| at(0, length).1).collect();
    assert_eq!(lengths, [1, 1, 1, 1, 1, 2, 2, 2, 2]);
    let report = at(3, 4).2;
    assert_eq!((report.moved, report.moved_share()), (1, 1.0));
    assert!((report.mean_shift() - 1.0 / 96.0).abs() < 1e-15);
    assert_eq!(at(4, 4).2.mean_shift(), 0.0);
}

#[test]
fn notes_are_sorted_by_onset_and_pitch_over_all_tracks() {
    let high = [&[96, 0x90, 72, 64, 96, 72, 0, 0, 60, 64, 96, 60, 0][..], &END].concat();
    let low = [&[96, 0x90, 48, 64, 96, 48, 0][..], &END].concat();
    let got = song(&file(1, &[&high, &low])).notes;
    assert_eq!(got, [note(24, 48, 24), note(24, 72, 24), note(48, 60, 24)]);
}

#[test]
fn times_beyond_reason_cost_nothing() {
    let far = [0xff, 0xff, 0xff, 0x7f];
    // One note now, then one 2^28 ticks (2.8 million beats) later, then one that lasts as long.
    let late = [&C[..], &far, &[0x90, 62, 64, 96, 62, 0]].concat();
    let got = song(&one(&late));
    assert_eq!(got.notes, [note(0, 60, 24)]);
    assert_eq!(got.report.too_late, 1);
    let long = [&[0, 0x90, 62, 64][..], &far, &[62, 0]].concat();
    assert_eq!(song(&one(&long)).notes, [note(0, 62, 24 * gpu_lstm::music::midi::MAX_BEATS)]);
    // Past 32 bits of ticks.
    let mut sum = C.to_vec();
    for _ in 0..100 {
        sum.extend([&far[..], &[0xb0, 7, 7]].concat());
    }
    sum.extend([0, 0x90, 62, 64, 96, 62, 0]);
    assert_eq!(song(&one(&sum)).report.too_late, 1);
    // A note 10,000 beats after the other is still read.
    let gap = [&C[..], &[0xba, 0xcc, 0x00, 0x90, 62, 64, 96, 62, 0]].concat();
    assert_eq!(song(&one(&gap)).notes[1].onset, 24 * 10_001);
}

#[test]
fn a_million_notes_are_read() {
    let mut events = vec![0, 0x90, 60, 64];
    for _ in 0..1_000_000 {
        events.extend([4, 60, 0, 0, 60, 64]);
    }
    events.extend([4, 60, 0]);
    assert_eq!(song(&one(&events)).notes.len(), 1_000_001);
}
