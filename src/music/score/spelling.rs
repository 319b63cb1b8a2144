//! Names of pitches by the key, on the line of fifths: … B♭ F C G D A E B F♯ …

use crate::music::key::{Key, find, relative};
use crate::music::midi::Note;

/// The steps in fifths, from F on.
const STEPS: [(char, u8); 7] = [('F', 5), ('C', 0), ('G', 7), ('D', 2), ('A', 9), ('E', 4), ('B', 11)];

/// A pitch as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spelled {
    pub(super) step: char,
    /// Sharps, flats below 0.
    pub(super) alter: i8,
    /// 4 from middle C up.
    pub(super) octave: i8,
}

/// The key signature and whether the key is minor. A signature that the source states is kept. None at all is kept if
/// it needs no more accidentals than that of the key found: many programs write it without being asked.
pub(super) fn signature(notes: &[Note], stated: Option<i8>) -> (i8, bool) {
    let found = find(notes, None).unwrap_or(Key::new(0, false));
    let accidentals = |sharps: i8| {
        let major = Key::new(7 * i32::from(sharps), false);
        notes.iter().filter(|note| !major.contains(note.pitch)).count()
    };
    match stated.filter(|stated| (-7..=7).contains(stated)) {
        Some(0) if accidentals(0) > accidentals(found.sharps()) => (found.sharps(), found.is_minor()),
        Some(stated) => (stated, relative(notes, -7 * i32::from(stated)).is_minor()),
        None => (found.sharps(), found.is_minor()),
    }
}

/// Names pitches in a key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Speller {
    sharps: i8,
    /// The flattest name on the line of fifths, C is 0; the eleven after it are the others.
    flattest: i32,
}

impl Speller {
    /// Chromatic notes of a major key reach from its flat third to its sharp fifth, those of a minor key from its flat
    /// second to its sharp fourth.
    pub(super) fn new(sharps: i8, is_minor: bool) -> Self {
        Self { sharps, flattest: i32::from(sharps) - if is_minor { 2 } else { 3 } }
    }

    /// The name of a MIDI key.
    pub(super) fn spell(&self, pitch: u8) -> Spelled {
        let fifths = (7 * i32::from(pitch) - self.flattest).rem_euclid(12) + self.flattest;
        named(pitch, fifths).unwrap_or_else(|| {
            // Below the lowest C there is no octave, and B sharp would be in it.
            named(pitch, (7 * i32::from(pitch) + 5).rem_euclid(12) - 5).expect("a plain name has an octave")
        })
    }

    /// What the key signature does to a step.
    pub(super) fn signature(&self, step: char) -> i8 {
        let place = STEPS.iter().position(|&(name, _)| name == step).unwrap_or(0) as i32;
        // F is the first to become sharp, and the last to become flat.
        (i32::from(self.sharps) - place - 1).div_euclid(7) as i8 + 1
    }
}

/// A MIDI key by its place on the line of fifths; `None` where the octave would be below 0.
fn named(pitch: u8, fifths: i32) -> Option<Spelled> {
    let (step, natural) = STEPS[(fifths + 1).rem_euclid(7) as usize];
    let alter = (fifths + 1).div_euclid(7);
    let octave = (i32::from(pitch) - alter - i32::from(natural)).div_euclid(12) - 1;
    (octave >= 0).then_some(Spelled { step, alter: alter as i8, octave: octave as i8 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(speller: &Speller, pitch: u8) -> String {
        let Spelled { step, alter, octave } = speller.spell(pitch);
        let sign = ["bb", "b", "", "#", "##"][(alter + 2) as usize];
        format!("{step}{sign}{octave}")
    }

    #[test]
    fn names_follow_the_key() {
        let cases = [
            ("C", [60, 61, 63, 66, 68, 70], ["C4", "C#4", "Eb4", "F#4", "G#4", "Bb4"]),
            ("Eb", [60, 61, 63, 66, 68, 59], ["C4", "Db4", "Eb4", "Gb4", "Ab4", "B3"]),
            ("G#m", [67, 68, 60, 71, 61, 66], ["F##4", "G#4", "B#3", "B4", "C#4", "F#4"]),
            ("Dm", [61, 63, 68, 70, 66, 60], ["C#4", "Eb4", "G#4", "Bb4", "F#4", "C4"]),
            ("Ebm", [71, 62, 63, 57, 66, 60], ["Cb5", "D4", "Eb4", "A3", "Gb4", "C4"]),
        ];
        for (key, pitches, names) in cases {
            let key: Key = key.parse().expect("a key");
            let speller = Speller::new(key.sharps(), key.is_minor());
            assert_eq!(pitches.map(|pitch| name(&speller, pitch)), names, "{key}");
        }
    }

    #[test]
    fn signatures_are_those_of_the_circle_of_fifths() {
        let altered = |sharps: i8| "FCGDAEB".chars().map(|step| Speller::new(sharps, false).signature(step)).collect();
        let rows: [Vec<i8>; 5] = [0, 2, 7, -1, -7].map(altered);
        assert_eq!(rows, [vec![0; 7], vec![1, 1, 0, 0, 0, 0, 0], vec![1; 7], vec![0, 0, 0, 0, 0, 0, -1], vec![-1; 7]]);
    }

    #[test]
    fn no_signature_is_believed_where_it_fits() {
        let scale = |steps: &[u8]| -> Vec<Note> {
            (0..).zip(steps).map(|(at, &step)| Note::new(24 * at, 60 + step, 24)).collect()
        };
        let d_major = scale(&[2, 4, 6, 7, 9, 11, 13, 14, 9, 6, 2]);
        let on_g = scale(&[7, 9, 11, 12, 14, 7, 2, 7, 11, 14, 7]);
        assert_eq!(signature(&d_major, Some(0)), (2, false));
        assert_eq!((signature(&on_g, None).0, signature(&on_g, Some(0)).0), (1, 0));
        assert_eq!(signature(&d_major, Some(-3)).0, -3);
        assert_eq!(signature(&[], None), (0, false));
    }

    #[test]
    fn every_pitch_from_c0_on_sounds_as_it_is_named() {
        for (sharps, is_minor) in (-7..=7).flat_map(|sharps| [(sharps, false), (sharps, true)]) {
            let speller = Speller::new(sharps, is_minor);
            for pitch in 12..=127 {
                let Spelled { step, alter, octave } = speller.spell(pitch);
                let (_, natural) = STEPS.into_iter().find(|&(name, _)| name == step).expect("a step");
                let sounds = i32::from(octave + 1) * 12 + i32::from(natural) + i32::from(alter);
                assert_eq!((sounds, (0..=9).contains(&octave)), (i32::from(pitch), true));
            }
        }
    }
}
