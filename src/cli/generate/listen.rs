//! What `generate` writes to listen to: WAV files and a page.

use std::path::{Path, PathBuf};

use clap::Args;
use gpu_lstm::listen::{Instrument, Page, Piece};
use gpu_lstm::music::report::{Report, Songs, Table};
use gpu_lstm::paths::shown;
use gpu_lstm::whole_file;

use super::Generate;
use crate::cli::render::{SoundFontChoice, wav_file, write_wav};

#[derive(Debug, Args)]
#[command(next_help_heading = "Listening")]
pub(super) struct Listen {
    /// Write the sound, too: 44.1 kHz, stereo, 16 bit [default file: that of --output, with .wav]; with --count, a
    /// number is added to the name
    #[arg(long, value_name = "FILE.wav", num_args = 0..=1, value_parser = wav_file)]
    wav: Option<Option<PathBuf>>,
    #[command(flatten)]
    soundfont: SoundFontChoice,
    /// Write a page that shows and plays all pieces in a browser, with their reports
    #[arg(long, value_name = "FILE.html")]
    pub(super) page: Option<PathBuf>,
}

/// A piece whose MIDI file is written.
pub(super) struct Written {
    pub(super) path: PathBuf,
    pub(super) midi: Vec<u8>,
    pub(super) description: String,
    /// `None` for a piece without notes.
    pub(super) report: Option<Report>,
}

impl Listen {
    /// The WAV file beside the MIDI file `output`.
    pub(super) fn wav_file(&self, output: &Path) -> Option<PathBuf> {
        self.wav.as_ref().map(|named| named.clone().unwrap_or_else(|| output.with_extension("wav")))
    }

    /// What plays, where --wav asks for it.
    pub(super) fn instrument(&self) -> anyhow::Result<Option<Instrument>> {
        anyhow::ensure!(
            self.wav.is_some() || !self.soundfont.is_given(),
            "--soundfont is what plays for --wav; add --wav, or leave --soundfont out"
        );
        self.wav.as_ref().map(|_| self.soundfont.load()).transpose()
    }
}

impl Generate {
    /// Writes what --wav and --page ask for. A piece without notes has no sound, and is left out.
    pub(super) fn write_sound_and_page(
        &self,
        written: &[Written],
        songs: Option<&Songs>,
        instrument: Option<&Instrument>,
    ) -> anyhow::Result<()> {
        let with_notes = || (1..).zip(written).filter(|(_, piece)| piece.report.is_some());
        if let Some((instrument, named)) = instrument.zip(self.listen.wav_file(&self.output)) {
            for (number, piece) in with_notes() {
                let path = self.place(&named, number);
                write_wav(&piece.midi, &piece.path, &path, instrument)?;
            }
        }
        let pieces: Vec<Piece> = with_notes().map(|(_, piece)| piece.on_page(songs)).collect();
        match &self.listen.page {
            Some(path) if !pieces.is_empty() => {
                let page = Page::new(&self.model.display().to_string(), pieces)?;
                let html = page.html();
                whole_file::write(path, html.as_bytes())?;
                crate::cli::print(format_args!(
                    "{}: a page to look at and listen to; open it in a browser",
                    shown(path)
                ))?;
            }
            Some(path) => eprintln!("{} was not written: no piece has notes", shown(path)),
            None => {}
        }
        Ok(())
    }
}

impl Written {
    fn on_page(&self, songs: Option<&Songs>) -> Piece {
        Piece {
            name: self.path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            description: self.description.clone(),
            midi: self.midi.clone(),
            report: self.report.as_ref().map(|report| Table::new(std::slice::from_ref(report), songs)),
        }
    }
}
