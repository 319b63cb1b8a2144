//! Keys and ranges as people write them.

use gpu_lstm::music::key::Key;
use gpu_lstm::music::piano_roll::note_name;
use gpu_lstm::music::pitches::{PitchRange, Pitches};

/// Names of the pitches from middle C upwards that belong to a key.
fn scale(key: &str) -> String {
    let key: Key = key.parse().unwrap_or_else(|error| panic!("{error}"));
    let pitches = Pitches::new(Some(&key), None).expect("a key has notes");
    let names: Vec<String> =
        (60..72).filter(|&pitch| pitches.contains(pitch)).map(|pitch| note_name(pitch as u8)).collect();
    names.join(" ").replace('4', "")
}

fn range(text: &str) -> Vec<usize> {
    let range: PitchRange = text.parse().unwrap_or_else(|error| panic!("{error}"));
    let pitches = Pitches::new(None, Some(&range)).expect("a range has notes");
    (0..200).filter(|&pitch| pitches.contains(pitch)).collect()
}

#[test]
fn a_key_has_the_notes_of_its_scale_and_minor_both_forms_of_sixth_and_seventh() {
    assert_eq!(scale("C"), "C D E F G A B");
    assert_eq!(scale("Eb"), "C D D# F G G# A#");
    assert_eq!(scale("F# major"), "C# D# F F# G# A# B");
    assert_eq!(scale("A minor"), "C D E F F# G G# A B");
    assert_eq!(scale("F#m"), "C# D D# E F F# G# A B");
}

#[test]
fn a_key_can_be_written_in_many_ways() {
    for same in ["Am", "a minor", "A min", " Am ", "A MINOR", "A m", "Aminor", "G##m", "Bbbm"] {
        assert_eq!(scale(same), scale("A minor"), "{same}");
    }
    for same in ["B♭", "Bb major", "bb", "A# Major", "BbM", "Bbmaj", "Cbb"] {
        assert_eq!(scale(same), scale("Bb"), "{same}");
    }
    for wrong in ["", "H", "A blues", "minor", "Amm", "5", "#", "Ä", "A minor major"] {
        let error = wrong.parse::<Key>().expect_err(wrong);
        assert!(error.contains("is no key; write it as"), "{error}");
    }
}

#[test]
fn a_range_has_both_ends_by_name_or_number() {
    assert_eq!(range("C4-E4"), [60, 61, 62, 63, 64]);
    assert_eq!(range("48-50"), [48, 49, 50]);
    assert_eq!(range("Bb2 - b2"), [46, 47]);
    assert_eq!(range("C-1-C#-1"), [0, 1]);
    assert_eq!(range("126-G9"), [126, 127]);
    assert_eq!(range("B#3-C4"), [60]);
    assert_eq!(range("0-127").len(), 128);
    for wrong in
        ["", "C4", "C4-", "-", "C4-H4", "C4-128", "G#9-G#9", "-1-5", "C-C", "C99999999999-C4", "C2147483647-C4", "é-C4"]
    {
        let error = wrong.parse::<PitchRange>().expect_err(wrong);
        assert!(error.contains("is no range; write it as"), "{wrong}: {error}");
    }
    assert!("C5-C4".parse::<PitchRange>().expect_err("upside down").contains("lower end comes first"));
}

#[test]
fn key_and_range_together_leave_what_belongs_to_both_and_never_nothing() {
    let (key, range): (Key, PitchRange) = ("D".parse().expect("a key"), "C4-F4".parse().expect("a range"));
    let both = Pitches::new(Some(&key), Some(&range)).expect("three notes");
    assert_eq!((0..128).filter(|&pitch| both.contains(pitch)).collect::<Vec<_>>(), [61, 62, 64]);
    let range: PitchRange = "C4-C4".parse().expect("a range");
    let error = Pitches::new(Some(&key), Some(&range)).expect_err("no note").to_string();
    assert!(error.contains("--range C4-C4 holds no note of --key D"), "{error}");
}
