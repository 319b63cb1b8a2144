//! Leave-one-out: each song of a folder is predicted by a network that learned the others, and by counts of the others.
//! The honest measure for a folder that is too small to set a part of it aside.
//!
//! ```sh
//! cargo run --release --example leave_one_out -- midi_songs
//! cargo run --release --example leave_one_out -- midi_songs --counts-only
//! ```
//!
//! The second command trains no networks, so it takes seconds and needs no GPU.
//!
//! The defaults of `gpu-lstm train` throughout. Which state of a network is kept is decided by a share of the songs it
//! learns from, never by the song that is left out.

use std::path::Path;

use gpu_lstm::checkpoint::ModelFile;
use gpu_lstm::engine::gpu::Gpu;
use gpu_lstm::evaluate::{Baselines, Scores, evaluate};
use gpu_lstm::model::Model;
use gpu_lstm::music::events::{Field, with_fields};
use gpu_lstm::music::midi::{Song, read_folder};
use gpu_lstm::train::{Outcome, Place, Silent, TrainConfig, train};

/// Steps and lanes of a batch; the result does not depend on them.
const BATCH: (usize, usize) = (64, 1);

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (folder, gpu) = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [folder] => (Path::new(folder), Some(Gpu::new(None)?)),
        [folder, "--counts-only"] => (Path::new(folder), None),
        _ => anyhow::bail!("usage: leave_one_out FOLDER [--counts-only]"),
    };
    let songs = with_fields(read_folder(folder)?.songs, &Field::CORE);
    let mut totals: Vec<(String, f64)> = Vec::new();
    let notes: usize = songs.iter().map(|song| song.notes.len()).sum();
    for (number, left_out) in songs.iter().enumerate() {
        let scores = scores(gpu.as_ref(), folder, &songs, left_out)?;
        if number == 0 {
            let names: Vec<&str> = scores.iter().map(|score| score.name.as_str()).collect();
            println!("| song | notes | {} |\n|---|--:|{}", names.join(" | "), "--:|".repeat(names.len()));
        }
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

/// Of one song: the model's score where there is a GPU to train it on, then unigram and counts.
fn scores(gpu: Option<&Gpu>, folder: &Path, songs: &[Song], left_out: &Song) -> anyhow::Result<Vec<Scores>> {
    let others: Vec<Song> = songs.iter().filter(|song| song.name != left_out.name).cloned().collect();
    let mut scores = match gpu {
        Some(gpu) => vec![score_of_network(gpu, folder, &others, left_out)?],
        None => Vec::new(),
    };
    scores.extend(Baselines::train(&others).score(std::slice::from_ref(left_out)).split_off(1));
    Ok(scores)
}

/// The score of a network that learned the files of `others`.
fn score_of_network(gpu: &Gpu, folder: &Path, others: &[Song], left_out: &Song) -> anyhow::Result<Scores> {
    let place = tempfile::tempdir()?;
    let files = place.path().join("songs");
    std::fs::create_dir(&files)?;
    for song in others {
        std::fs::copy(folder.join(&song.name), files.join(song.name.replace('/', "_")))?;
    }
    let config = TrainConfig { folder: files, ..TrainConfig::default() };
    let outcome = train(gpu, &config, &Place::Folder(place.path().join("run")), &Silent)?;
    let Outcome::Finished { model } = outcome else { anyhow::bail!("the run was interrupted") };
    let file = ModelFile::load(&model)?;
    let model = Model::new(gpu, &file.config, &file.parameters)?;
    let keys = file.training.keys.as_ref();
    Ok(evaluate(&model, keys, std::slice::from_ref(left_out), None, BATCH.0, BATCH.1)?.swap_remove(0))
}
