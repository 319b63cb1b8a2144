//! `gpu-lstm score`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use gpu_lstm::music::midi::{TICKS_PER_BEAT, read_folder_with};
use gpu_lstm::music::piano_roll::{SvgOptions, svg};
use gpu_lstm::music::score::{Part, Score as Document, ScoreOptions};
use gpu_lstm::whole_file;

use super::generate::Meter;
use super::reading::Reading;

/// Writes the sheet music of a MIDI file as MusicXML, which notation programs open
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gpu-lstm score piece.mid                               into piece.musicxml
  gpu-lstm score piece.mid --svg piece.svg               and a picture
  gpu-lstm score piece.mid -o sheet.musicxml --meter 3/4 in other bars than the file says

Nothing is rounded but what reading rounds: times lie on a grid of 1/24 beat.")]
pub(super) struct Score {
    /// MIDI file
    #[arg(value_name = "FILE.mid")]
    file: PathBuf,
    /// MusicXML file to write [default: the name of FILE.mid with the ending .musicxml, in the current folder]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Time signature [default: the first one in the file, or 4/4]
    #[arg(long, value_name = "N/N")]
    meter: Option<Meter>,
    /// Quarter notes before the first bar line, such as 1 or 0.5, where the piece begins with an upbeat
    #[arg(long, value_name = "BEATS", default_value = "0", value_parser = upbeat)]
    upbeat: u32,
    /// Also a picture, a piano roll as SVG
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    #[command(flatten)]
    reading: Reading,
}

impl Score {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let name = || self.file.with_extension("musicxml").file_name().map(PathBuf::from).unwrap_or_default();
        let path = self.output.clone().unwrap_or_else(name);
        let outputs: Vec<PathBuf> = [Some(&path), self.svg.as_ref()].into_iter().flatten().cloned().collect();
        whole_file::check_all(&outputs, &[&self.file])?;
        let songs = read_folder_with(&self.file, self.reading.pedal.unwrap_or_default())?.songs;
        let song = songs.first().with_context(|| format!("{} holds no notes", self.file.display()))?;
        anyhow::ensure!(
            songs.len() == 1,
            "{} holds {} pieces; name a file that holds one",
            self.file.display(),
            songs.len()
        );
        let meter = self.meter.map(|meter| (meter.beats, meter.unit));
        let time_signature = meter.or(song.time_signature).unwrap_or((4, 4));
        let options = ScoreOptions {
            title: super::title(&self.file),
            tempo: song.tempo,
            time_signature,
            sharps: song.key_signature,
            upbeat: self.upbeat,
        };
        let score = Document::new(&Part::of_notes(&song.notes), &options)?;
        whole_file::write(&path, score.to_musicxml().as_bytes())?;
        super::print(path.display())?;
        if let Some(path) = &self.svg {
            let options = SvgOptions { title: super::title(&self.file), time_signature };
            whole_file::write(path, svg(&song.notes, &options).as_bytes())?;
            super::print(path.display())?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Quarter notes as grid ticks.
fn upbeat(text: &str) -> Result<u32, String> {
    let ticks = text.parse::<f64>().map(|beats| beats * f64::from(TICKS_PER_BEAT));
    let ticks = ticks.ok().filter(|ticks| (0.0..=1e6).contains(ticks) && (ticks - ticks.round()).abs() < 0.01);
    let ticks = ticks.ok_or_else(|| format!("\"{text}\" is not a number of quarter notes such as 1 or 0.5"));
    ticks.map(|ticks| ticks.round() as u32)
}
