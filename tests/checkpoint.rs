//! Files of models and states: whole, cut off, foreign, poisoned.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::runs::tiny_model;
use gpu_lstm::Error;
use gpu_lstm::checkpoint::{ModelFile, StateFile, TrainingSummary};
use gpu_lstm::model::config::ModelConfig;
use gpu_lstm::model::{Array, StateDict, carried_shapes, random_state, state_dict};
use gpu_lstm::music::dataset::Limits;
use gpu_lstm::music::key::KeyCounts;
use gpu_lstm::music::midi::Pedal;
use gpu_lstm::music::timing::Timing;
use safetensors::SafeTensors;
use tempfile::TempDir;

fn model_file(config: ModelConfig) -> ModelFile {
    let training = TrainingSummary {
        songs: 2,
        notes: 300,
        epochs: 1.5,
        steps: 70,
        validation_nats: 0.1 + 0.2,
        seed: 9,
        pedal: Pedal::Hold,
        timing: Timing::default(),
        limits: Limits::of(&[]),
        keys: None,
    };
    ModelFile { parameters: random_state(&config, 1), training, config }
}

fn state_file() -> StateFile {
    let config = tiny_model();
    let carried = carried_shapes(&config, 3);
    StateFile {
        parameters: random_state(&config, 1),
        moments: [random_state(&config, 2), random_state(&config, 3)],
        carried: carried.iter().map(|shape| vec![0.25; shape[0] * shape[1]]).collect(),
        batch_size: 3,
        run: "{\"step\":7}".into(),
        config,
    }
}

/// A folder, and the file in it that the test is about.
fn place(name: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    (folder, path)
}

/// The reason for which a model is refused. The message must name the file.
#[track_caller]
fn refusal(path: &Path) -> String {
    let Err(error) = ModelFile::load(path) else { panic!("{} must be refused", path.display()) };
    assert!(error.to_string().contains(&*path.to_string_lossy()), "{error}");
    match error {
        Error::Checkpoint { reason, .. } => reason,
        other => panic!("{other:?}"),
    }
}

/// A file with this header and body.
fn write_raw(path: &Path, header: &str, body: &[u8]) {
    fs::write(path, [&(header.len() as u64).to_le_bytes(), header.as_bytes(), body].concat()).expect("written");
}

/// The file of `model` with `from` in its header replaced.
fn edited(path: &Path, model: &ModelFile, from: &str, to: &str) {
    model.save(path).expect("saved");
    let bytes = fs::read(path).expect("bytes");
    let end = 8 + u64::from_le_bytes(bytes[..8].try_into().expect("eight")) as usize;
    let header = String::from_utf8(bytes[8..end].to_vec()).expect("text");
    assert!(header.contains(from), "{header}");
    write_raw(path, &header.replacen(from, to, 1), &bytes[end..]);
}

#[test]
fn a_model_comes_back_as_it_was_saved_and_always_as_the_same_bytes() {
    let (_folder, path) = place("model.safetensors");
    let model = model_file(tiny_model());
    model.save(&path).expect("saved");
    assert_eq!(ModelFile::load(&path).expect("loaded"), model);
    let bytes = fs::read(&path).expect("bytes");
    model.save(&path).expect("saved again");
    assert!(fs::read(&path).expect("bytes") == bytes, "two saves of one model differ");
}

#[test]
fn a_file_of_an_earlier_version_is_refused_by_its_format() {
    let (_folder, path) = place("model.safetensors");
    edited(&path, &model_file(tiny_model()), "gpu-lstm-3", "gpu-lstm-1");
    let reason = refusal(&path);
    assert!(reason.contains("earlier version") && reason.contains("train"), "{reason}");
}

#[test]
fn the_keys_of_the_songs_are_kept_and_a_file_from_before_them_loads() {
    let (_folder, path) = place("model.safetensors");
    let mut model = model_file(tiny_model());
    model.save(&path).expect("saved");
    let bytes = fs::read(&path).expect("bytes");
    assert!(!String::from_utf8_lossy(&bytes).contains("keys"), "a model in all keys is written as before");
    edited(&path, &model, r#"\"pedal\":\"hold\","#, "");
    assert_eq!(ModelFile::load(&path).expect("loaded").training.pedal, Pedal::Ignore, "it was read so before");
    model.training.keys = Some(KeyCounts { major: [7; 12], minor: [0; 12] });
    model.save(&path).expect("saved");
    assert_eq!(ModelFile::load(&path).expect("loaded"), model);
}

#[test]
fn numbers_of_the_metadata_come_back_to_the_last_bit() {
    let (_folder, path) = place("model.safetensors");
    for divisor in 3..60 {
        let mut model = model_file(tiny_model());
        model.training.validation_nats = 1e7 / f64::from(divisor) / 7e8;
        model.save(&path).expect("saved");
        assert_eq!(ModelFile::load(&path).expect("loaded").training, model.training);
    }
}

#[test]
fn a_state_comes_back_as_it_was_saved() {
    let (_folder, path) = place("state.safetensors");
    let mut state = state_file();
    // Neither the sign of zero nor the smallest numbers may get lost.
    state.carried[0][..2].copy_from_slice(&[-0.0, f32::from_bits(1)]);
    state.save(&path).expect("saved");
    let loaded = StateFile::load(&path).expect("loaded");
    assert_eq!(loaded, state);
    assert!(loaded.carried[0][0].is_sign_negative());
}

#[test]
fn parameters_keep_the_sign_of_zero_on_their_way_through_the_arena() {
    let config = tiny_model();
    let mut state = random_state(&config, 1);
    for (name, array) in &mut state {
        let is_redundant = name.contains("bias_hh");
        array.values.fill(if is_redundant { 0.0 } else { -0.0 });
    }
    let arena = state_dict::to_arena(&config, &state).expect("it fits");
    let back = state_dict::from_arena(&config, &arena);
    let bits =
        |state: &StateDict| state.values().flat_map(|array| &array.values).map(|v| v.to_bits()).collect::<Vec<_>>();
    assert!(bits(&back) == bits(&state), "a zero lost its sign");
}

#[test]
fn other_programs_can_read_a_model() {
    let (_folder, path) = place("model.safetensors");
    let model = model_file(tiny_model());
    model.save(&path).expect("saved");
    let bytes = fs::read(&path).expect("bytes");
    let file = SafeTensors::deserialize(&bytes).expect("the official reader takes it");
    assert_eq!(file.len(), model.parameters.len());
    for (name, array) in &model.parameters {
        let tensor = file.tensor(name).expect("PyTorch's name");
        let values: Vec<f32> =
            tensor.data().as_chunks().0.iter().map(|bytes: &[u8; 4]| f32::from_le_bytes(*bytes)).collect();
        assert_eq!((tensor.shape(), values), (&array.shape[..], array.values.clone()), "{name}");
    }
}

#[test]
fn a_file_that_is_cut_off_anywhere_is_refused() {
    let (_folder, path) = place("model.safetensors");
    model_file(tiny_model()).save(&path).expect("saved");
    let bytes = fs::read(&path).expect("bytes");
    for len in (0..400).chain((400..bytes.len()).step_by(997)).chain([bytes.len() - 1]) {
        fs::write(&path, &bytes[..len]).expect("written");
        assert!(refusal(&path).contains("cut off"), "{len} bytes");
    }
    fs::write(&path, [&bytes[..], b"x"].concat()).expect("written");
    assert!(refusal(&path).contains("appended"));
}

#[test]
fn a_foreign_file_is_refused_without_reading_what_it_claims_to_hold() {
    let (_folder, path) = place("model.safetensors");
    fs::write(&path, [u8::MAX; 64]).expect("written");
    assert!(refusal(&path).contains("not a safetensors file"));
    write_raw(&path, "no header at all", &[]);
    assert!(refusal(&path).contains("header is damaged"));
    write_raw(&path, r#"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, &[0; 4]);
    assert!(refusal(&path).contains("not written by gpu-lstm"));
    let huge = r#"{"w":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}"#;
    write_raw(&path, huge, &[0; 4]);
    assert!(refusal(&path).contains("header is damaged"));
    fs::remove_file(&path).expect("removed");
    fs::create_dir(&path).expect("a folder in its place");
    assert!(ModelFile::load(&path).is_err());
}

#[test]
fn a_state_is_no_model_and_a_model_no_state() {
    let (_folder, path) = place("file.safetensors");
    state_file().save(&path).expect("saved");
    assert!(refusal(&path).contains("its format is \"gpu-lstm-state-3\""));
    model_file(tiny_model()).save(&path).expect("saved");
    let error = StateFile::load(&path).expect_err("a model").to_string();
    assert!(error.contains("its format is \"gpu-lstm-3\""), "{error}");
}

#[test]
fn another_version_vocabulary_or_size_is_refused() {
    let (_folder, path) = place("model.safetensors");
    let model = model_file(tiny_model());
    for (from, to, reason) in [
        ("gpu-lstm-3", "gpu-lstm-4", "its format"),
        ("grid24-v1", "grid96-v7", "its vocabulary is \"grid96-v7\""),
        (r#"\"embedding_size\":4"#, r#"\"embedding_size\":5"#, "expected F32 or F16 [130, 5]"),
        (r#"\"embedding_size\":4"#, r#"\"embedding_size\":0"#, "--embedding-size is 0"),
        (r#"\"shared_size\":8"#, r#"\"shared_size\":99999999999999"#, "--shared-size"),
        (r#"\"input_vocab_sizes\":[130"#, r#"\"input_vocab_sizes\":[131"#, "vocabulary sizes"),
        (r#"\"combined_layers\":2"#, r#"\"combined_layers\":1"#, "does not belong"),
        (r#"\"combined_layers\":2"#, r#"\"combined_layers\":3"#, "is missing"),
        (r#"\"songs\":2"#, r#"\"songs\":-2"#, "\"training\" in its metadata is damaged"),
        ("F32", "I32", "expected F32"),
    ] {
        edited(&path, &model, from, to);
        let refusal = refusal(&path);
        assert!(refusal.contains(reason), "{to}: {refusal}");
    }
}

#[test]
fn values_that_are_not_finite_are_refused() {
    let (_folder, path) = place("file.safetensors");
    for poison in [f32::NAN, f32::INFINITY] {
        let mut model = model_file(tiny_model());
        model.parameters.get_mut("shared.bias").expect("a parameter").values[3] = poison;
        model.save(&path).expect("saved");
        assert_eq!(refusal(&path), "tensor `shared.bias` holds values that are not finite");

        let mut state = state_file();
        state.carried[1][0] = poison;
        assert!(!state.is_finite());
        state.save(&path).expect("saved");
        let error = StateFile::load(&path).expect_err("a poisoned state").to_string();
        assert!(error.contains("tensor `carried/cell_0`"), "{error}");
    }
}

#[test]
fn a_file_that_cannot_be_written_leaves_the_old_one() {
    let (folder, path) = place("model.safetensors");
    let model = model_file(tiny_model());
    model.save(&path).expect("saved");
    // What stands in the place of the temporary file cannot be replaced by it.
    fs::create_dir(folder.path().join("model.safetensors.tmp")).expect("a folder");
    let parameters: StateDict = [("w".to_owned(), Array { shape: vec![1], values: vec![0.0] })].into();
    let error = ModelFile { parameters, ..model.clone() }.save(&path).expect_err("it cannot be written");
    assert!(matches!(error, Error::Write { .. }), "{error:?}");
    assert_eq!(ModelFile::load(&path).expect("the old one"), model);
}
