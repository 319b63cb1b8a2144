//! Any file in the place of a model: an error, or a model that is saved and loaded again as it is.
#![no_main]

use std::sync::OnceLock;

use gpu_lstm::checkpoint::{ModelFile, TrainingSummary};
use gpu_lstm::model::random_state;
use gpu_lstm::music::dataset::Limits;
use gpu_lstm::music::key::KeyCounts;
use gpu_lstm::music::midi::Pedal;
use gpu_lstm_fuzz::{Edit, edited, file, smallest, with_edited_header};
use libfuzzer_sys::fuzz_target;

fn original() -> Vec<u8> {
    let training = TrainingSummary {
        songs: 2,
        notes: 300,
        epochs: 1.5,
        steps: 70,
        validation_nats: 0.3,
        seed: 9,
        timing: gpu_lstm::music::timing::Timing::default(),
        pedal: Pedal::Hold,
        limits: Limits { ranges: vec![[40, 80]], ..Limits::of(&[]) },
        keys: Some(KeyCounts { major: [1; 12], minor: [2; 12] }),
    };
    let config = smallest();
    let (_folder, path) = file(&[]);
    let model = ModelFile { parameters: random_state(&config, 1), training, config };
    model.save(&path).expect("saved");
    assert_eq!(ModelFile::load(&path).expect("the original is a model"), model);
    std::fs::read(&path).expect("bytes")
}

fuzz_target!(|input: (bool, Vec<Edit>)| {
    static ORIGINAL: OnceLock<Vec<u8>> = OnceLock::new();
    let change = if input.0 { with_edited_header } else { edited };
    let (_folder, path) = file(&change(ORIGINAL.get_or_init(original), &input.1));
    let described = ModelFile::describe(&path);
    let Ok(model) = ModelFile::load(&path) else { return };
    assert_eq!(described.expect("a model is described"), (model.config.clone(), model.training.clone()));
    model.training.limits.range(1, 0);
    if let Some(keys) = &model.training.keys {
        keys.draw(1, 0);
        keys.nats(0);
    }
    model.save(&path).expect("saved");
    assert_eq!(ModelFile::load(&path).expect("saved"), model);
});
