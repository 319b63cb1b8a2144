//! `.mid` bytes <-> notes on a grid of 1/24 beat. The `midly` crate is named only in this folder.
//!
//! Reading is as forgiving as players are. Chunks are found here and not by `midly`, so that wrong lengths, bytes
//! before the header and RIFF wrappers do no harm. `midly` reads the events, and we differ from it where it would
//! cancel a running status or give up a track: running status survives meta and system exclusive events, data bytes
//! above 127 are read as 127, system messages that have no place in a file and malformed meta events are stepped over,
//! a track ends at its end-of-track mark, and a time value of more than four bytes ends the track with what came
//! before. Each of these leaves a warning that names the track and the byte.
//!
//! ```text
//! bytes ── chunks ──▶ tracks ── lenient, track ──▶ messages ── channels ──▶ strokes of keys ── pairing ──▶ notes
//!   notes and pedals ── read ──▶ songs on the grid ── corpus ──▶ a folder of them
//! ```
//!
//! Notes are those that [`Pedal`] asks for; a [`Performance`] has everything that a synthesizer plays.

mod channels;
mod chunks;
mod corpus;
mod lenient;
mod pairing;
mod pedal;
mod performance;
mod read;
mod report;
mod tempo;
mod track;
mod write;

pub use corpus::{Corpus, Skipped, read_folder, read_folder_with};
pub use pedal::Pedal;
pub use performance::{Message, Performance};
pub use read::{MAX_BEATS, read, read_tracks, read_with};
pub use report::Report;
pub(crate) use write::cut_repeats;
pub use write::{WriteOptions, write};

use serde::Serialize;

/// Grid ticks in one beat (a quarter note): the least grid that holds sixteenths and triplets of sixteenths.
pub const TICKS_PER_BEAT: u32 = 24;

/// The loudness of notes whose velocity is not known.
pub const DEFAULT_VELOCITY: u8 = 80;

/// One note on the grid. Notes order by onset, then pitch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Note {
    /// Start, in grid ticks from the start of the song.
    pub onset: u32,
    /// MIDI key number, 0..=127; 60 is middle C.
    pub pitch: u8,
    /// Length in grid ticks, at least 1.
    pub duration: u32,
    /// Loudness, 1..=127.
    pub velocity: u8,
    /// Program of General MIDI, 0..=127; 0 is a grand piano.
    pub instrument: u8,
}

impl Note {
    /// A note of a piano, of medium loudness.
    pub fn new(onset: u32, pitch: u8, duration: u32) -> Self {
        Self { onset, pitch, duration, velocity: DEFAULT_VELOCITY, instrument: 0 }
    }

    /// The first tick after the note.
    pub fn end(&self) -> u32 {
        self.onset.saturating_add(self.duration)
    }
}

/// One piece of music and what is known of its file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Song {
    /// File name relative to the folder that was read, with the track number where a file holds several songs.
    pub name: String,
    /// All notes of all tracks, sorted by onset, then pitch; never empty, no two of the same onset, pitch and instrument.
    pub notes: Vec<Note>,
    /// First tempo in beats per minute; `None` where the file names none (players take 120).
    pub tempo: Option<f64>,
    /// First time signature as numerator and denominator; `None` where the file names none (players take 4/4).
    pub time_signature: Option<(u8, u32)>,
    /// First key signature as a number of sharps, or of flats below 0; `None` where the file names none.
    pub key_signature: Option<i8>,
    /// Time from the start of the file to the end of the last note in seconds, by the file's tempo map.
    pub seconds: f64,
    /// What reading left out or changed.
    pub report: Report,
}

impl Song {
    /// The first grid tick after the last note.
    pub fn end(&self) -> u32 {
        self.notes.iter().map(Note::end).max().unwrap_or(0)
    }
}

/// Sorts notes by onset and pitch and keeps the longest of those of one instrument that share both, of equals the loudest.
/// Returns how many were removed.
pub fn sort_and_merge(notes: &mut Vec<Note>) -> usize {
    let before = notes.len();
    notes.sort_unstable_by_key(|note| {
        (note.onset, note.pitch, note.instrument, u32::MAX - note.duration, u8::MAX - note.velocity)
    });
    notes.dedup_by_key(|note| (note.onset, note.pitch, note.instrument));
    before - notes.len()
}

/// The same notes, played by one instrument.
pub fn joined(notes: &[Note]) -> Vec<Note> {
    let mut notes: Vec<Note> = notes.iter().map(|note| Note { instrument: 0, ..*note }).collect();
    sort_and_merge(&mut notes);
    notes
}
