//! A page for a browser: pieces with their piano rolls, played in the page, in one file that needs nothing else.
//!
//! `page.html` is the frame, `style.css` its looks; `piano.js` makes the sound, `player.js` plays a piece with it,
//! `roll.js` draws, `page.js` puts the three together. What the page shows is JSON inside of it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::sounding::{Sounding, sounding};
use crate::Result;
use crate::music::midi::Performance;
use crate::music::report::Table;

const FRAME: &str = include_str!("page.html");
const STYLE: &str = include_str!("style.css");
const SCRIPTS: [&str; 4] =
    [include_str!("piano.js"), include_str!("player.js"), include_str!("roll.js"), include_str!("page.js")];

/// A piece of a page.
pub struct Piece {
    /// Name of the file under which the page saves it.
    pub name: String,
    /// What there is to say about it, one line.
    pub description: String,
    /// The bytes of its MIDI file.
    pub midi: Vec<u8>,
    /// Its figures.
    pub report: Option<Table>,
}

/// A page of pieces.
pub struct Page {
    data: Data,
}

#[derive(Serialize)]
struct Data {
    title: String,
    pieces: Vec<PieceData>,
}

/// A piece as the scripts read it. Times are seconds.
#[derive(Serialize)]
struct PieceData {
    name: String,
    description: String,
    /// In base64.
    midi: String,
    seconds: f64,
    /// Beats per minute at the start.
    tempo: f64,
    bars: Vec<f64>,
    notes: Vec<NoteData>,
    report: Option<Table>,
}

/// Start, release, end, pitch, velocity and channel of a note.
#[derive(Serialize)]
struct NoteData(f64, f64, f64, u8, u8, u8);

impl Page {
    /// A page under a title, with the pieces in their order.
    ///
    /// # Errors
    /// [`Error::Midi`](crate::Error::Midi) where the bytes of a piece are no MIDI file with notes.
    pub fn new(title: &str, pieces: Vec<Piece>) -> Result<Self> {
        let pieces = pieces.into_iter().map(PieceData::new).collect::<Result<_>>()?;
        Ok(Self { data: Data { title: title.into(), pieces } })
    }

    /// The page. The same pieces give the same text.
    pub fn html(&self) -> String {
        let data = serde_json::to_string(&self.data).expect("plain data");
        // Within a script, `<` can only end it or begin a comment; in JSON it is in strings alone, and may be escaped.
        let data = data.replace('<', "\\u003c");
        // The data come last: they may hold anything, also what looks like a place for something.
        let page = FRAME.replace("{{style}}", STYLE.trim_end()).replace("{{script}}", SCRIPTS.join("\n").trim_end());
        page.replace("{{data}}", &data)
    }
}

impl PieceData {
    fn new(piece: Piece) -> Result<Self> {
        let performance = Performance::read(&piece.midi, &piece.name)?;
        Ok(Self {
            midi: STANDARD.encode(&piece.midi),
            seconds: short(performance.seconds()),
            tempo: short(performance.tempo),
            bars: performance.bars.iter().map(|bar| short(*bar)).collect(),
            notes: sounding(&performance).iter().map(NoteData::new).collect(),
            name: piece.name,
            description: piece.description,
            report: piece.report,
        })
    }
}

impl NoteData {
    fn new(note: &Sounding) -> Self {
        Self(short(note.start), short(note.released), short(note.end), note.pitch, note.velocity, note.channel)
    }
}

/// To a tenth of a millisecond, which is inaudible.
fn short(seconds: f64) -> f64 {
    (1e4 * seconds).round() / 1e4
}
