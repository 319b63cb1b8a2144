//! The melody that `generate` keeps.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::Context as _;
use clap::Args;
use gpu_lstm::music::melody::{Melody, Voice};
use gpu_lstm::music::midi::{Pedal, Song, read_tracks};
use gpu_lstm::paths::shown;

#[derive(Debug, Args)]
#[command(next_help_heading = "Melody")]
pub(super) struct Kept {
    /// MIDI file whose melody is kept exactly; other notes are drawn around it, to its end or to that of --bars or
    /// --seconds
    #[arg(long, value_name = "FILE", conflicts_with = "prime")]
    pub(super) melody: Option<PathBuf>,
    /// What the melody is: top, the highest voice, and nothing is drawn above it; bottom, the lowest, and nothing below
    /// it; "track N", all notes of a track
    #[arg(long, value_name = "VOICE", default_value = "top", requires = "melody")]
    voice: Part,
}

/// A part of a file.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Part {
    Outer(Voice),
    /// From 1.
    Track(usize),
}

impl FromStr for Part {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let track = |number: &str| number.trim().parse().ok().filter(|&number| number > 0).map(Self::Track);
        match text.trim() {
            "top" => Ok(Self::Outer(Voice::Top)),
            "bottom" => Ok(Self::Outer(Voice::Bottom)),
            other => other.strip_prefix("track").and_then(track).ok_or_else(|| {
                format!("\"{text}\" is no voice; write it as top, bottom or \"track 2\", with tracks counted from 1")
            }),
        }
    }
}

impl Kept {
    /// The part of `song`, which was read from `path` with the pedal as `pedal` says.
    pub(super) fn of(&self, song: &Song, path: &Path, pedal: Pedal) -> anyhow::Result<Melody> {
        let number = match self.voice {
            Part::Outer(voice) => return Ok(Melody::outer(song.notes.clone(), voice)),
            Part::Track(number) => number,
        };
        let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", shown(path)))?;
        let tracks = read_tracks(&bytes, &path.to_string_lossy(), pedal)?;
        match tracks.get(number - 1) {
            Some(notes) if !notes.is_empty() => Ok(Melody::new(notes.clone(), Voice::Inner)),
            _ => {
                let with_notes = (1..).zip(&tracks).filter(|(_, notes)| !notes.is_empty());
                let list: Vec<String> = with_notes.map(|(at, notes)| format!("{at} ({} notes)", notes.len())).collect();
                anyhow::bail!(
                    "{} has no notes in track {number}; choose --voice \"track N\" from these: {}",
                    shown(path),
                    list.join(", ")
                )
            }
        }
    }
}
