//! Any file in the place of a run's state: an error, or a state that is saved and loaded again as it is.
#![no_main]

use std::sync::OnceLock;

use gpu_lstm::checkpoint::StateFile;
use gpu_lstm::model::{carried_shapes, random_state};
use gpu_lstm_fuzz::{Edit, edited, file, smallest, with_edited_header};
use libfuzzer_sys::fuzz_target;

fn original() -> Vec<u8> {
    let config = smallest();
    let carried = carried_shapes(&config, 2);
    let state = StateFile {
        parameters: random_state(&config, 1),
        moments: [random_state(&config, 2), random_state(&config, 3)],
        carried: carried.iter().map(|shape| vec![0.25; shape[0] * shape[1]]).collect(),
        batch_size: 2,
        run: "{\"step\":7}".into(),
        config,
    };
    let (_folder, path) = file(&[]);
    state.save(&path).expect("saved");
    assert_eq!(StateFile::load(&path).expect("the original is a state"), state);
    std::fs::read(&path).expect("bytes")
}

fuzz_target!(|input: (bool, Vec<Edit>)| {
    static ORIGINAL: OnceLock<Vec<u8>> = OnceLock::new();
    let change = if input.0 { with_edited_header } else { edited };
    let (_folder, path) = file(&change(ORIGINAL.get_or_init(original), &input.1));
    let run = StateFile::read_run(&path);
    let Ok(state) = StateFile::load(&path) else { return };
    assert!(state.is_finite());
    assert_eq!(run.expect("it is read alone"), state.run);
    state.save(&path).expect("saved");
    assert_eq!(StateFile::load(&path).expect("saved"), state);
});
