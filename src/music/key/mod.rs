//! Keys: as people write them, as the notes of a piece say, and the way to C major and A minor.
//!
//! A network that learns every piece in one key spends nothing on inferring the key, and stays in it. [`find`] finds the
//! key of a piece, [`Key::shift`] is the way from there to C major or A minor, [`KeyCounts`] counts in which keys the
//! music was, so that new pieces are moved to keys as frequent as those, and so that the likelihood of a piece counts its
//! key too.

mod counts;
mod find;
mod scale;

use std::fmt;
use std::str::FromStr;

pub use counts::KeyCounts;
pub use find::{find, relative};
pub(crate) use scale::{best_scale, pitch_class_shares};

use crate::music::dataset::Piece;
use crate::music::midi::{Note, Song};
use crate::music::pitches::parse_name;

/// Semitones above the tonic of a major scale, and of a minor one with both forms of its sixth and seventh.
const MAJOR: [u8; 7] = [0, 2, 4, 5, 7, 9, 11];
const MINOR: [u8; 9] = [0, 2, 3, 5, 7, 8, 9, 10, 11];

/// Names of the keys, by tonic from C: those with the fewest accidentals.
const MAJOR_NAMES: [&str; 12] = ["C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"];
const MINOR_NAMES: [&str; 12] = ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B"];

/// A key: `C`, `Eb`, `F# minor`, `Am`, `Bb major`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// Semitones of the tonic above C, 0..=11.
    tonic: u8,
    minor: bool,
}

impl Key {
    /// A key by its tonic in semitones above any C.
    pub fn new(tonic: i32, minor: bool) -> Self {
        Self { tonic: tonic.rem_euclid(12) as u8, minor }
    }

    /// All 24: major keys from C upwards, then minor ones.
    pub fn all() -> impl Iterator<Item = Self> {
        [false, true].into_iter().flat_map(|minor| (0..12).map(move |tonic| Self::new(tonic, minor)))
    }

    /// The major and the minor key that `shift` moves to C major and A minor.
    pub fn pair(shift: i32) -> [Self; 2] {
        [Self::new(-shift, false), Self::new(9 - shift, true)]
    }

    /// Semitones of the tonic above C, 0..=11.
    pub fn tonic(self) -> usize {
        usize::from(self.tonic)
    }

    /// Whether it is a minor key.
    pub fn is_minor(self) -> bool {
        self.minor
    }

    /// Whether a pitch belongs to the key. In minor the raised sixth and seventh do, too.
    pub fn contains(self, pitch: u8) -> bool {
        let step = (pitch + 12 - self.tonic) % 12;
        if self.minor { MINOR.contains(&step) } else { MAJOR.contains(&step) }
    }

    /// Sharps of its signature, -6..=6, flats below 0.
    pub fn sharps(self) -> i8 {
        // Seven semitones up is one sharp more. The relative major of a minor key is three semitones above it.
        let major = (i32::from(self.tonic) + if self.minor { 3 } else { 0 }) % 12;
        match (7 * major + 5).rem_euclid(12) - 5 {
            6 if self.minor => -6,
            sharps => sharps as i8,
        }
    }

    /// Semitones, -6..=5, that move a piece in this key to C major or A minor.
    pub fn shift(self) -> i32 {
        let home = if self.minor { 9 } else { 0 };
        (home - i32::from(self.tonic) + 6).rem_euclid(12) - 6
    }
}

impl FromStr for Key {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let error = || format!("\"{text}\" is no key; write it as C, Eb, \"A minor\" or F#m");
        let (tonic, mode) = parse_name(text.trim()).ok_or_else(error)?;
        let minor = match mode.trim_start() {
            "" | "M" => false,
            "m" => true,
            word => match word.to_ascii_lowercase().as_str() {
                "major" | "maj" => false,
                "minor" | "min" => true,
                _ => return Err(error()),
            },
        };
        Ok(Self::new(tonic, minor))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (names, mode) = if self.minor { (MINOR_NAMES, "minor") } else { (MAJOR_NAMES, "major") };
        write!(f, "{} {mode}", names[self.tonic()])
    }
}

/// The song's notes in C major or A minor, and the semitones by which they were moved for it. Unmoved where the song has no
/// key, or where a pitch would leave 0..=127.
pub fn to_one_key(song: &Song) -> (Vec<Note>, i32) {
    let shift = find(&song.notes, song.key_signature).map_or(0, Key::shift);
    match moved(&song.notes, shift) {
        Some(notes) => (notes, shift),
        None => (song.notes.clone(), 0),
    }
}

/// Notes `shift` semitones higher; `None` where a pitch would leave 0..=127.
fn moved(notes: &[Note], shift: i32) -> Option<Vec<Note>> {
    notes.iter().map(|note| Some(Note { pitch: moved_pitch(note.pitch, shift)?, ..*note })).collect()
}

/// A MIDI key `shift` semitones higher; `None` beyond 0..=127.
pub(crate) fn moved_pitch(pitch: u8, shift: i32) -> Option<u8> {
    u8::try_from(i32::from(pitch) + shift).ok().filter(|&pitch| pitch < 128)
}

/// The songs as a network plays them, and what the key of each costs in nats: in C major or A minor where `keys` says that
/// it plays in these alone, else as they are and at no cost.
pub fn pieces_for(songs: &[Song], keys: Option<&KeyCounts>) -> Vec<(Piece, f64)> {
    let piece = |song: &Song| match keys {
        None => (Piece::new(&song.notes), 0.0),
        Some(keys) => {
            let (notes, shift) = to_one_key(song);
            (Piece::new(&notes), keys.nats(shift))
        }
    };
    songs.iter().map(piece).collect()
}
