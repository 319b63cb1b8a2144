//! What `generate` writes and prints.

use std::path::{Path, PathBuf};

use gpu_lstm::generate::{End, Generated};
use gpu_lstm::music::discriminate::Comparison;
use gpu_lstm::music::key::relative;
use gpu_lstm::music::midi::{Note, TICKS_PER_BEAT, WriteOptions, write};
use gpu_lstm::music::piano_roll::{self, SvgOptions};
use gpu_lstm::music::report::{Report, Songs, Table};
use gpu_lstm::music::score::{Part, Score, ScoreOptions};
use gpu_lstm::music::timing::Timing;
use gpu_lstm::paths::shown;
use gpu_lstm::whole_file;

use super::Generate;
use super::listen::Written;
use crate::cli::title;

/// Pieces whose files are checked before work begins; more differ in their numbers alone.
const CHECKED: usize = 1000;
/// Characters in a line of a piano roll.
const ROLL_WIDTH: usize = 100;

impl Generate {
    /// A file of the piece `number`, counted from 1.
    pub(super) fn place(&self, path: &Path, number: usize) -> PathBuf {
        if self.count == 1 { path.to_owned() } else { numbered(path, number) }
    }

    /// Checks that everything can be written, without touching anything.
    pub(super) fn check_outputs(&self, model: Option<&Path>) -> anyhow::Result<()> {
        let inputs = [model, self.primer.prime.as_deref(), self.melody.melody.as_deref(), self.compare.as_deref()];
        let inputs: Vec<&Path> = inputs.into_iter().flatten().collect();
        let wav = self.listen.wav_file(&self.output);
        let of_pieces = [Some(&self.output), self.musicxml.as_ref(), self.svg.as_ref(), wav.as_ref()];
        let of_piece = |number| of_pieces.into_iter().flatten().map(move |path| self.place(path, number));
        let outputs: Vec<PathBuf> =
            (1..=self.count.min(CHECKED)).flat_map(of_piece).chain(self.listen.page.clone()).collect();
        Ok(whole_file::check_all(&outputs, &inputs)?)
    }

    /// Writes the pieces and prints what they are. `shifts` are those of the pieces, none if the model is in all keys.
    pub(super) fn write(
        &self,
        pieces: &[Generated],
        shifts: &[i32],
        songs: Option<&Songs>,
        timing: Timing,
    ) -> anyhow::Result<Vec<Written>> {
        let mut written = Vec::new();
        for ((number, piece), shift) in (1..).zip(pieces).zip(shifts.iter().map(Some).chain(std::iter::repeat(None))) {
            let place = |path: &Path| self.place(path, number);
            let path = place(&self.output);
            let midi = self.write_files(place, &piece.notes, shift.copied(), timing)?;
            let description = self.describe(piece, shift.copied(), timing);
            crate::cli::print(format_args!("{}: {description}", shown(&path)))?;
            let report = (!piece.notes.is_empty()).then(|| Report::new(&piece.notes, songs));
            if pieces.len() > 1 {
                if let Some(report) = &report {
                    crate::cli::print(format_args!("  {report}"))?;
                }
                self.print_roll(piece)?;
            }
            written.push(Written { path, midi, description, report });
        }
        let reports: Vec<Report> = written.iter().filter_map(|piece| piece.report.clone()).collect();
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
        Ok(written)
    }

    /// Writes the MIDI file, and the score and the picture where asked for. All of them are made before the first is
    /// written: where there can be no score, no file is touched. Returns the bytes of the MIDI file.
    fn write_files(
        &self,
        place: impl Fn(&Path) -> PathBuf,
        notes: &[Note],
        shift: Option<i32>,
        Timing { tempo, time_signature }: Timing,
    ) -> anyhow::Result<Vec<u8>> {
        let options = WriteOptions { tempo_bpm: tempo, time_signature };
        let mut files = vec![(place(&self.output), write(notes, &options))];
        if let Some(path) = self.musicxml.as_deref().map(&place) {
            let options = ScoreOptions {
                title: title(&path),
                tempo: Some(tempo),
                time_signature,
                sharps: shift.map(|shift| relative(notes, -shift).sharps()),
                ..ScoreOptions::default()
            };
            let score = Score::new(&Part::of_notes(notes), &options)?;
            files.push((path, score.to_musicxml().into()));
        }
        if let Some(path) = self.svg.as_deref().map(&place) {
            let options = SvgOptions { title: title(&path), time_signature };
            files.push((path, piano_roll::svg(notes, &options).into()));
        }
        for (path, content) in &files {
            whole_file::write(path, content)?;
        }
        Ok(files.swap_remove(0).1)
    }

    /// Length, the key where the piece was moved to one, and why it is no more.
    fn describe(&self, piece: &Generated, shift: Option<i32>, timing: Timing) -> String {
        let beats = f64::from(piece.notes.iter().map(Note::end).max().unwrap_or(0)) / f64::from(TICKS_PER_BEAT);
        let seconds = beats * 60.0 / timing.tempo;
        let end = match (piece.end, self.length.events, self.length.bars) {
            (End::Network, ..) => "ended by the network",
            (End::Ticks, _, Some(_)) => "cut at --bars",
            (End::Ticks, _, None) if self.length.seconds.is_none() => "ended with the melody",
            (End::Ticks, _, None) => "cut at --seconds",
            (End::Events, None, _)
                if self.length.bars.is_some() || self.length.seconds.is_some() || self.melody.melody.is_some() =>
            {
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
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(format!("-{number}"));
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}
