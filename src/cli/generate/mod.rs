//! `gpu-lstm generate`

mod listen;
mod melody;
mod options;
mod output;
mod values;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use gpu_lstm::Error;
use gpu_lstm::checkpoint::ModelPlace;
use gpu_lstm::engine::gpu::Gpu;
use gpu_lstm::generate::{GenerateOptions, Generated, generate};
use gpu_lstm::model::Model;
use gpu_lstm::music::events::{Field, encode, with_fields};
use gpu_lstm::music::key::{KeyCounts, to_one_key};
use gpu_lstm::music::melody::Melody;
use gpu_lstm::music::midi::{Pedal, Song, TICKS_PER_BEAT, read_folder_with};
use gpu_lstm::music::pitches::Pitches;
use gpu_lstm::music::report::{Report, Songs, Typical};
use gpu_lstm::music::timing::Timing;
use gpu_lstm::paths::shown;
use gpu_lstm::train::LATEST_RUN;
use listen::Listen;
use options::{Length, Limits, Primer, Sampling, Sound};
pub(super) use values::Meter;

use super::reading::Reading;

/// Events for each note of a melody, at least, where none are asked for.
const EVENTS_PER_NOTE: usize = 16;

/// Events of a piece whose length nothing else decides.
const DEFAULT_EVENTS: usize = 500;

/// Most events in a beat, where a length in time is asked for and none in events: chords of sixteen in sixteenths. A
/// network that never moves on stops there.
const EVENTS_PER_BEAT: usize = 64;

/// Writes new music with a trained model
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gpu-lstm generate                                     from runs/latest into test_output.mid
  gpu-lstm generate chorales                            with a model that comes along
  gpu-lstm generate runs/bach --seed 7 --bars 32 -o fugue.mid
  gpu-lstm generate --temperature 0.8,1,0.9             offset, note, duration: steady rhythm
  gpu-lstm generate --key \"A minor\" --range C3-C6 --seconds 60
  gpu-lstm generate --prime start.mid --prime-events 32 go on where another piece leaves off
  gpu-lstm generate chorales --melody tune.mid          keep the tune, and write the other voices
  gpu-lstm generate --count 8 -o piece.mid              piece-1.mid to piece-8.mid
  gpu-lstm generate --compare my_midi --best-of 16      the most typical of 16 pieces
  gpu-lstm generate --wav                               and test_output.wav, to hear it in any player
  gpu-lstm generate --count 8 --page pieces.html --compare my_midi    a page that plays them in a browser
  gpu-lstm generate --bars 16 --musicxml piece.musicxml sheet music, too
  gpu-lstm generate --events 4000 --no-end --compare my_midi    is it caught in a loop?")]
pub(super) struct Generate {
    /// Run folder, model file, or a name of `gpu-lstm models`
    #[arg(value_name = "MODEL", default_value = LATEST_RUN)]
    model: PathBuf,
    /// MIDI file to write; with --count, a number is added to the name
    #[arg(short, long, value_name = "FILE", default_value = "test_output.mid")]
    output: PathBuf,
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
    length: Length,
    #[command(flatten)]
    sampling: Sampling,
    #[command(flatten)]
    limits: Limits,
    #[command(flatten)]
    primer: Primer,
    #[command(flatten)]
    melody: melody::Kept,
    #[command(flatten)]
    sound: Sound,
    #[command(flatten)]
    listen: Listen,
    /// Songs to compare with: their figures beside those of the piece, and the longest passage copied from them,
    /// transposed or not
    #[arg(long, value_name = "FOLDER", help_heading = "Report")]
    compare: Option<PathBuf>,
    /// Draw N pieces for each that is written, and keep the one whose figures are most like those of the songs of --compare
    #[arg(long, value_name = "N", default_value_t = 1, requires = "compare", value_parser = clap::value_parser!(u32).range(1..), help_heading = "Report")]
    best_of: u32,
    #[command(flatten)]
    reading: Reading,
    /// Sheet music of each piece, to open in a notation program; with --count, a number is added to the name
    #[arg(long, value_name = "FILE", help_heading = "Sheet music and picture")]
    musicxml: Option<PathBuf>,
    /// A picture of each piece, a piano roll as SVG; with --count, a number is added to the name
    #[arg(long, value_name = "FILE", help_heading = "Sheet music and picture")]
    svg: Option<PathBuf>,
    /// Print a piano roll of each piece
    #[arg(long, help_heading = "Report")]
    roll: bool,
}

impl Generate {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let instrument = self.listen.instrument()?;
        let place = ModelPlace::find(&self.model);
        self.check_outputs(place.as_ref().ok().and_then(ModelPlace::file))?;
        let place = place?;
        let checkpoint = place.load()?;
        let pedal = self.reading.pedal.unwrap_or(checkpoint.training.pedal);
        let fields = &checkpoint.config.fields;
        let first_song = |path: &PathBuf| first_song(path, pedal, fields);
        let primer = self.primer.prime.as_ref().map(first_song).transpose()?;
        let tune = self.melody.melody.as_ref().map(first_song).transpose()?;
        let timing = self.timing(checkpoint.training.timing);
        let mut options = self.options(primer.as_ref(), tune.as_ref(), pedal, timing)?;
        let given = primer.as_ref().or(tune.as_ref());
        options.shifts = checkpoint.training.keys.as_ref().map(|keys| self.shifts(keys, given)).unwrap_or_default();
        options.limits = (!self.limits.unlimited).then(|| checkpoint.training.limits.clone());
        let songs = self.compare.as_deref().map(|folder| songs(folder, pedal)).transpose()?;

        let gpu = Gpu::new(self.adapter.as_deref())?;
        eprintln!("adapter {}; seed {}; model {}", gpu.describe(), self.seed, place);
        let model = Model::new(&gpu, &checkpoint.config, &checkpoint.parameters)?;
        let mut pieces = generate(&model, &options).map_err(|error| self.too_many(error))?;
        if let Some(songs) = songs.as_ref().filter(|_| self.best_of > 1) {
            let best = self.best(&pieces, songs);
            pieces = best.iter().map(|&piece| pieces[piece].clone()).collect();
            options.shifts = best.iter().filter_map(|&piece| options.shifts.get(piece).copied()).collect();
        }
        let written = self.write(&pieces, &options.shifts, songs.as_ref(), timing)?;
        self.write_sound_and_page(&written, songs.as_ref(), instrument.as_ref())?;
        Ok(ExitCode::SUCCESS)
    }

    /// What to do where the device has too little memory for the pieces.
    fn too_many(&self, error: Error) -> anyhow::Error {
        let is_memory = matches!(error, Error::TooLarge { .. } | Error::OutOfMemory { .. });
        let error = anyhow::Error::from(error);
        if is_memory && self.drawn() > 1 {
            let what = format!("{} pieces at a time are too many for this adapter", self.drawn());
            return error.context(format!("{what}; lower --count or --best-of"));
        }
        error
    }

    /// How far each piece is moved from C major or A minor: to --key, else to the key of the `given` music, a primer or
    /// a melody, else to a key that is drawn. One key must do for all pieces where it decides what is drawn, as --range
    /// does.
    fn shifts(&self, keys: &KeyCounts, given: Option<&Song>) -> Vec<i32> {
        let given = self.limits.key.map(|key| -key.shift()).or_else(|| given.map(|song| -to_one_key(song).1));
        let drawn = |piece: usize| -keys.draw(self.seed, if self.limits.range.is_some() { 0 } else { piece });
        (0..self.drawn()).map(|piece| given.unwrap_or_else(|| drawn(piece))).collect()
    }

    /// Pieces that are drawn.
    fn drawn(&self) -> usize {
        self.count.saturating_mul(self.best_of as usize)
    }

    /// Of each `--best-of` pieces the most typical of the songs; pieces without a note are the least.
    fn best(&self, pieces: &[Generated], songs: &Songs) -> Vec<usize> {
        let longest = pieces.iter().map(|piece| piece.notes.len()).max().unwrap_or(0);
        let typical = Typical::new(songs, longest);
        let score = |piece: &Generated| match piece.notes.as_slice() {
            [] => f64::NEG_INFINITY,
            notes => typical.score(&Report::new(notes, Some(songs))),
        };
        let scores: Vec<f64> = pieces.iter().map(score).collect();
        let groups = scores.chunks(self.best_of as usize).enumerate();
        let best_of =
            |group: &[f64]| (1..group.len()).fold(0, |best, at| if group[at] > group[best] { at } else { best });
        groups.map(|(number, group)| number * self.best_of as usize + best_of(group)).collect()
    }

    /// The tempo and the time signature of the files: those that are asked for, else those of the songs.
    fn timing(&self, of_songs: Timing) -> Timing {
        Timing {
            tempo: self.sound.tempo.unwrap_or(of_songs.tempo),
            time_signature: self.length.meter.map_or(of_songs.time_signature, |Meter { beats, unit }| (beats, unit)),
        }
    }

    fn options(
        &self,
        primer: Option<&Song>,
        tune: Option<&Song>,
        pedal: Pedal,
        timing: Timing,
    ) -> anyhow::Result<GenerateOptions> {
        let melody = match (&self.melody.melody, tune) {
            (Some(path), Some(song)) => self.melody.of(song, path, pedal)?,
            _ => Melody::default(),
        };
        let ticks = self.length.ticks(timing)?.or_else(|| (!melody.is_empty()).then(|| melody.end()));
        let needed = ticks.map_or(DEFAULT_EVENTS, |ticks| ticks.div_ceil(TICKS_PER_BEAT) as usize * EVENTS_PER_BEAT);
        let needed = needed.max(EVENTS_PER_NOTE * melody.notes().len());
        let primer = primer.map(|song| encode(&song.notes).into_iter().take(self.primer.prime_events).collect());
        Ok(GenerateOptions {
            pieces: self.drawn(),
            events: self.length.events.unwrap_or(needed),
            ticks,
            sampling: self.sampling.of_fields(self.seed),
            program: self.sound.program,
            pitches: Pitches::new(self.limits.key.as_ref(), self.limits.range.as_ref())?,
            may_end: !self.length.no_end,
            primer: primer.unwrap_or_default(),
            with_primer: self.primer.with_primer,
            melody,
            ..GenerateOptions::default()
        })
    }
}

/// The first song in a file.
fn first_song(path: &Path, pedal: Pedal, fields: &[Field]) -> anyhow::Result<Song> {
    let first = with_fields(read_folder_with(path, pedal)?.songs, fields).into_iter().next();
    first.with_context(|| format!("{} holds no notes to begin with", shown(path)))
}

/// The songs of a folder.
fn songs(folder: &Path, pedal: Pedal) -> anyhow::Result<Songs> {
    Ok(Songs::new(read_folder_with(folder, pedal)?.songs.into_iter().map(|song| (song.name, song.notes)).collect()))
}
