//! Headers, chunks, formats and clocks.

use gpu_lstm::music::midi::{Pedal, read_tracks};

use super::*;

/// Number of notes, or a part of the reason why there are none; and a part of the first warning.
type Case = (&'static str, Vec<u8>, Result<usize, &'static str>, &'static str);

#[test]
fn every_kind_of_header_and_chunk_is_read_or_refused_with_its_reason() {
    let track = [&C[..], &END].concat();
    let good = file(0, &[&track]);
    let with = |at: usize, bytes: &[u8]| {
        let mut changed = good.clone();
        changed[at..at + bytes.len()].copy_from_slice(bytes);
        changed
    };
    let joined = |parts: &[&[u8]]| parts.concat();
    let riff = joined(&[b"RIFF", &[38, 0, 0, 0], b"RMIDdata", &[30, 0, 0, 0], &good]);
    let two = file(1, &[&track, &track]);
    let long_header = joined(&[&chunk(b"MThd", &[0, 0, 0, 1, 0, 96, 7, 7]), &good[14..]]);
    let division = |high: u8, low: u8| with(12, &[high, low]);
    #[rustfmt::skip]
    let cases: Vec<Case> = vec![
        ("a good file", good.clone(), Ok(1), ""),
        ("an empty file", vec![], Err("empty"), ""),
        ("a header cut off", good[..12].to_vec(), Err("cut off inside its header"), ""),
        ("only a header", good[..14].to_vec(), Err("no notes"), ""),
        ("a wrong magic", with(0, b"MThx"), Err("no MIDI header"), ""),
        ("a text file", b"dear diary, today I wrote a song".to_vec(), Err("no MIDI header"), ""),
        ("a gzip file", vec![0x1f, 0x8b, 8, 0], Err("gzip"), ""),
        ("bytes before the header", joined(&[b"junk", &good]), Ok(1), "4 bytes before"),
        ("a RIFF wrapper", riff, Ok(1), ""),
        ("a longer header", long_header, Ok(1), ""),
        ("a header length far too large", with(4, &[0x7f]), Ok(1), "wrong length"),
        ("format 3", with(9, &[3]), Ok(1), "format 3"),
        ("a format word with both bytes", with(8, &[0x74]), Ok(1), "read as format 1"),
        ("format 0 with two tracks", joined(&[&header(0, 2, 96), &two[14..]]), Ok(1), ""),
        ("no tracks declared", with(10, &[0, 0]), Ok(1), "declares 0 tracks"),
        ("65535 tracks declared", with(10, &[0xff, 0xff]), Ok(1), "declares 65535 tracks"),
        ("division 0", division(0, 0), Err("zero ticks"), ""),
        ("division 1", division(0, 1), Ok(1), ""),
        ("division 32767", division(0x7f, 0xff), Ok(1), ""),
        ("24 frames", division(0xe8, 4), Ok(1), ""),
        ("25 frames", division(0xe7, 40), Ok(1), ""),
        ("29 frames", division(0xe3, 100), Ok(1), ""),
        ("30 frames", division(0xe2, 80), Ok(1), ""),
        ("no ticks in a frame", division(0xe7, 0), Err("zero ticks"), ""),
        ("23 frames", division(0xe9, 4), Err("23 frames"), ""),
        ("128 frames", division(0x80, 4), Err("128 frames"), ""),
        ("an unknown chunk before the track", joined(&[&good[..14], &chunk(b"XFIH", &[1, 2, 3]), &good[14..]]), Ok(1), ""),
        ("a chunk in lower case", joined(&[&good, &chunk(b"mtrk", &track)]), Ok(1), ""),
        ("a line end behind", joined(&[&good, b"\r\n"]), Ok(1), ""),
        ("zeros behind", joined(&[&good, &[0; 40]]), Ok(1), ""),
        ("a stray letter between the chunks", joined(&[&header(1, 2, 96), &two[14..34], b"x", &one(&[0, 0x90, 65, 1, 9, 65, 0])[14..]]), Ok(2), "damaged"),
        ("a track without events", file(0, &[&[]]), Err("no notes"), ""),
        ("a track with its end only", file(0, &[&END]), Err("no notes"), ""),
        ("no end of track", file(0, &[&C]), Ok(1), "no end-of-track"),
        ("two ends of track", file(0, &[&joined(&[&C, &END, &END])]), Ok(1), "bytes after the end"),
        ("notes after the end", file(0, &[&joined(&[&C, &END, &C])]), Ok(1), "bytes after the end"),
        ("a length too short", with(18, &[0, 0, 0, 5]), Ok(1), "wrong length"),
        ("a length past the end", with(18, &[0, 0, 0x10, 0]), Ok(1), "wrong length"),
        ("a length too short, then a track", joined(&[&header(1, 2, 96), b"MTrk", &[0, 0, 0, 3], &track, &one(&[0, 0x90, 65, 1, 9, 65, 0])[14..]]), Ok(2), "wrong length"),
        ("a length that swallows a track", joined(&[&header(1, 2, 96), b"MTrk", &[0, 0, 0, 24], &track, &one(&[0, 0x90, 65, 1, 9, 65, 0])[14..]]), Ok(2), "wrong length"),
        ("drums only", one(&[0, 0x99, 36, 9, 5, 0x89, 36, 0]), Err("1 of drums"), ""),
    ];
    for (name, bytes, expected, warning) in cases {
        match (read(&bytes, "x.mid"), expected) {
            (Ok(songs), Ok(count)) => {
                assert_eq!(songs.iter().map(|song| song.notes.len()).sum::<usize>(), count, "{name}");
                let warnings = &songs[0].report.warnings;
                match warning {
                    "" => assert!(warnings.is_empty(), "{name}: {warnings:?}"),
                    _ => assert!(warnings.iter().any(|text| text.contains(warning)), "{name}: {warnings:?}"),
                }
            }
            (Err(error), Err(reason)) => {
                let text = error.to_string();
                assert!(text.contains(reason) && text.starts_with("x.mid"), "{name}: {text}");
            }
            (got, expected) => panic!("{name}: {got:?}, expected {expected:?}"),
        }
    }
}

#[test]
fn tracks_of_format_1_sound_together_and_those_of_format_2_one_after_the_other() {
    let first = [&C[..], &END].concat();
    let second = [&[48, 0x91, 64, 64, 48, 0x81, 64, 0][..], &END].concat();
    assert_eq!(song(&file(1, &[&first, &second])).notes, [note(0, 60, 24), note(12, 64, 12)]);
    let songs = read(&file(2, &[&first, &END, &second]), "two.mid").unwrap();
    let names: Vec<_> = songs.iter().map(|song| song.name.as_str()).collect();
    assert_eq!(names, ["two.mid (track 1)", "two.mid (track 3)"]);
    assert_eq!(songs[0].notes, [note(0, 60, 24)]);
    assert_eq!(songs[1].notes, [note(12, 64, 12)]);
}

#[test]
fn frames_give_seconds_and_beats_at_120_a_minute() {
    // 25 frames of 40 ticks: 1000 ticks a second. A note from 1 s to 2.5 s.
    let events = [0x87, 0x68, 0x90, 60, 64, 0x8b, 0x5c, 0x80, 60, 0, 0, 0xff, 0x2f, 0];
    let frames = |division: u16| {
        let bytes = [header(0, 1, division), chunk(b"MTrk", &events)].concat();
        song(&bytes)
    };
    assert_eq!(frames(0xe728).notes, [note(48, 60, 72)]);
    assert!((frames(0xe728).seconds - 2.5).abs() < 1e-12);
    // 29.97 frames of 100 ticks: 2997.003 ticks a second.
    assert!((frames(0xe364).seconds - 2500.0 * 1.001 / 3000.0).abs() < 1e-12);
}

#[test]
fn seconds_follow_the_tempo_map_of_all_tracks_and_the_first_tempo_is_kept() {
    let tempo = |micros: u32| [&[0xff, 0x51, 3][..], &micros.to_be_bytes()[1..]].concat();
    // A beat at the default, one at 1 s a beat (set in another track), two at 2 s a beat.
    let conductor = [&[96][..], &tempo(1_000_000), &[96], &tempo(2_000_000), &END].concat();
    let melody = [&[0, 0x90, 60, 64, 0x83, 0, 0x80, 60, 0][..], &END].concat();
    let got = song(&file(1, &[&melody, &conductor]));
    assert_eq!(got.notes, [note(0, 60, 96)]);
    assert!((got.seconds - 5.5).abs() < 1e-12, "{}", got.seconds);
    assert_eq!(got.tempo, Some(60.0));
    assert_eq!(song(&one(&C)).tempo, None);
    assert!((song(&one(&C)).seconds - 0.5).abs() < 1e-12);
    // Of two on one tick the last counts, a tempo of zero never.
    let twice = [&[0][..], &tempo(1_000_000), &[0], &tempo(3_000_000), &[0], &tempo(0), &C].concat();
    assert!((song(&one(&twice)).seconds - 3.0).abs() < 1e-12);
    assert_eq!(song(&one(&twice)).tempo, Some(60.0));
    // Nor does one after the last note.
    let after = [&C[..], &[96], &tempo(1_000_000), &[96], &tempo(7_000_000)].concat();
    assert!((song(&one(&after)).seconds - 0.5).abs() < 1e-12);
}

#[test]
fn time_signatures_that_make_sense_are_kept() {
    let signature = |numerator: u8, power: u8| {
        let meta = [0, 0xff, 0x58, 4, numerator, power, 24, 8];
        song(&one(&[&meta[..], &C].concat())).time_signature
    };
    assert_eq!(signature(6, 3), Some((6, 8)));
    assert_eq!(signature(0, 2), None);
    assert_eq!(signature(4, 255), None);
    assert_eq!(song(&one(&C)).time_signature, None);
}

#[test]
fn the_first_key_signature_that_makes_sense_is_kept() {
    let signatures = |sharps: &[i8]| {
        let meta: Vec<u8> = sharps.iter().flat_map(|&sharps| [0, 0xff, 0x59, 2, sharps as u8, 1]).collect();
        song(&one(&[&meta[..], &C].concat())).key_signature
    };
    assert_eq!(signatures(&[3, 1]), Some(3));
    assert_eq!(signatures(&[-4]), Some(-4));
    assert_eq!(signatures(&[8, -8, 0]), Some(0));
    assert_eq!(signatures(&[]), None);
}

#[test]
fn the_same_song_at_any_resolution_gives_the_same_notes() {
    // Sixteenths, triplets and a long note, in 1/24 beat.
    let lengths = [6, 6, 12, 8, 8, 8, 96];
    let at = |division: u16| {
        let mut events = Vec::new();
        let (mut grid, mut now) = (0, 0);
        // Each note follows the one before without a gap.
        for length in lengths {
            grid += length;
            let next = grid * u32::from(division) / 24;
            let delta = next - now;
            now = next;
            events.extend([0, 0x90, 60, 64, 0x80 | (delta >> 7) as u8, (delta & 0x7f) as u8, 0x80, 60, 64]);
        }
        let track = [&events[..], &END].concat();
        song(&[header(0, 1, division), chunk(b"MTrk", &track)].concat())
    };
    let onsets = [0, 6, 12, 24, 32, 40, 48];
    let expected: Vec<_> = onsets.into_iter().zip(lengths).map(|(onset, length)| note(onset, 60, length)).collect();
    for division in [24, 96, 192, 480, 960, 1024] {
        let got = at(division);
        assert_eq!(got.notes, expected, "{division}");
        // A third of 1024 is no whole number, so that file is a little off the grid: too little to count.
        assert_eq!(got.report.moved, 0, "{division}");
    }
}

#[test]
fn tracks_are_read_one_by_one() {
    let track = |pitch: u8| [&[24, 0x90, pitch, 64, 96, 0x80, pitch, 64][..], &END].concat();
    let bytes = file(1, &[&END, &track(60), &track(67)]);
    let tracks = read_tracks(&bytes, "test.mid", Pedal::Ignore).expect("a readable file");
    assert_eq!(tracks, [vec![], vec![note(6, 60, 24)], vec![note(6, 67, 24)]]);
    let error = read_tracks(b"a text", "test.mid", Pedal::Ignore).expect_err("no MIDI").to_string();
    assert!(error.contains("test.mid"), "{error}");
}
