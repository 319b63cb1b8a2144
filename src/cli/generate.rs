//! `gpu-lstm generate`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use gpu_lstm::checkpoint::ModelFile;
use gpu_lstm::events::{Event, encode};
use gpu_lstm::generate::{GenerateOptions, Generated, generate};
use gpu_lstm::gpu::Gpu;
use gpu_lstm::kernels::SampleOptions;
use gpu_lstm::midi::{Note, TICKS_PER_BEAT, WriteOptions, read_folder, write};
use gpu_lstm::model::Model;
use gpu_lstm::piano_roll;
use gpu_lstm::report::Report;

/// Where `train` puts its model unless told otherwise.
const LATEST_MODEL: &str = "runs/latest";

/// Writes new music with a trained model
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gpu-lstm generate                                      one piece from runs/latest into test_output.mid
  gpu-lstm generate runs/bach --seed 7 --temperature 0.9 --events 400 -o fugue.mid
  gpu-lstm generate --prime start.mid --prime-events 32  go on where another piece leaves off
  gpu-lstm generate --count 8 -o piece.mid               piece-1.mid to piece-8.mid, drawn side by side")]
pub(super) struct Generate {
    /// Run folder or model file
    #[arg(value_name = "RUN|FILE", default_value = LATEST_MODEL)]
    model: PathBuf,
    /// MIDI file to write; with --count, a number is added to the name
    #[arg(short, long, value_name = "FILE", default_value = "test_output.mid")]
    output: PathBuf,
    /// Longest piece, in events; the network may end it sooner
    #[arg(long, value_name = "N", default_value_t = 500)]
    events: usize,
    /// Number of pieces
    #[arg(long, value_name = "N", default_value_t = 1)]
    count: usize,
    /// The same seed gives the same file
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u32,
    /// Adapter to use: a number of `gpu-lstm devices`, or a part of a name [default: the best]
    #[arg(long, value_name = "NAME|INDEX")]
    adapter: Option<String>,
    #[command(flatten)]
    sampling: Sampling,
    #[command(flatten)]
    primer: Primer,
    #[command(flatten)]
    sound: Sound,
    /// Folder of MIDI files to look for copied passages in, transposed ones too
    #[arg(long, value_name = "FOLDER", help_heading = "Report")]
    compare: Option<PathBuf>,
    /// Print a piano roll of each piece
    #[arg(long, help_heading = "Report")]
    roll: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Sampling")]
struct Sampling {
    /// Below 1 bolder in what is likely, above 1 more surprising; 0 always takes the most likely
    #[arg(long, value_name = "T", default_value_t = 1.0)]
    temperature: f32,
    /// Choose among the K most likely classes; 0 is all
    #[arg(long, value_name = "K", default_value_t = 0)]
    top_k: u32,
    /// Choose among the most likely classes that together hold this probability
    #[arg(long, value_name = "P", default_value_t = 0.95)]
    top_p: f32,
    /// Choose among classes at least this likely, relative to the most likely
    #[arg(long, value_name = "P", default_value_t = 0.0)]
    min_p: f32,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Primer")]
struct Primer {
    /// MIDI file that the network hears first
    #[arg(long, value_name = "FILE")]
    prime: Option<PathBuf>,
    /// How many of its events
    #[arg(long, value_name = "N", default_value_t = 64, requires = "prime")]
    prime_events: usize,
    /// Write the primer too, before what follows it
    #[arg(long, requires = "prime")]
    with_primer: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Sound")]
struct Sound {
    /// Beats per minute
    #[arg(long, value_name = "BPM", default_value_t = 100.0)]
    tempo: f64,
    /// Instrument of General MIDI, 0 to 127: 0 piano, 6 harpsichord, 19 organ, 40 violin
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u8).range(..=127))]
    program: u8,
}

impl Generate {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let file = super::model_file(&self.model)?;
        let checkpoint = ModelFile::load(&file)?;
        let options = self.options()?;
        let others = self.compare.as_deref().map(songs).transpose()?.unwrap_or_default();

        let gpu = Gpu::new(self.adapter.as_deref())?;
        eprintln!("adapter {}; seed {}; model {}", gpu.describe(), self.seed, file.display());
        let model = Model::new(&gpu, &checkpoint.config, &checkpoint.parameters)?;
        let pieces = generate(&model, &options)?;
        for (number, piece) in (1..).zip(&pieces) {
            let path = if self.count == 1 { self.output.clone() } else { numbered(&self.output, number) };
            self.write(&path, piece, &options.primer, &others)?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn options(&self) -> anyhow::Result<GenerateOptions> {
        let Sampling { temperature, top_k, top_p, min_p } = self.sampling;
        let shares = (0.0..=1.0).contains(&min_p) && top_p > 0.0 && top_p <= 1.0;
        anyhow::ensure!(temperature >= 0.0 && temperature.is_finite(), "--temperature must be 0 or more");
        anyhow::ensure!(shares, "--top-p must be above 0 and at most 1, --min-p from 0 to 1");
        anyhow::ensure!(self.sound.tempo.is_finite() && self.sound.tempo >= 4.0, "--tempo must be at least 4");
        let sampling = SampleOptions { temperature, top_k, top_p, min_p, seed: self.seed };
        let primer =
            self.primer.prime.as_deref().map(|path| read_primer(path, self.primer.prime_events)).transpose()?;
        Ok(GenerateOptions {
            pieces: self.count,
            events: self.events,
            sampling: [sampling; 3],
            primer: primer.unwrap_or_default(),
        })
    }

    /// Writes one piece and prints what it is.
    fn write(
        &self,
        path: &Path,
        piece: &Generated,
        primer: &[Event],
        others: &[(String, Vec<Note>)],
    ) -> anyhow::Result<()> {
        let notes = piece.notes(self.primer.with_primer.then_some(primer));
        let options =
            WriteOptions { tempo_bpm: self.sound.tempo, program: self.sound.program, ..WriteOptions::default() };
        std::fs::write(path, write(&notes, &options)).with_context(|| format!("cannot write {}", path.display()))?;
        let beats = f64::from(notes.iter().map(Note::end).max().unwrap_or(0)) / f64::from(TICKS_PER_BEAT);
        let seconds = beats * 60.0 / self.sound.tempo;
        let end = if piece.ended { "ended by the network" } else { "cut at --events" };
        super::print(format_args!(
            "{}: {} events, {beats:.1} beats, {seconds:.1} seconds, {end}",
            path.display(),
            piece.events.len()
        ))?;
        if !notes.is_empty() {
            super::print(Report::new(&notes, others))?;
        }
        if self.roll {
            super::print(piano_roll::render(&notes, 100))?;
        }
        Ok(())
    }
}

/// The first events of the first song in a file.
fn read_primer(path: &Path, events: usize) -> anyhow::Result<Vec<Event>> {
    let corpus = read_folder(path)?;
    let song = corpus.songs.first().with_context(|| format!("{} holds no notes to begin with", path.display()))?;
    let mut primer = encode(&song.notes);
    primer.truncate(events);
    Ok(primer)
}

/// The songs of a folder by name.
fn songs(folder: &Path) -> anyhow::Result<Vec<(String, Vec<Note>)>> {
    Ok(read_folder(folder)?.songs.into_iter().map(|song| (song.name, song.notes)).collect())
}

/// `piece.mid` to `piece-3.mid`.
fn numbered(path: &Path, number: usize) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let extension = path.extension().map_or_else(String::new, |extension| format!(".{}", extension.to_string_lossy()));
    path.with_file_name(format!("{stem}-{number}{extension}"))
}
