//! `gpu-lstm render`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use gpu_lstm::Error;
use gpu_lstm::listen::{Audio, Choice, Instrument};
use gpu_lstm::music::midi::Performance;
use gpu_lstm::whole_file;

/// Turns MIDI files into sound: WAV, 44.1 kHz, stereo, 16 bit
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gpu-lstm render test_output.mid                       into test_output.wav
  gpu-lstm render song.mid -o song.wav --soundfont FluidR3_GM.sf2
  gpu-lstm render piece-*.mid                           several, each into a file beside it
  gpu-lstm render song.mid --soundfont piano            with the built-in piano")]
pub(super) struct Render {
    /// MIDI files
    #[arg(value_name = "FILE.mid", required = true)]
    files: Vec<PathBuf>,
    /// WAV file to write, for one MIDI file [default: the name of the MIDI file, with .wav]
    #[arg(short, long, value_name = "FILE.wav", value_parser = wav_file)]
    output: Option<PathBuf>,
    #[command(flatten)]
    soundfont: SoundFontChoice,
}

/// What plays.
#[derive(Debug, Args)]
pub(super) struct SoundFontChoice {
    /// SoundFont (.sf2) that plays, or "piano" for the built-in piano [default: $SOUNDFONT, else the one of the system,
    /// else the built-in piano]
    #[arg(long, value_name = "FILE")]
    soundfont: Option<PathBuf>,
}

impl SoundFontChoice {
    pub(super) fn is_given(&self) -> bool {
        self.soundfont.is_some()
    }

    /// Loads what plays; remarks go to standard error.
    pub(super) fn load(&self) -> anyhow::Result<Instrument> {
        let (instrument, remarks) = Instrument::choose(&match &self.soundfont {
            None => Choice::Find,
            Some(name) if name.as_os_str() == "piano" => Choice::Piano,
            Some(path) => Choice::File(path.clone()),
        })?;
        remarks.iter().for_each(|remark| eprintln!("{remark}"));
        Ok(instrument)
    }
}

impl Render {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        anyhow::ensure!(
            self.output.is_none() || self.files.len() == 1,
            "--output names one file, and there are {} to render; leave it out to write each beside its MIDI file",
            self.files.len()
        );
        let output = |path: &PathBuf| self.output.clone().unwrap_or_else(|| path.with_extension("wav"));
        let mut files = self.files.clone();
        for output in self.files.iter().map(output) {
            anyhow::ensure!(
                !files.contains(&output),
                "{} would be replaced by the sound of another file; rename one of them, or name another with --output",
                output.display()
            );
            files.push(output);
        }
        whole_file::check_all(&self.files.iter().map(output).collect::<Vec<_>>(), &[])?;
        let instrument = self.soundfont.load()?;
        for path in &self.files {
            let midi = std::fs::read(path).map_err(|source| Error::Read { path: path.clone(), source })?;
            write_wav(&midi, path, &output(path), &instrument)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Plays the bytes of the MIDI file `path` into the WAV file `output`, and prints a line.
pub(super) fn write_wav(midi: &[u8], path: &Path, output: &Path, instrument: &Instrument) -> anyhow::Result<()> {
    let name = path.display().to_string();
    let audio = Audio::render(&Performance::read(midi, &name)?, &name, instrument)?;
    audio.write_wav(output)?;
    if audio.peak() == 0.0 {
        eprintln!("{name} is silent: {instrument} plays none of its notes (the built-in piano plays no drums)");
    }
    super::print(format_args!("{}: {:.1} seconds, played by {instrument}", output.display(), audio.seconds()))?;
    Ok(())
}

/// A file name that ends in `.wav`, so that no other argument is taken for one.
pub(super) fn wav_file(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    match path.extension() {
        Some(extension) if extension.eq_ignore_ascii_case("wav") => Ok(path),
        _ => Err("a WAV file must end in .wav".into()),
    }
}
