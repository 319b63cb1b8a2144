//! Which pitches a piece may have: the notes of a key, and those of a range.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;
use crate::music::key::Key;
use crate::music::piano_roll::note_name;

/// A range of pitches, both ends included: `C3-C6`, or MIDI keys `48-84`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PitchRange {
    low: u8,
    high: u8,
}

impl FromStr for PitchRange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // A dash may also stand before the octave below 0, as in C-1.
        let ends = text
            .match_indices('-')
            .find_map(|(at, _)| Some((parse_pitch(text[..at].trim())?, parse_pitch(text[at + 1..].trim())?)));
        match ends {
            Some((low, high)) if low <= high => Ok(Self { low, high }),
            Some(_) => Err("the lower end comes first".into()),
            None => Err(format!(
                "\"{text}\" is no range; write it as C3-C6 (C4 is middle C) or in MIDI keys from 0 to 127, as 48-84"
            )),
        }
    }
}

impl fmt::Display for PitchRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", note_name(self.low), note_name(self.high))
    }
}

/// A set of MIDI keys, never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pitches([bool; 128]);

impl Pitches {
    /// All of them.
    pub const ALL: Self = Self([true; 128]);

    /// Those of a key in a range; `None` stands for no limit.
    ///
    /// # Errors
    /// [`Error::Config`] when the range holds no note of the key.
    pub fn new(key: Option<&Key>, range: Option<&PitchRange>) -> crate::error::Result<Self> {
        let mut pitches = Self::ALL;
        for (pitch, allowed) in (0..).zip(&mut pitches.0) {
            *allowed = key.is_none_or(|key| key.contains(pitch))
                && range.is_none_or(|range| (range.low..=range.high).contains(&pitch));
        }
        match (key, range) {
            (Some(key), Some(range)) if !pitches.0.contains(&true) => Err(Error::Config(format!(
                "--range {range} holds no note of --key {key}; widen the range or choose another key"
            ))),
            _ => Ok(pitches),
        }
    }

    /// Whether a MIDI key belongs to the set.
    pub fn contains(&self, pitch: usize) -> bool {
        self.0.get(pitch) == Some(&true)
    }
}

/// A letter with sharps or flats as semitones above the C below, and what stands behind them.
pub(crate) fn parse_name(text: &str) -> Option<(i32, &str)> {
    let letter = text.chars().next()?.to_ascii_uppercase();
    let naturals = [('C', 0), ('D', 2), ('E', 4), ('F', 5), ('G', 7), ('A', 9), ('B', 11)];
    let (_, natural) = naturals.into_iter().find(|&(name, _)| name == letter)?;
    let rest = text[1..].trim_start_matches(['#', 'b', '♯', '♭']);
    let accidentals = text[1..text.len() - rest.len()].chars();
    Some((natural + accidentals.map(|sign| if matches!(sign, '#' | '♯') { 1 } else { -1 }).sum::<i32>(), rest))
}

/// A MIDI key by number, or by name and octave.
fn parse_pitch(text: &str) -> Option<u8> {
    let number = text.parse::<i32>().ok().or_else(|| {
        let (semitones, octave) = parse_name(text)?;
        octave.parse::<i32>().ok()?.checked_add(1)?.checked_mul(12)?.checked_add(semitones)
    });
    u8::try_from(number?).ok().filter(|&pitch| pitch < 128)
}
