//! Pairing of onsets and releases, and the grid.

use gpu_lstm::music::midi::{Pedal, read_with};

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
        ("omni off", vec![0, 0x90, 60, 64, 96, 0xb0, 124, 0, 96, 0x80, 60, 0], vec![note(0, 60, 24)]),
        ("omni on", vec![0, 0x90, 60, 64, 96, 0xb0, 125, 0, 96, 0x80, 60, 0], vec![note(0, 60, 24)]),
        ("one voice", vec![0, 0x90, 60, 64, 96, 0xb0, 126, 1, 96, 0x80, 60, 0], vec![note(0, 60, 24)]),
        ("many voices", vec![0, 0x90, 60, 64, 96, 0xb0, 127, 0, 96, 0x80, 60, 0], vec![note(0, 60, 24)]),
        ("lowest and highest", vec![0, 0x90, 0, 64, 0, 127, 64, 96, 0, 0, 0, 127, 0], vec![note(0, 0, 24), note(0, 127, 24)]),
        ("drums left out", vec![0, 0x99, 36, 64, 0, 0x90, 60, 64, 96, 60, 0, 0, 0x89, 36, 0], vec![note(0, 60, 24)]),
        ("pedal, bend, pressure, program", [&[0, 0xb0, 64, 127, 0, 0xe0, 0, 64, 0, 0xa0, 60, 1, 0, 0xd0, 5, 0, 0xc0, 19][..], &C].concat(), vec![Note { instrument: 19, ..note(0, 60, 24) }]),
    ];
    for (name, events, expected) in cases {
        assert_eq!(song(&one(&events)).notes, expected, "{name}");
    }
}

#[test]
fn where_a_release_is_missing_a_new_strike_ends_the_note_before_it() {
    // Strikes (true) and releases of one key at these beats; notes as (start, end) in beats; repaired and never released.
    type Case = (&'static str, Vec<(u8, bool)>, Vec<(u32, u32)>, (usize, usize));
    #[rustfmt::skip]
    let cases: Vec<Case> = vec![
        ("struck twice, released once", vec![(0, true), (2, true), (3, false), (8, true), (10, false)], vec![(0, 2), (2, 3), (8, 10)], (1, 0)),
        ("two at once, released once", vec![(0, true), (0, true), (1, false)], vec![(0, 1)], (1, 0)),
        ("every strike released", vec![(0, true), (2, true), (3, false), (8, false)], vec![(0, 3), (2, 8)], (0, 0)),
        ("the last never released", vec![(0, true), (1, false), (2, true), (3, true), (3, false), (4, true)], vec![(0, 1), (2, 3), (4, 20)], (1, 1)),
        ("no release at all", vec![(0, true), (2, true)], vec![(0, 2), (2, 20)], (1, 1)),
        ("releases to spare", vec![(0, true), (2, true), (3, false), (4, false), (5, false)], vec![(0, 3), (2, 4)], (0, 0)),
    ];
    for (name, strokes, expected, counts) in cases {
        let mut events = Vec::new();
        let mut now = 0;
        for (beat, is_strike) in strokes {
            events.extend([(beat - now) * 6, 0x90, 60, if is_strike { 64 } else { 0 }]);
            now = beat;
        }
        // Six file ticks to a beat; another key is balanced whatever happens to this one.
        events.extend([(20 - now) * 6, 0xb0, 7, 7]);
        let other = [&[0, 0x90, 72, 64, 3, 72, 64, 3, 72, 0, 3, 72, 0][..], &END].concat();
        let bytes = [header(1, 2, 6), chunk(b"MTrk", &[&events[..], &END].concat()), chunk(b"MTrk", &other)].concat();
        let got = song(&bytes);
        let notes = got.notes.iter().filter(|note| note.pitch == 60);
        let beats: Vec<_> = notes.map(|note| (note.onset / 24, note.end() / 24)).collect();
        // A key that is struck as another note of it is released at the same time has no zero-length note left.
        assert_eq!(beats, expected, "{name}");
        assert_eq!((got.report.restruck, got.report.unreleased), counts, "{name}");
        assert_eq!(
            got.notes.iter().filter(|note| note.pitch == 72).map(|note| note.duration).collect::<Vec<_>>(),
            [24, 24]
        );
    }
}

#[test]
fn drums_are_left_out_wherever_gm_gs_gm2_and_xg_have_them() {
    const GS_RESET: &[u8] = &[0, 0xf0, 10, 0x41, 0x10, 0x42, 0x12, 0x40, 0, 0x7f, 0, 0x41, 0xf7];
    const GM2_ON: &[u8] = &[0, 0xf0, 5, 0x7e, 0x7f, 9, 3, 0xf7];
    const XG_ON: &[u8] = &[0, 0xf0, 8, 0x43, 0x10, 0x4c, 0, 0, 0x7e, 0, 0xf7];
    let gs = |part: u8, map: u8| vec![0, 0xf0, 10, 0x41, 0x10, 0x42, 0x12, 0x40, 0x10 | part, 0x15, map, 0, 0xf7];
    let xg = |channel: u8, mode: u8| vec![0, 0xf0, 8, 0x43, 0x10, 0x4c, 8, channel, 7, mode, 0xf7];
    let bank = |channel: u8, bank: u8| vec![0, 0xb0 | channel, 0, bank, 0, 0xc0 | channel, 0];
    let on = |channel: u8| vec![0, 0x90 | channel, 36, 64, 48, 0x80 | channel, 36, 64];
    // What comes first, the channel that plays a note (from 0), and whether it is a drum.
    #[rustfmt::skip]
    let cases: Vec<(&str, Vec<u8>, u8, bool)> = vec![
        ("channel 10", vec![], 9, true),
        ("channel 11", vec![], 10, false),
        ("GS on channel 11", gs(10, 1), 10, true),
        ("GS on channel 1", gs(1, 2), 0, true),
        ("GS on channel 9", gs(9, 1), 8, true),
        ("GS on another channel", gs(10, 1), 11, false),
        ("GS takes them from channel 10", gs(0, 0), 9, false),
        ("GS reset gives them back", [&gs(0, 0)[..], GS_RESET].concat(), 9, true),
        ("GM2 bank on channel 11", bank(10, 120), 10, true),
        ("GM2 bank without a program", vec![0, 0xba, 0, 120], 10, false),
        ("another bank afterwards", [bank(10, 120), bank(10, 0)].concat(), 10, false),
        ("GM2 melody on channel 10", [GM2_ON, &bank(9, 121)].concat(), 9, false),
        ("the same bank without GM2", bank(9, 121), 9, true),
        ("bank 0 on channel 10", bank(9, 0), 9, true),
        ("XG bank", [XG_ON, &bank(3, 127)].concat(), 3, true),
        ("the same bank without XG", bank(3, 127), 3, false),
        ("XG part mode", [XG_ON, &xg(4, 2)].concat(), 4, true),
        ("XG on again", [XG_ON, &xg(4, 2), XG_ON].concat(), 4, false),
    ];
    for (name, before, channel, is_drum) in cases {
        let got = song(&one(&[&before[..], &on(channel), &on(1)].concat()));
        assert_eq!((got.notes.len(), got.report.drums), if is_drum { (1, 1) } else { (2, 0) }, "{name}");
        assert_eq!(got.report.stray_releases, 0, "{name}");
    }
    // The message may stand in another track, and acts from its time on.
    let tracks = [[&gs(5, 1)[..], &END].concat(), [&on(4)[..], &on(1), &END].concat()];
    assert_eq!(song(&file(1, &[&tracks[0], &tracks[1]])).report.drums, 1);
    let late = [vec![0, 0x94, 60, 64, 24, 0xb4, 0, 120, 0, 0xc4, 0, 24, 0x84, 60, 0], on(4)].concat();
    let got = song(&one(&late));
    assert_eq!((got.notes, got.report.drums), (vec![note(0, 60, 12)], 1));
}

#[test]
fn the_sustain_pedal_holds_notes_where_asked_for_and_where_music_was_played() {
    const DOWN: [u8; 3] = [0xb0, 64, 127];
    const UP: [u8; 3] = [0xb0, 64, 0];
    let at = |delta: u8, message: &[u8]| [&[delta], message].concat();
    let on = |delta: u8| at(delta, &[0x90, 60, 64]);
    let off = |delta: u8| at(delta, &[0x90, 60, 0]);
    // Lengths in ticks of 1/24 beat, with four file ticks each.
    type Case = (&'static str, Vec<Vec<u8>>, Vec<u32>);
    #[rustfmt::skip]
    let cases: Vec<Case> = vec![
        ("held until it is lifted", vec![at(0, &DOWN), on(0), off(24), at(24, &UP)], vec![12]),
        ("at 64", vec![at(0, &[0xb0, 64, 64]), on(0), off(24), at(24, &[0xb0, 64, 63])], vec![12]),
        ("below 64", vec![at(0, &[0xb0, 64, 63]), on(0), off(24), at(24, &UP)], vec![6]),
        ("pressed before the release", vec![on(0), at(12, &DOWN), off(12), at(24, &UP)], vec![12]),
        ("pressed after the release", vec![on(0), off(24), at(0, &DOWN), at(24, &UP)], vec![6]),
        ("lifted before the release", vec![at(0, &DOWN), on(0), at(12, &UP), off(12)], vec![6]),
        ("lifted and pressed again", vec![at(0, &DOWN), on(0), off(24), at(12, &UP), at(0, &DOWN), at(24, &UP)], vec![9]),
        ("pressed twice", vec![at(0, &DOWN), on(0), off(24), at(12, &DOWN), at(12, &UP)], vec![12]),
        ("the key is struck again", vec![at(0, &DOWN), on(0), off(24), on(12), off(12), at(24, &UP)], vec![9, 9]),
        ("another channel", vec![at(0, &[0xb1, 64, 127]), on(0), off(24), at(24, &[0xb1, 64, 0])], vec![6]),
        ("never lifted", vec![at(0, &DOWN), on(0), off(24), at(24, &[0xb0, 7, 7])], vec![6]),
        ("all sound off", vec![at(0, &DOWN), on(0), off(24), at(12, &[0xb0, 120, 0]), at(24, &UP)], vec![9]),
        ("all notes off", vec![at(0, &DOWN), on(0), at(24, &[0xb0, 123, 0]), at(24, &UP)], vec![12]),
        ("controllers reset", vec![at(0, &DOWN), on(0), off(24), at(12, &[0xb0, 121, 0])], vec![9]),
        ("released at once", vec![at(0, &DOWN), on(0), off(0), at(24, &UP)], vec![6]),
    ];
    let lengths = |bytes: &[u8], pedal: Pedal| {
        let song = read_with(bytes, "test.mid", pedal).expect("notes").remove(0);
        (song.notes.iter().map(|note| note.duration).collect::<Vec<_>>(), song.report)
    };
    for (name, events, expected) in cases {
        let events = events.concat();
        assert_eq!(lengths(&one(&events), Pedal::Hold).0, expected, "{name}");
    }
    let held = [at(0, &DOWN), on(0), off(24), at(24, &UP)].concat();
    let (got, report) = lengths(&one(&held), Pedal::Ignore);
    assert_eq!((got, report.pedal_held, report.pedal_ignored), (vec![6], 0, 1));
    // A song on the grid is a score, one off the grid was played. The pedal may stand in another track.
    for (start, pedal, expected) in [(96, (0, 1), 6), (97, (1, 0), 12)] {
        let notes = [&[start, 0x90, 60, 64][..], &off(24), &at(96, &UP), &END].concat();
        let tracks = [[&at(97, &DOWN)[..], &at(23 + start - 96 + 24, &UP), &END].concat(), notes];
        let (got, report) = lengths(&file(1, &[&tracks[0], &tracks[1]]), Pedal::Auto);
        assert_eq!((got, (report.pedal_held, report.pedal_ignored)), (vec![expected], pedal), "start {start}");
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

#[test]
fn velocity_and_program_are_those_of_the_strike() {
    // Channel 1 changes its program between two notes, channel 2 names none; a release has a velocity of its own.
    let events = [
        &[0, 0xc0, 40, 0, 0x90, 60, 10, 0, 0x91, 64, 127, 96, 0xc0, 6, 0, 0x80, 60, 99][..],
        &[0, 0x90, 60, 1, 0, 0x81, 64, 0, 96, 0x80, 60, 0],
    ];
    let struck =
        |onset: u32, pitch: u8, velocity: u8, instrument: u8| Note { velocity, instrument, ..note(onset, pitch, 24) };
    let expected = [struck(0, 60, 10, 40), struck(0, 64, 127, 0), struck(24, 60, 1, 6)];
    assert_eq!(song(&one(&events.concat())).notes, expected);
    // Two instruments may strike one key together; one may not.
    let twice = |channel: u8| {
        one(&[0, 0xc1, 6, 0, 0x90, 60, 64, 0, 0x90 | channel, 60, 64, 96, 0x80, 60, 0, 0, 0x80 | channel, 60, 0])
    };
    assert_eq!((song(&twice(1)).notes.len(), song(&twice(2)).notes.len()), (2, 1));
}
