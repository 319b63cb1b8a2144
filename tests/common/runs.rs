//! Folders of songs and tiny runs over them.

use std::fs;
use std::path::{Path, PathBuf};

use gpu_lstm::Result;
use gpu_lstm::checkpoint::StateFile;
use gpu_lstm::engine::gpu::Gpu;
use gpu_lstm::model::config::ModelConfig;
use gpu_lstm::music::midi::{Note, WriteOptions, write};
use gpu_lstm::train::{
    Budget, BudgetChange, MetricsRow, Outcome, Place, TrainConfig, Transpose, Watcher, resume, train,
};
use tempfile::TempDir;

/// Options of `gpu-lstm train` that a software adapter runs in no time.
pub const TINY: [&str; 16] = [
    "--embedding-size=4",
    "--stream-size=8",
    "--combined-size=8",
    "--combined-layers=1",
    "--shared-size=8",
    "--head-size=8",
    "--seq-len=4",
    "--batch-size=2",
    "--validation-share=0.3",
    "--validate-every=1",
    "--warmup-steps=2",
    "--learning-rate=0.01",
    "--dropout=0.1",
    "--transpose=-2,3",
    "--patience=0",
    "--seed=5",
];

/// Writes `count` different songs of 20 to 30 notes.
pub fn write_songs(folder: &Path, count: u32) {
    fs::create_dir_all(folder).expect("a folder");
    for song in 0..count {
        let note = |index: u32| {
            Note::new(12 * index, (60 + (index * (song + 2) + song) % 12) as u8, 6 + 6 * (index % (song % 3 + 1)))
        };
        let notes: Vec<Note> = (0..20 + song % 11).map(note).collect();
        let path = folder.join(format!("song_{song:02}.mid"));
        fs::write(path, write(&notes, &WriteOptions::default())).expect("a song");
    }
}

/// Writes `count` different songs of two parts, the n-th in the major key `tonic(n)` semitones above C.
pub fn write_songs_in_keys(folder: &Path, count: u32, tonic: impl Fn(u32) -> u32) {
    fs::create_dir_all(folder).expect("a folder");
    for song in 0..count {
        let melody = |at: u32| [0, 4, 7, 5, 4, 2, 0, 11, 0, 9, 5, 4][((at * (song % 3 + 1)) % 12) as usize];
        let bass = |at: u32| [0, 5, 7, 0][(at / 6 % 4) as usize];
        let note = |at: u32| {
            let note = |pitch: u32| Note::new(12 * at, (pitch + tonic(song)) as u8, 6 + song);
            [note(48 + bass(at)), note(60 + melody(at))]
        };
        let notes: Vec<Note> = (0..24 + song).flat_map(note).collect();
        let path = folder.join(format!("song_{song:02}.mid"));
        fs::write(path, write(&notes, &WriteOptions::default())).expect("a song");
    }
}

/// A network that a software adapter runs in no time.
pub fn tiny_model() -> ModelConfig {
    ModelConfig {
        embedding_size: 4,
        stream_size: 8,
        combined_size: 8,
        combined_layers: 2,
        shared_size: 8,
        head_size: 8,
        ..TrainConfig::default().model
    }
}

/// A folder with songs, and room for runs.
pub struct Workshop {
    folder: TempDir,
}

/// Ends a run where a function says so.
struct StopAt<'a>(&'a dyn Fn(u64) -> bool);

impl Watcher for StopAt<'_> {
    fn stop(&self, step: u64) -> bool {
        self.0(step)
    }
}

fn gpu() -> Gpu {
    Gpu::new(None).expect("an adapter")
}

impl Workshop {
    pub fn new() -> Self {
        let workshop = Self { folder: tempfile::tempdir().expect("a folder") };
        write_songs(&workshop.path("songs"), 6);
        workshop
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Ten tiny steps with everything on that draws random numbers.
    pub fn config(&self) -> TrainConfig {
        TrainConfig {
            folder: self.path("songs"),
            model: tiny_model(),
            validation_share: 0.3,
            seq_len: 4,
            batch_size: 3,
            dropout: 0.3,
            learning_rate: 3e-3,
            transpose: Some(Transpose::Range(-3, 3)),
            warmup_steps: 3,
            validate_every: Some(1),
            budget: Budget { epochs: None, steps: Some(20), minutes: None, patience: 0 },
            ..TrainConfig::default()
        }
    }

    /// Trains into the folder `run` until `stop`, which is given the steps run so far.
    pub fn train(&self, run: &str, config: &TrainConfig, stop: &dyn Fn(u64) -> bool) -> Result<Outcome> {
        train(&gpu(), config, &Place::Folder(self.path(run)), &StopAt(stop))
    }

    /// Continues the run in the folder `run` until `stop`.
    pub fn resume(&self, run: &str, stop: &dyn Fn(u64) -> bool) -> Result<Outcome> {
        resume(&gpu(), &self.path(run), &BudgetChange::default(), &StopAt(stop))
    }

    pub fn state(&self, run: &str) -> StateFile {
        StateFile::load(&self.path(run).join("state.safetensors")).expect("a state")
    }

    pub fn metrics(&self, run: &str) -> Vec<MetricsRow> {
        let reader = csv::Reader::from_path(self.path(run).join("metrics.csv")).expect("metrics");
        reader.into_deserialize().map(|row| row.expect("a whole row")).collect()
    }

    /// Panics unless both runs have the same weights, moments, states, models and metrics, bit for bit; times aside.
    #[track_caller]
    pub fn assert_same(&self, one: &str, other: &str) {
        let tensors = |run: &str| {
            let state = self.state(run);
            let arrays: Vec<_> = [state.parameters].into_iter().chain(state.moments).flatten().collect();
            let values = arrays.into_iter().flat_map(|(_, array)| array.values);
            values.chain(state.carried.into_iter().flatten()).map(f32::to_bits).collect::<Vec<_>>()
        };
        assert!(tensors(one) == tensors(other), "the states of {one} and {other} differ");
        let rows = |run: &str| {
            let timeless = |row| MetricsRow { seconds: 0.0, events_per_second: 0.0, ..row };
            self.metrics(run).into_iter().map(timeless).collect::<Vec<_>>()
        };
        assert_eq!(rows(one), rows(other));
        let model = |run: &str| fs::read(self.path(run).join("model.safetensors")).expect("a model");
        assert!(model(one) == model(other), "the models of {one} and {other} differ");
    }
}
