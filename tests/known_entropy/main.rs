//! Music of known entropy: what learns to predict it must come near the truth, and cannot come below.

mod chain;

use std::fs;
use std::path::Path;

use gpu_lstm::checkpoint::ModelFile;
use gpu_lstm::engine::gpu::Gpu;
use gpu_lstm::evaluate::{Baselines, evaluate};
use gpu_lstm::model::Model;
use gpu_lstm::model::config::ModelConfig;
use gpu_lstm::music::events::{Event, decode, encode};
use gpu_lstm::music::midi::{Song, WriteOptions, read_folder, write};
use gpu_lstm::train::{Budget, Outcome, Place, Silent, TrainConfig, Transpose, train};
use rand::SeedableRng as _;
use rand_pcg::Pcg64;

/// The same pieces for the same seed.
fn draw(seed: u64, count: usize) -> Vec<Vec<Event>> {
    let mut rng = Pcg64::seed_from_u64(seed);
    (0..count).map(|_| chain::draw(&mut rng)).collect()
}

/// What some pieces cost by the chain itself, in nats, and their events.
fn truth(pieces: &[Vec<Event>]) -> (f64, f64) {
    let events: usize = pieces.iter().map(Vec::len).sum();
    (pieces.iter().map(|piece| chain::nats(piece)).sum(), events as f64)
}

/// Writes pieces as MIDI files and reads them back.
fn songs(folder: &Path, pieces: &[Vec<Event>]) -> Vec<Song> {
    fs::create_dir_all(folder).expect("a folder");
    for (number, piece) in pieces.iter().enumerate() {
        let bytes = write(&decode(piece), &WriteOptions::default());
        fs::write(folder.join(format!("{number:04}.mid")), bytes).expect("a song");
    }
    let songs = read_folder(folder).expect("songs").songs;
    let read: Vec<Vec<Event>> = songs.iter().map(|song| encode(&song.notes)).collect();
    assert!(read == pieces, "the files hold other events than were drawn");
    songs
}

#[test]
fn pieces_cost_what_the_formula_of_the_entropy_says() {
    let pieces = draw(1, 20_000);
    let (nats, events) = truth(&pieces);
    let (nats_of_a_piece, events_of_a_piece) = chain::entropy();
    println!("{:.4} nats an event, {events_of_a_piece:.1} events a piece", nats_of_a_piece / events_of_a_piece);
    // Lengths vary about as much as they are long, so their mean over 20,000 pieces errs by 1/√20000 = 0.7 %. The nats
    // of an event vary as much as they are, too, and there are about thirty times as many: 0.13 %.
    for (what, drawn, formula, sigma) in [
        ("events of a piece", events / pieces.len() as f64, events_of_a_piece, 7e-3),
        ("nats of an event", nats / events, nats_of_a_piece / events_of_a_piece, 1.3e-3),
    ] {
        assert!((drawn / formula - 1.0).abs() < 4.0 * sigma, "{what}: {drawn} drawn, {formula} by the formula");
    }
}

#[test]
fn a_trained_network_comes_within_two_percent_of_the_truth_from_above() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    songs(&path("training"), &draw(2, 3000));
    songs(&path("validation"), &draw(3, 50));
    let pieces = draw(4, 1000);
    let held_out = songs(&path("held_out"), &pieces);

    // Many small steps with a short window: there is nothing to remember for longer than one event.
    let config = TrainConfig {
        folder: path("training"),
        validation: Some(path("validation")),
        model: ModelConfig {
            embedding_size: 8,
            stream_size: 16,
            combined_size: 32,
            combined_layers: 1,
            shared_size: 32,
            head_size: 32,
            ..TrainConfig::default().model
        },
        transpose: Some(Transpose::NONE),
        seq_len: 8,
        batch_size: 32,
        dropout: 0.0,
        last_dropout: 0.0,
        learning_rate: 1e-2,
        weight_decay: 0.0,
        budget: Budget { epochs: None, steps: Some(2500), minutes: None, patience: 0 },
        ..TrainConfig::default()
    };
    let gpu = Gpu::new(None).expect("an adapter");
    let outcome = train(&gpu, &config, &Place::Folder(path("run")), &Silent).expect("it trains");
    let Outcome::Finished { model } = outcome else { panic!("nobody stopped it") };
    let file = ModelFile::load(&model).expect("a model");
    let model = Model::new(&gpu, &file.config, &file.parameters).expect("a model");
    let score = evaluate(&model, None, &held_out, None, 16, 64).expect("scores").remove(0);

    let (nats, events) = truth(&pieces);
    println!("{:17} {:7.4} nats/note", "truth", nats / events);
    println!("{score}");
    let excess = score.total_nats / nats - 1.0;
    println!("{:.2} % above the truth", 100.0 * excess);
    // On one piece a wrong model may be lucky. Over n events that it has not seen it costs n·KL nats more than the truth,
    // give or take √(2·n·KL): with n = 29,000, a KL of 0.01 nats is 290 ± 24 nats. So a score below the truth is no luck:
    // the model was shown what it should predict, or something was not counted.
    assert!(excess >= 0.0, "{score}: less than the truth of {} nats/note", nats / events);
    assert!(excess <= 0.02, "{score}: {:.2} % above the truth of {} nats/note", 100.0 * excess, nats / events);
}

/// The counts need no GPU, so they are held against the truth on their own: same pieces, same bounds. The adaptive mixture looks
/// for repeats within the piece, of which this music has none, and pays for it until its weights have learned that.
#[test]
fn the_counts_come_close_to_the_truth_from_above() {
    let folder = tempfile::tempdir().expect("a folder");
    let training = songs(&folder.path().join("training"), &draw(2, 3000));
    let pieces = draw(4, 1000);
    let held_out = songs(&folder.path().join("held_out"), &pieces);
    let (nats, _) = truth(&pieces);
    let scores = Baselines::train(&training).score(&held_out);
    let excess = [0, 1, 2, 3].map(|at| {
        let excess = scores[at].total_nats / nats - 1.0;
        println!("{}\n{:.2} % above the truth", scores[at], 100.0 * excess);
        excess
    });
    assert!(excess.iter().all(|&excess| excess >= 0.0), "less than the truth: {excess:?}");
    let [_, unigram, counts, adaptive] = excess;
    assert!(counts <= 0.02, "{counts} above the truth");
    assert!((counts..=0.1).contains(&adaptive), "{adaptive} above the truth");
    assert!(unigram > 0.1, "{unigram}: there is something to learn from the event before");
}
