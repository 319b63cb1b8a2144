//! Piano rolls: as text for terminals, and as a picture.

mod svg;

use std::collections::BTreeSet;

pub use svg::{SvgOptions, svg};

use crate::music::midi::{Note, TICKS_PER_BEAT};

const NAMES: [&str; 12] = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"];
/// Width of the note names with the space after them.
const MARGIN: usize = 5;
/// Grid ticks that a column may stand for; after these multiples of four beats.
const SCALES: [u32; 7] = [2, 3, 6, 12, 24, 48, 96];
/// Beats between two marks of the ruler.
const BAR: u32 = 4;

/// Name and octave of a MIDI key; middle C, key 60, is C4.
pub fn note_name(pitch: u8) -> String {
    format!("{}{}", NAMES[usize::from(pitch % 12)], i32::from(pitch / 12) - 1)
}

/// Name of a pitch class, 0 to 11 from C.
pub(crate) fn pitch_class_name(class: usize) -> &'static str {
    NAMES[class]
}

/// Draws the notes in lines of at most `width` characters (at least 20).
///
/// One row a pitch that occurs, highest first; `█` where a note starts, `─` while it sounds. Time runs to the right
/// with as many grid ticks a column as the width asks for. The ruler counts beats and marks every fourth with `|`, the
/// others, where there is room, with `.`; the last line gives the scale.
pub fn render(notes: &[Note], width: usize) -> String {
    if notes.is_empty() {
        return "(no notes)\n".into();
    }
    let room = width.max(20) - MARGIN;
    let start = notes.iter().map(|note| note.onset).min().unwrap_or(0);
    let start = start - start % (BAR * TICKS_PER_BEAT);
    let end = notes.iter().map(Note::end).max().unwrap_or(0);
    let scale = scale(end - start, room);
    let columns = (end - start).div_ceil(scale) as usize;

    let mut text = ruler(start, scale, columns);
    let pitches: BTreeSet<u8> = notes.iter().map(|note| note.pitch).collect();
    for pitch in pitches.into_iter().rev() {
        let mut row = vec![' '; columns];
        let mine = || notes.iter().filter(|note| note.pitch == pitch);
        for note in mine() {
            let first = ((note.onset - start) / scale) as usize;
            let last = (note.end() - start).div_ceil(scale) as usize;
            row[first..last].fill('─');
        }
        // Starts come last, so that no note hides the start of another.
        for note in mine() {
            row[((note.onset - start) / scale) as usize] = '█';
        }
        let row: String = row.into_iter().collect();
        text += &format!("{:<MARGIN$}{}\n", note_name(pitch), row.trim_end());
    }
    text += &format!("{:MARGIN$}a column is {} of a beat\n", "", fraction(scale));
    text
}

/// The finest scale that fits.
fn scale(ticks: u32, room: usize) -> u32 {
    let fits = |scale: &u32| ticks.div_ceil(*scale) as usize <= room;
    let coarse = BAR * TICKS_PER_BEAT;
    SCALES.into_iter().find(fits).unwrap_or_else(|| ticks.div_ceil(room as u32).div_ceil(coarse) * coarse)
}

/// Two lines: numbers of beats, and marks.
fn ruler(start: u32, scale: u32, columns: usize) -> String {
    let mut numbers = String::new();
    let mut marks = String::new();
    for column in 0..columns {
        let from = start + column as u32 * scale;
        // The first beat at or after the start of this column, if it lies in it.
        let beat = from.div_ceil(TICKS_PER_BEAT);
        let bar = from.div_ceil(BAR * TICKS_PER_BEAT) * BAR;
        let inside = |beat: u32| u64::from(beat) * u64::from(TICKS_PER_BEAT) < u64::from(from) + u64::from(scale);
        marks.push(match (inside(bar), inside(beat) && scale < TICKS_PER_BEAT) {
            (true, _) if scale < BAR * TICKS_PER_BEAT => '|',
            (_, true) => '.',
            _ => ' ',
        });
        let number = bar.to_string();
        if inside(bar) && numbers.len() <= column && column + number.len() <= columns {
            numbers += &" ".repeat(column - numbers.len());
            numbers += &number;
            numbers.push(' ');
        }
    }
    format!("{:<MARGIN$}{}\n{:MARGIN$}{}\n", "beat", numbers.trim_end(), "", marks.trim_end())
}

/// Grid ticks as beats: `1/4`, `1`, `3/2`.
pub(crate) fn fraction(ticks: u32) -> String {
    let (mut divisor, mut rest) = (TICKS_PER_BEAT, ticks);
    while rest > 0 {
        (divisor, rest) = (rest, divisor % rest);
    }
    match (ticks / divisor, TICKS_PER_BEAT / divisor) {
        (whole, 1) => whole.to_string(),
        (part, parts) => format!("{part}/{parts}"),
    }
}
