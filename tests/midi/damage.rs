//! Tracks that break the rules, and files that are no longer what they were.

use gpu_lstm::music::midi::{Pedal, read_with};
use proptest::prelude::*;

use super::*;

#[test]
fn tracks_that_break_the_rules_are_read_as_far_as_they_make_sense() {
    let c = |before: &[u8]| [before, &C].concat();
    let after = |middle: &[u8]| [&[0, 0x90, 60, 64][..], middle, &[96, 60, 0]].concat();
    // Events of one track without its end, how many notes, and a part of a warning.
    #[rustfmt::skip]
    let cases: Vec<(&str, Vec<u8>, usize, &str)> = vec![
        ("running status after a meta event", after(&[0, 0xff, 1, 1, 65]), 1, "running status"),
        ("running status after a system exclusive event", after(&[0, 0xf0, 2, 1, 0xf7]), 1, "running status"),
        ("a status after a meta event", c(&[0, 0xff, 1, 1, 65]), 1, ""),
        ("data without a status", [&[0, 60, 64][..], &C].concat(), 0, "cannot be read"),
        ("a velocity above 127", vec![0, 0x90, 60, 200, 96, 0x80, 60, 0], 1, "read as 127"),
        ("a pitch above 127", vec![0, 0x90, 200, 64, 96, 0x80, 200, 0], 1, "read as 127"),
        ("a controller above 127", c(&[0, 0xb0, 168, 1]), 1, "read as 127"),
        ("a program above 127", c(&[0, 0xc0, 255]), 1, "read as 127"),
        ("running status after a clipped event", vec![0, 0x90, 60, 200, 96, 60, 0], 1, "read as 127"),
        ("F0 without F7", c(&[0, 0xf0, 3, 1, 2, 3]), 1, ""),
        ("F0 of length 0", c(&[0, 0xf0, 0]), 1, ""),
        ("F0 that swallows the rest", c(&[0, 0xf0, 0x7f, 1]), 0, "no end-of-track"),
        ("an F7 escape", c(&[0, 0xf7, 2, 0xf3, 1]), 1, ""),
        ("F1 with its byte", c(&[0, 0xf1, 1]), 1, "system messages"),
        ("F2 with its bytes", c(&[0, 0xf2, 1, 1]), 1, "system messages"),
        ("F3 with its byte", c(&[0, 0xf3, 1]), 1, "system messages"),
        ("F6", c(&[0, 0xf6]), 1, "system messages"),
        ("F8 between onset and release", after(&[0, 0xf8]), 1, "system messages"),
        ("FE", c(&[0, 0xfe]), 1, "system messages"),
        ("a meta event of length 0", c(&[0, 0xff, 1, 0]), 1, ""),
        ("a sequence number without a number", c(&[0, 0xff, 0, 0]), 1, ""),
        ("an unknown meta event", c(&[0, 0xff, 0x66, 2, 1, 2]), 1, ""),
        ("a meta event longer than the track", c(&[0, 0xff, 1, 0x7f]), 0, "no end-of-track"),
        ("a key of 8 sharps", c(&[0, 0xff, 0x59, 2, 8, 2]), 1, ""),
        ("a key without a mode", c(&[0, 0xff, 0x59, 1, 0]), 1, "malformed meta"),
        ("an impossible frame offset", c(&[0, 0xff, 0x54, 5, 31, 99, 99, 99, 99]), 1, "malformed meta"),
        ("a tempo of two bytes", c(&[0, 0xff, 0x51, 2, 7, 7]), 1, ""),
        ("a tempo of zero", c(&[0, 0xff, 0x51, 3, 0, 0, 0]), 1, ""),
        ("the slowest tempo", c(&[0, 0xff, 0x51, 3, 0xff, 0xff, 0xff]), 1, ""),
        ("a time signature of two bytes", c(&[0, 0xff, 0x58, 2, 4, 2]), 1, ""),
        ("text in Latin-1", c(&[0, 0xff, 3, 3, 0x46, 0xfc, 0x72]), 1, ""),
        ("padded time values", vec![0x80, 0x80, 0x80, 0, 0x90, 60, 64, 0x80, 0x80, 96, 60, 0], 1, ""),
        ("a time value of five bytes", [&C[..], &[0x80, 0x80, 0x80, 0x80, 0], &C].concat(), 1, "longer than four"),
        ("a flood of bends", [[0, 0xe0, 1, 1].repeat(10_000), C.to_vec()].concat(), 1, ""),
        ("a flood of tempos", [[0, 0xff, 0x51, 3, 7, 7, 7].repeat(10_000), C.to_vec()].concat(), 1, ""),
    ];
    let other = [&[0, 0x91, 72, 64, 96, 72, 0][..], &END].concat();
    for (name, events, expected, warning) in cases {
        // Whatever happens in one track, the other is read.
        let got = song(&file(1, &[&[&events[..], &END].concat(), &other]));
        assert_eq!(got.notes.len(), expected + 1, "{name}");
        let warnings = got.report.warnings.join(", ");
        assert_eq!(warnings.is_empty(), warning.is_empty(), "{name}: {warnings}");
        assert!(warnings.contains(warning), "{name}: {warnings}");
    }
}

#[test]
fn warnings_name_the_track_and_the_byte_and_stay_when_no_notes_remain() {
    let reason = |bytes: &[u8]| read(bytes, "x.mid").expect_err("no notes").to_string();
    // Tracks begin at byte 22. A lyric whose time value is missing: its status is read as time, its type as data.
    let lyric = one(&[&[0, 0xff, 5, 1, 13, 0xff, 5, 3, 97, 98, 99][..], &C].concat());
    let got = reason(&lyric);
    assert!(got.contains("no notes; track 1, byte 27: data without a status, which cannot be read"), "{got}");
    assert!(got.contains("the last 18 bytes of the track are not read, other programs may read on"), "{got}");
    let early = reason(&one(&[&END[..], &C].concat()));
    assert!(early.contains("track 1, byte 26: bytes after the end-of-track mark, 12 of them, ignored"), "{early}");
    let short = one(&C)[..30].to_vec();
    let got = song(&short).report.warnings.join(", ");
    assert!(got.contains("track 1, byte 30: no end-of-track mark"), "{got}");
    let second = file(1, &[&[&C[..], &END].concat(), &[&[0, 0xf8][..], &C, &END].concat()]);
    assert_eq!(
        song(&second).report.warnings,
        ["track 2, byte 42: system messages that have no place in a file, ignored"]
    );
    // In format 2 a track without notes is no song, and its warnings go to the first that is one.
    let drums = [&[0, 0x99, 36, 64, 9, 0x89, 36, 0, 0, 0xf8][..], &END].concat();
    let whole = [&C[..], &END].concat();
    let songs = read(&file(2, &[&drums, &whole, &whole]), "x.mid").expect("songs");
    let of_each: Vec<_> = songs.iter().map(|song| (song.report.warnings.len(), song.report.drums)).collect();
    assert_eq!(of_each, [(1, 1), (0, 0)]);
    assert!(songs[0].report.warnings[0].starts_with("track 1, byte "), "{:?}", songs[0].report.warnings);
    let silent = reason(&one(&[0, 0x99, 36, 64, 9, 0x89, 36, 0, 0, 0x90, 60, 64, 0, 0x80, 60, 64]));
    assert!(silent.contains("it has no notes besides 1 of drums and 1 of no length"), "{silent}");
}

#[test]
fn warnings_stay_few() {
    let bad = [&[0, 0xf8, 0, 0x90, 60, 200, 96, 60, 0][..], &END, &END].concat();
    let got = song(&file(1, &vec![&bad[..]; 500]));
    assert!((1..20).contains(&got.report.warnings.len()));
    // 500 tracks with three warnings each, of which eight are reported.
    assert_eq!(got.report.warnings.last().map(String::as_str), Some("and 1492 more"));
}

/// A file with all sorts of events, to be damaged.
fn rich() -> Vec<u8> {
    let first = [
        &[0, 0xff, 0x51, 3, 7, 0xa1, 0x20, 0, 0xff, 0x58, 4, 3, 2, 24, 8, 0, 0xf0, 2, 1, 0xf7, 0, 0xc0, 5][..],
        &C.repeat(10),
        &END,
    ]
    .concat();
    let second = [&[0, 0x91, 72, 64, 96, 72, 0, 0x81, 0, 74, 64, 48, 0xff, 1, 2, 65, 66, 48, 74, 0][..], &END].concat();
    file(1, &[&first, &second])
}

#[test]
fn a_file_cut_off_anywhere_is_an_error_or_a_beginning() {
    let whole = rich();
    let all = song(&whole).notes.len();
    for length in 0..whole.len() {
        if let Ok(songs) = read(&whole[..length], "cut.mid") {
            assert!(songs[0].notes.len() <= all, "{length}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = read(&bytes, "noise");
    }

    #[test]
    fn random_events_in_a_good_frame_never_panic(
        format in 0_u16..3,
        division in any::<u16>(),
        bytes in prop::collection::vec(any::<u8>(), 0..600),
    ) {
        let file = [header(format, 1, division), chunk(b"MTrk", &bytes)].concat();
        if let Ok(songs) = read(&file, "noise") {
            for song in songs {
                prop_assert!(song.notes.is_sorted());
                prop_assert!(song.notes.iter().all(|note| note.duration > 0 && note.pitch < 128));
                prop_assert!(song.seconds.is_finite() && song.seconds >= 0.0);
            }
        }
        // The pedal makes no note shorter.
        let beats = |pedal: Pedal| {
            let songs = read_with(&file, "noise", pedal).unwrap_or_default();
            songs.iter().flat_map(|song| &song.notes).map(|note| u64::from(note.duration)).sum::<u64>()
        };
        prop_assert!(beats(Pedal::Hold) >= beats(Pedal::Ignore));
    }

    #[test]
    fn a_good_file_with_changed_bytes_never_panics(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut bytes = rich();
        for (index, value) in changes {
            let at = index.index(bytes.len());
            bytes[at] ^= value;
        }
        let _ = read(&bytes, "flipped");
    }
}
