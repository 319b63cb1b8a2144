//! Models that come along, models in half the bytes, and training that begins with a model.

mod common;

use common::program::{run, succeed};
use common::runs::write_songs;
use gpu_lstm::checkpoint::{ModelFile, ModelPlace, Shipped};
use gpu_lstm::music::midi::read_folder;
use tempfile::TempDir;

const SIZES: &str = "--embedding-size 8 --stream-size 8 --combined-size 8 --shared-size 8 --head-size 8";
const SMALL: &str = "--seq-len 4 --batch-size 2";

/// A folder with songs and a small model in `runs/latest`.
fn trained() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    write_songs(&folder.path().join("midi_songs"), 6);
    succeed(folder.path(), &format!("train --steps 2 {SMALL} {SIZES}"));
    folder
}

fn load(folder: &TempDir, name: &str) -> ModelFile {
    ModelFile::load(&folder.path().join(name)).expect("a model")
}

#[test]
fn every_model_that_comes_along_writes_music_in_an_empty_folder() {
    let folder = TempDir::new().expect("a folder");
    let listed = succeed(folder.path(), "models");
    for shipped in Shipped::all() {
        assert!(listed.contains(shipped.name) && listed.contains(shipped.about), "{listed}");
        shipped.load().unwrap_or_else(|error| panic!("{}: {error}", shipped.name));
        succeed(folder.path(), &format!("generate {} --events 20 --no-end -o {0}.mid", shipped.name));
        let songs = read_folder(&folder.path().join(format!("{}.mid", shipped.name))).expect("a MIDI file").songs;
        assert_eq!(songs[0].notes.len(), 20, "{}", shipped.name);
    }
    assert!(!Shipped::all().is_empty(), "the feature `models` is on in tests");
}

#[test]
fn a_file_comes_before_a_model_of_its_name() {
    let folder = trained();
    std::fs::rename(folder.path().join("runs/latest"), folder.path().join("chorales")).expect("it moves");
    let place = ModelPlace::find(&folder.path().join("chorales")).expect("it is there");
    assert!(matches!(place, ModelPlace::File(_)), "{place}");
    assert!(matches!(ModelPlace::find("chorales".as_ref()), Ok(ModelPlace::Program(_))));
    let error = ModelPlace::find("cantatas".as_ref()).expect_err("there is none").to_string();
    assert!(error.contains("cantatas does not exist") && error.contains("gpu-lstm models"), "{error}");
}

#[test]
fn an_exported_model_has_half_the_bytes_and_nearly_the_values() {
    let folder = trained();
    succeed(folder.path(), "export runs/latest -o half.safetensors");
    let size = |name: &str| std::fs::metadata(folder.path().join(name)).expect("a file").len() as f64;
    let share = size("half.safetensors") / size("runs/latest/model.safetensors");
    assert!((0.5..0.6).contains(&share), "{share}: the header stays");
    let (whole, half) = (load(&folder, "runs/latest/model.safetensors"), load(&folder, "half.safetensors"));
    assert_eq!((&whole.config, &whole.training), (&half.config, &half.training));
    for (name, array) in &whole.parameters {
        let rounded = &half.parameters[name].values;
        for (&value, &rounded) in array.values.iter().zip(rounded) {
            assert!((value - rounded).abs() <= value.abs() / 2048.0 + 1e-7, "{name}: {value} became {rounded}");
        }
    }
    succeed(folder.path(), "generate half.safetensors --events 5");
}

/// The largest difference of two models of one size.
fn difference(one: &ModelFile, other: &ModelFile) -> f32 {
    let values = |file: &ModelFile| file.parameters.values().flat_map(|array| array.values.clone()).collect::<Vec<_>>();
    values(one).iter().zip(values(other)).map(|(one, other)| (one - other).abs()).fold(0.0, f32::max)
}

#[test]
fn training_begins_with_the_parameters_of_a_model() {
    let folder = trained();
    let from = "train --from runs/latest --run more --overwrite --steps 1";
    let after = |more: &str| {
        succeed(folder.path(), &format!("{from} {SMALL} {more}"));
        difference(&load(&folder, "more/model.safetensors"), &load(&folder, "runs/latest/model.safetensors"))
    };
    // So small a rate changes nothing, and the first validation comes after the step.
    assert!(after("--learning-rate 1e-20") < 1e-15);
    assert!(after("") > 1e-6);
    let output = run(folder.path(), &format!("{from} {SMALL} --head-size 16"));
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && message.contains("other sizes"), "{message}");
}
