//! Leave-one-out: each song of a folder is foretold by a network that learned the others, and by the n-grams of the
//! others. The honest measure for a folder that is too small to set a part of it aside.
//!
//! ```sh
//! cargo run --release --example leave_one_out -- midi_songs
//! ```
//!
//! The defaults of `gpu-lstm train` throughout. Which state of a network is kept is decided by a share of the songs it
//! learns from, never by the song that is left out.

use std::path::Path;

use gpu_lstm::checkpoint::ModelFile;
use gpu_lstm::evaluate::{Scores, baselines, evaluate};
use gpu_lstm::gpu::Gpu;
use gpu_lstm::midi::{Song, read_folder};
use gpu_lstm::model::Model;
use gpu_lstm::train::{Outcome, Place, TrainConfig, train};

/// Steps and lanes of a batch; the result does not depend on them.
const BATCH: (usize, usize) = (64, 1);

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder] = arguments.as_slice() else { anyhow::bail!("usage: leave_one_out FOLDER") };
    let folder = Path::new(folder);
    let songs = read_folder(folder)?.songs;
    let gpu = Gpu::new(None)?;
    let mut totals: Vec<(String, f64)> = Vec::new();
    let notes: usize = songs.iter().map(|song| song.notes.len()).sum();
    println!("| song | notes | model | unigram | 4-gram | 4-gram of 12 keys |\n|---|--:|--:|--:|--:|--:|");
    for left_out in &songs {
        let scores = scores(&gpu, folder, &songs, left_out)?;
        let columns: Vec<String> = scores.iter().map(|score| format!("{:.3}", score.nats_per_note)).collect();
        println!("| {} | {} | {} |", left_out.name, left_out.notes.len(), columns.join(" | "));
        for (at, score) in scores.iter().enumerate() {
            match totals.get_mut(at) {
                Some(total) => total.1 += score.total_nats,
                None => totals.push((score.name.clone(), score.total_nats)),
            }
        }
    }
    let columns: Vec<String> = totals.iter().map(|(_, nats)| format!("{:.3}", nats / notes as f64)).collect();
    println!("| all | {notes} | {} |", columns.join(" | "));
    Ok(())
}

/// Of one song: the model's score, then unigram and both n-grams.
fn scores(gpu: &Gpu, folder: &Path, songs: &[Song], left_out: &Song) -> anyhow::Result<Vec<Scores>> {
    let place = tempfile::tempdir()?;
    let others = place.path().join("songs");
    std::fs::create_dir(&others)?;
    for song in songs.iter().filter(|song| song.name != left_out.name) {
        std::fs::copy(folder.join(&song.name), others.join(song.name.replace('/', "_")))?;
    }
    let config = TrainConfig { folder: others.clone(), ..TrainConfig::default() };
    let outcome = train(&config, &Place::Folder(place.path().join("run")), None, &|_| false)?;
    let Outcome::Finished { model } = outcome else { anyhow::bail!("the run was interrupted") };
    let file = ModelFile::load(&model)?;
    let model = Model::new(gpu, &file.config, &file.parameters)?;
    let song = std::slice::from_ref(left_out);
    let mut scores = evaluate(&model, file.training.keys.as_ref(), song, BATCH.0, BATCH.1)?;
    scores.truncate(1);
    scores.extend(baselines(&read_folder(&others)?.songs, song).split_off(1));
    Ok(scores)
}
