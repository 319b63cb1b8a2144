//! Notes as sheet music, written as MusicXML.
//!
//! Nothing is rounded: a player of the score plays the onsets, pitches and lengths of the notes. What a musician reads
//! is chosen: `staves` splits treble from bass, `voices` separates at most two voices on each, `bars` cuts them at bar
//! lines and into note values by `rhythm` and `metre`, `spelling` names pitches by the key, `musicxml` writes it all
//! down.

mod bars;
mod metre;
mod musicxml;
mod rhythm;
mod spelling;
mod staves;
mod voices;

use std::collections::BTreeMap;

use bars::{Bar, Layout};
use metre::Metre;
use spelling::Speller;

use crate::error::{Error, Result};
use crate::music::midi::{Note, cut_repeats};
use crate::music::piano_roll::{fraction, note_name};

/// The lowest pitch that MusicXML has a name for: C0.
const LOWEST: u8 = 12;

/// Grid ticks of which an upbeat is a multiple: a 32nd note.
const UPBEAT_STEP: u32 = 3;

/// More bars nobody reads; they come from damaged times.
const MAX_BARS: u32 = 100_000;

/// Families of the instruments of General MIDI, eight programs each.
const FAMILIES: [&str; 16] = [
    "Piano",
    "Chromatic percussion",
    "Organ",
    "Guitar",
    "Bass",
    "Strings",
    "Ensemble",
    "Brass",
    "Reed",
    "Pipe",
    "Synth lead",
    "Synth pad",
    "Synth effects",
    "Ethnic",
    "Percussive",
    "Sound effects",
];

/// What stands in the score besides the notes.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoreOptions {
    /// Title above the score; empty for none.
    pub title: String,
    /// Quarter notes per minute; `None` leaves out the tempo.
    pub tempo: Option<f64>,
    /// Numerator, 1 to 64, and denominator, a power of two up to 32.
    pub time_signature: (u8, u32),
    /// Key signature that the source states, in sharps, -7..=7, flats below 0. 0 is kept only where it needs no more
    /// accidentals than the key which [`find`](crate::music::key::find) finds; `None` takes that key.
    pub sharps: Option<i8>,
    /// Length of a first bar that is not whole, in grid ticks, a multiple of 3 and less than a bar; 0 for none.
    pub upbeat: u32,
}

impl Default for ScoreOptions {
    /// 4/4 in the key of the notes, without title and tempo.
    fn default() -> Self {
        Self { title: String::new(), tempo: None, time_signature: (4, 4), sharps: None, upbeat: 0 }
    }
}

/// What one instrument plays.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Instrument of General MIDI, 0..=127; 0 is a grand piano.
    pub program: u8,
    /// In any order.
    pub notes: Vec<Note>,
}

impl Part {
    /// The parts of a piece, by their programs.
    pub fn of_notes(notes: &[Note]) -> Vec<Self> {
        let mut parts: BTreeMap<u8, Vec<Note>> = BTreeMap::new();
        notes.iter().for_each(|note| parts.entry(note.instrument).or_default().push(*note));
        parts.into_iter().map(|(program, notes)| Self { program, notes }).collect()
    }
}

/// A score, laid out in staves, bars and voices.
#[derive(Clone, Debug)]
pub struct Score {
    title: String,
    tempo: Option<f64>,
    metre: Metre,
    /// Grid ticks that the first bar lacks.
    lead: u32,
    sharps: i8,
    is_minor: bool,
    parts: Vec<ScorePart>,
}

/// The staves of one instrument.
#[derive(Clone, Debug)]
struct ScorePart {
    name: &'static str,
    program: u8,
    staves: Vec<Staff>,
}

#[derive(Clone, Debug)]
struct Staff {
    is_bass: bool,
    /// As many as the piece has, the same number on each staff.
    bars: Vec<Bar>,
}

impl Score {
    /// Lays out a score. A part that needs only one of treble and bass has only that staff. A note that still sounds
    /// when its pitch starts anew is cut there, as in a MIDI file.
    ///
    /// # Errors
    /// [`Error::Config`] for a time signature other than [`ScoreOptions::time_signature`] describes, for an upbeat that
    /// is not shorter than a bar or no multiple of 3, for a pitch below C0, which MusicXML cannot express, and for a
    /// piece of more than 100,000 bars.
    pub fn new(parts: &[Part], options: &ScoreOptions) -> Result<Self> {
        let metre = Metre::new(options.time_signature)?;
        let notes: Vec<Vec<Note>> = parts.iter().map(|part| cut_repeats(&part.notes)).collect();
        let all: Vec<Note> = notes.iter().flatten().copied().collect();
        let (sharps, is_minor) = spelling::signature(&all, options.sharps);
        let speller = Speller::new(sharps, is_minor);
        let bar = metre.bar_ticks();
        if options.upbeat >= bar || !options.upbeat.is_multiple_of(UPBEAT_STEP) {
            return Err(Error::Config(format!(
                "an upbeat of {} quarter notes is not possible; choose a multiple of 1/8 that is less than a bar, {}",
                fraction(options.upbeat),
                fraction(bar)
            )));
        }
        let lead = if options.upbeat == 0 { 0 } else { bar - options.upbeat };
        let end = all.iter().map(Note::end).max().unwrap_or(0);
        let count = end.saturating_add(lead).div_ceil(bar).max(1);
        check(&all, count)?;
        let layout = Layout { metre, lead, count, speller };
        let staves = |notes: &[Note]| {
            let [treble, bass] = staves::split(notes);
            let has_treble = !treble.is_empty() || bass.is_empty();
            let staff = |notes: &[Note], is_bass| Staff { is_bass, bars: layout.bars(voices::separate(notes)) };
            let mut staves: Vec<Staff> = has_treble.then(|| staff(&treble, false)).into_iter().collect();
            staves.extend((!bass.is_empty()).then(|| staff(&bass, true)));
            staves
        };
        let part = |(part, notes): (&Part, &Vec<Note>)| ScorePart {
            name: FAMILIES[usize::from(part.program.min(127)) / 8],
            program: part.program.min(127),
            staves: staves(notes),
        };
        Ok(Self {
            title: options.title.clone(),
            tempo: options.tempo.filter(|tempo| tempo.is_finite() && *tempo > 0.0),
            metre,
            lead,
            sharps,
            is_minor,
            parts: parts.iter().zip(&notes).map(part).collect(),
        })
    }
}

/// An error for what cannot be written.
fn check(notes: &[Note], bars: u32) -> Result<()> {
    if let Some(note) = notes.iter().find(|note| note.pitch < LOWEST) {
        return Err(Error::Config(format!(
            "sheet music has no name for {}, MIDI key {}; the lowest note of a score is C0: choose another piece, or a \
             --range from C0 up",
            note_name(note.pitch),
            note.pitch
        )));
    }
    if bars > MAX_BARS {
        return Err(Error::Config(format!("{bars} bars are too long for a score; it holds {MAX_BARS} at most")));
    }
    Ok(())
}
