//! The reader of scores against notes worked out by hand.

use crate::abc::Score;

/// A score with these voices in 2/4 and D major, eighths as the unit.
fn score(voices: &[&str]) -> Score {
    let header = "X:1\nT:A title\nC:A composer\n% source: none\nM:2/4\nL:1/8\nQ:1/4=90\nK:D\n";
    let fields: String = (1..=voices.len()).map(|number| format!("V:{number} clef=treble name=\"x\"\n")).collect();
    let music: String = voices.iter().zip(1..).map(|(music, number)| format!("[V:{number}] {music}\n")).collect();
    Score::read(&format!("{header}{fields}{music}"))
}

/// Onset, pitch and duration of the notes of one voice.
fn notes(music: &str) -> Vec<(u32, u8, u32)> {
    score(&[music]).voices[0].notes.iter().map(|note| (note.onset, note.pitch, note.duration)).collect()
}

#[test]
fn the_header_is_read() {
    let score = score(&["D4 |", "z4 |]"]);
    assert_eq!((score.fields.as_str(), score.title.as_str()), ("XTCMLQKVV", "A title"));
    assert_eq!((score.composer.as_str(), score.metre, score.tempo), ("A composer", (2, 4), 90.0));
    assert_eq!((score.key.name().as_str(), score.comments), ("D major", vec!["source: none".to_string()]));
    assert_eq!((score.voices.len(), score.voices[1].clef.as_str()), (2, "treble"));
}

#[test]
fn notes_follow_the_key_and_the_accidentals_of_their_bar() {
    assert_eq!(notes("CGc'=C |"), [(0, 61, 12), (12, 67, 12), (24, 85, 12), (36, 60, 12)]);
    assert_eq!(notes("=CC^GG | CG_B,,2 |")[..4], [(0, 60, 12), (12, 60, 12), (24, 68, 12), (36, 68, 12)]);
    assert_eq!(notes("=CC^GG | CG_B,,2 |")[4..], [(48, 61, 12), (60, 67, 12), (72, 46, 24)]);
}

#[test]
fn lengths_rests_tuplets_and_dots_add_up() {
    assert_eq!(notes("D/z/D3/2zD/ |"), [(0, 62, 6), (12, 62, 18), (42, 62, 6)]);
    assert_eq!(notes("(3DEF D>E |"), [(0, 62, 8), (8, 64, 8), (16, 66, 8), (24, 62, 18), (42, 64, 6)]);
}

#[test]
fn chords_sound_together_and_tied_notes_are_one() {
    assert_eq!(notes("[DFA]2 D2- | D2- [DF]2 |"), [(0, 62, 24), (0, 66, 24), (0, 69, 24), (24, 62, 72), (72, 66, 24)]);
}

#[test]
fn bars_that_do_not_add_up_are_found() {
    for (comment, voices, expected) in [
        ("upbeat", vec!["D2 | D4 | D4 |]", "z2 | z4 | z4 |]"], Ok(2)),
        ("", vec!["D4 | D4 |]"], Ok(2)),
        ("", vec!["D2 | D4 |]"], Err("voice 1, bar 1: 24 grid ticks instead of 48")),
        ("", vec!["D4 | D3 |]"], Err("voice 1, bar 2: 36 grid ticks instead of 48")),
        ("upbeat", vec!["D2 | D5 |]"], Err("voice 1, bar 1: 60 grid ticks instead of 48")),
        ("upbeat", vec!["D2 | D4 |]", "D1 | D4 |]"], Err("voice 2, bar 0: 12 grid ticks instead of 24")),
        ("", vec!["D4 | D4 |]", "D4 |]"], Err("voice 2 has 1 bars, voice 1 has 2")),
        ("", vec!["D4- |]"], Err("voice 1 ends with a tie")),
    ] {
        let mut score = score(&voices);
        score.comments.push(comment.into());
        assert_eq!(score.count_bars(), expected.map_err(String::from), "{voices:?}");
    }
}

#[test]
fn bars_are_numbered_from_the_first_whole_one() {
    let mut score = score(&["D2 | D4 | D4 |]"]);
    assert_eq!([0, 23, 47, 48, 96].map(|onset| score.bar_at(onset)), [1, 1, 1, 2, 3]);
    score.comments.push("upbeat".into());
    assert_eq!([0, 23, 24, 71, 72].map(|onset| score.bar_at(onset)), [0, 0, 1, 1, 2]);
}

#[test]
#[should_panic(expected = "c has an accidental in another octave of this bar")]
fn an_accidental_that_converters_may_take_for_another_octave_is_refused() {
    notes("=Cc z2 |");
}

#[test]
#[should_panic(expected = "bar 2: a tie to another note")]
fn a_tie_to_another_note_is_refused() {
    notes("D4- | E4 |");
}

#[test]
fn keys_have_their_names_signatures_and_scales() {
    for (key, name, altered, tonic) in [
        ("C", "C major", "", 0),
        ("Am", "A minor", "", 9),
        ("G", "G major", "F+", 7),
        ("F", "F major", "B-", 5),
        ("Gm", "G minor", "EB--", 7),
        ("Bb", "B flat major", "EB--", 10),
        ("C#m", "C sharp minor", "CDFG++++", 1),
        ("Cm", "C minor", "ABE---", 0),
    ] {
        let key = crate::key::Key::read(key);
        assert_eq!((key.name().as_str(), key.tonic()), (name, tonic));
        for letter in "CDEFGAB".chars() {
            let expected = match (altered.contains(letter), altered.ends_with('+')) {
                (false, _) => 0,
                (true, true) => 1,
                (true, false) => -1,
            };
            assert_eq!(key.alteration(letter), expected, "{letter} in {name}");
            let natural = [9, 11, 0, 2, 4, 5, 7]["ABCDEFG".find(letter).expect("a letter")];
            assert!(key.scale().contains(&((natural + expected).rem_euclid(12) as usize)), "{letter} in {name}");
        }
    }
}
