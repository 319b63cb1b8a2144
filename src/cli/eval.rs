//! `gpu-lstm eval`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use gpu_lstm::checkpoint::{ModelPlace, write_logits};
use gpu_lstm::engine::gpu::Gpu;
use gpu_lstm::evaluate::{Baselines, Scores, evaluate};
use gpu_lstm::model::Model;
use gpu_lstm::music::dataset::resembling;
use gpu_lstm::music::events::{Cut, Field, with_fields};
use gpu_lstm::music::midi::{Pedal, Song, read_folder_with};
use gpu_lstm::whole_file;

use super::reading::Reading;

/// Steps and lanes of a pass: they decide the speed, not the result.
const SEQ_LEN: usize = 64;
const LANES: usize = 32;

/// Measures how well a model predicts music it was not trained on
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gpu-lstm eval runs/bach held_out --train chorales     the model, and what it must beat, on the same pieces
  gpu-lstm eval runs/bach held_out --per-piece --json   piece by piece, for programs

Every piece counts from its beginning to its end, with the state carried and dropout off. Notes that continue a repeat
of eight steps or more within their piece (interval, offset, duration; in any key) and novel ones are also counted apart.")]
pub(super) struct Eval {
    /// Run folder, model file, or a name of `gpu-lstm models`
    #[arg(value_name = "MODEL")]
    model: PathBuf,
    /// MIDI files to predict
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// MIDI files to count: what comes how often (unigram), what follows what (counts), and the latter together with counts
    /// of the piece so far and with its longest match (counts, adaptive)
    #[arg(long, value_name = "FOLDER")]
    train: Option<PathBuf>,
    /// Also score the model mixed with the adaptive counts of --train, by weights that learn from each piece (model
    /// with counts)
    #[arg(long, requires = "train")]
    with_counts: bool,
    #[command(flatten)]
    reading: Reading,
    /// Print every piece too
    #[arg(long)]
    per_piece: bool,
    /// Print JSON, one object a line
    #[arg(long)]
    json: bool,
    /// Write tokens and logits of the first steps to a file, to be compared with other implementations
    #[arg(long, value_name = "FILE")]
    logits: Option<PathBuf>,
    /// Adapter to use: a number of `gpu-lstm devices`, or a part of a name [default: the best]
    #[arg(long, value_name = "NAME|INDEX")]
    adapter: Option<String>,
}

impl Eval {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let place = ModelPlace::find(&self.model)?;
        if let Some(path) = &self.logits {
            let inputs = [place.file(), Some(&self.folder), self.train.as_deref()];
            whole_file::check(path, &inputs.into_iter().flatten().collect::<Vec<_>>())?;
        }
        let file = place.load()?;
        let pedal = self.reading.pedal.unwrap_or(file.training.pedal);
        let songs_of = |folder: &Path| songs_of(folder, pedal, &file.config.fields);
        let songs = songs_of(&self.folder)?;
        let training: Option<Vec<Song>> = self.train.as_deref().map(songs_of).transpose()?;
        let gpu = Gpu::new(self.adapter.as_deref())?;
        eprintln!("adapter {}", gpu.describe());
        let model = Model::new(&gpu, &file.config, &file.parameters)?;
        if let Some(path) = &self.logits {
            write_logits(path, &model, &songs, SEQ_LEN, songs.len().min(4))?;
        }
        let baselines = training.as_deref().map(Baselines::train);
        let counts = baselines.as_ref().filter(|_| self.with_counts).map(|baselines| &baselines.counts);
        let mut scores = evaluate(&model, file.training.keys.as_ref(), &songs, counts, SEQ_LEN, LANES)?;
        let each = scores.split_off(1 + usize::from(self.with_counts));
        if let Some((training, baselines)) = training.zip(baselines) {
            let resembling = resembling(&training, &songs);
            if let Some(first) = resembling.first() {
                eprintln!(
                    "{} of the pieces resemble songs of --train and do not measure how well new music is predicted; the first is {}",
                    resembling.len(),
                    first.name
                );
            }
            scores.extend(baselines.score(&songs));
        }
        if self.per_piece {
            scores.extend(each);
        }
        eprintln!(
            "nats are those of pitches, offsets and durations on a grid of 1/24 beat, not of loudness, tempo, instruments or \
             drums; left out of the {} pieces: {}",
            songs.len(),
            Cut::of(songs.iter().map(|song| &song.notes[..]))
        );
        for score in &scores {
            super::print(line(score, self.json)?)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn songs_of(folder: &Path, pedal: Pedal, fields: &[Field]) -> anyhow::Result<Vec<Song>> {
    let corpus = read_folder_with(folder, pedal)?;
    eprintln!("{corpus}");
    Ok(with_fields(corpus.songs, fields))
}

fn line(score: &Scores, json: bool) -> anyhow::Result<String> {
    Ok(if json { serde_json::to_string(score)? } else { score.to_string() })
}
