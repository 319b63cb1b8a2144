//! What `generate` writes and prints.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use gpu_lstm::generate::{End, Generated};
use gpu_lstm::music::discriminate::Comparison;
use gpu_lstm::music::key::relative;
use gpu_lstm::music::midi::{Note, TICKS_PER_BEAT, WriteOptions, write};
use gpu_lstm::music::piano_roll;
use gpu_lstm::music::report::{Report, Songs, Table};

use super::Generate;

/// Characters in a line of a piano roll.
const ROLL_WIDTH: usize = 100;

impl Generate {
    /// Writes the pieces and prints what they are. `shifts` are those of the pieces, none if the model is in all keys.
    pub(super) fn write(&self, pieces: &[Generated], shifts: &[i32], songs: Option<&Songs>) -> anyhow::Result<()> {
        let mut reports = Vec::new();
        for ((number, piece), shift) in (1..).zip(pieces).zip(shifts.iter().map(Some).chain(std::iter::repeat(None))) {
            let path = if self.count == 1 { self.output.clone() } else { numbered(&self.output, number) };
            self.write_file(&path, &piece.notes)?;
            crate::cli::print(format_args!("{}: {}", path.display(), self.describe(piece, shift.copied())))?;
            if !piece.notes.is_empty() {
                let report = Report::new(&piece.notes, songs);
                if pieces.len() > 1 {
                    crate::cli::print(format_args!("  {report}"))?;
                }
                reports.push(report);
            }
            if pieces.len() > 1 {
                self.print_roll(piece)?;
            }
        }
        if !reports.is_empty() {
            let table = Table::new(&reports, songs);
            let comparison = songs.and_then(|songs| comparison(pieces, songs));
            crate::cli::print(match &comparison {
                Some(comparison) => table.with_comparison(comparison),
                None => table,
            })?;
        }
        if let [piece] = pieces {
            self.print_roll(piece)?;
        }
        Ok(())
    }

    fn write_file(&self, path: &Path, notes: &[Note]) -> anyhow::Result<()> {
        let meter = self.length.meter;
        let options = WriteOptions {
            tempo_bpm: self.sound.tempo,
            program: self.sound.program,
            time_signature: (meter.beats, meter.unit),
            ..WriteOptions::default()
        };
        std::fs::write(path, write(notes, &options)).with_context(|| format!("cannot write {}", path.display()))
    }

    /// Length, the key where the piece was moved to one, and why it is no more.
    fn describe(&self, piece: &Generated, shift: Option<i32>) -> String {
        let beats = f64::from(piece.notes.iter().map(Note::end).max().unwrap_or(0)) / f64::from(TICKS_PER_BEAT);
        let seconds = beats * 60.0 / self.sound.tempo;
        let end = match (piece.end, self.length.events, self.length.bars) {
            (End::Network, ..) => "ended by the network",
            (End::Ticks, _, Some(_)) => "cut at --bars",
            (End::Ticks, _, None) if self.length.seconds.is_none() => "ended with the melody",
            (End::Ticks, _, None) => "cut at --seconds",
            (End::Events, None, _) if self.length.bars.is_some() || self.length.seconds.is_some() => {
                "cut where it had more events than such a length should need; --events allows more"
            }
            (End::Events, ..) => "cut at --events",
        };
        let key = shift.map_or_else(String::new, |shift| format!("in {}, ", relative(&piece.notes, -shift)));
        format!("{} events, {beats:.1} beats, {seconds:.1} seconds, {key}{end}", piece.events.len())
    }

    fn print_roll(&self, piece: &Generated) -> anyhow::Result<()> {
        if self.roll {
            crate::cli::print(piano_roll::render(&piece.notes, ROLL_WIDTH))?;
        }
        Ok(())
    }
}

/// How well the pieces can be told apart from the songs; `None` where there are too few.
fn comparison(pieces: &[Generated], songs: &Songs) -> Option<Comparison> {
    let pieces: Vec<&[Note]> = pieces.iter().map(|piece| piece.notes.as_slice()).collect();
    Comparison::new(&pieces, &songs.notes()).ok()
}

/// `piece.mid` to `piece-3.mid`.
fn numbered(path: &Path, number: usize) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let extension = path.extension().map_or_else(String::new, |extension| format!(".{}", extension.to_string_lossy()));
    path.with_file_name(format!("{stem}-{number}{extension}"))
}
