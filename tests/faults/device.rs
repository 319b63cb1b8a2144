//! A device that is lost, and one without enough memory.

use std::sync::atomic::{AtomicU64, Ordering};

use gpu_lstm::Error;
use gpu_lstm::engine::gpu::{AdapterReport, Gpu, Tensor};
use gpu_lstm::generate::{GenerateOptions, generate};
use gpu_lstm::model::{EvaluationStep, Model, random_state};
use gpu_lstm::train::{BudgetChange, MetricsRow, Moment, Outcome, Place, Silent, Watcher, resume};

use super::common::runs::{Workshop, tiny_model};
use super::*;

/// Destroys a device in a step, or after so many validations.
struct Destroyer<'a> {
    gpu: &'a Gpu,
    step: u64,
    validations: u64,
    seen: AtomicU64,
}

impl Watcher for Destroyer<'_> {
    fn validation(&self, _row: &MetricsRow, _best: bool) {
        if self.seen.fetch_add(1, Ordering::Relaxed) + 1 == self.validations {
            self.gpu.destroy();
        }
    }

    fn stop(&self, step: u64) -> bool {
        if step == self.step {
            self.gpu.destroy();
        }
        false
    }

    fn moment(&self, moment: &Moment) {
        assert!(moment.loss.is_none_or(f64::is_finite));
    }
}

#[track_caller]
fn assert_lost<T>(result: gpu_lstm::Result<T>) {
    match result {
        Err(error @ Error::DeviceLost(_)) => {
            let message = error.to_string();
            assert!(message.contains("what was saved is intact") && message.contains("--resume"), "{message}");
        }
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("the device was used after it was lost"),
    }
}

fn gpu() -> Gpu {
    Gpu::new(None).expect("an adapter")
}

#[test]
fn a_run_whose_device_is_lost_keeps_its_last_state_and_goes_on_with_the_same_bits() {
    let workshop = Workshop::new();
    let config = workshop.config();
    workshop.train("whole", &config, &|_| false).expect("it trains");
    // In a step before anything is saved but the beginning, amid the run, and where the state is to be saved.
    for (run, step, validations) in [("early", 1, 0), ("amid", 13, 0), ("saving", u64::MAX, 2)] {
        let gpu = gpu();
        let watcher = Destroyer { gpu: &gpu, step, validations, seen: AtomicU64::new(0) };
        assert_lost(gpu_lstm::train::train(&gpu, &config, &Place::Folder(workshop.path(run)), &watcher));
        let saved = contents(&workshop.path(run));
        assert!(
            saved.iter().all(|(path, _)| path.extension().is_some_and(|extension| extension != "tmp")),
            "{saved:?}"
        );
        workshop.state(run);
        // The same process may go on with another device.
        assert_lost(resume(&gpu, &workshop.path(run), &BudgetChange::default(), &Silent));
        assert!(matches!(workshop.resume(run, &|_| false), Ok(Outcome::Finished { .. })));
        workshop.assert_same("whole", run);
    }
}

#[test]
fn whatever_is_asked_of_a_lost_device_is_an_error() {
    let config = tiny_model();
    let gpu = gpu();
    let model = Model::new(&gpu, &config, &random_state(&config, 1)).expect("a model");
    let step = EvaluationStep::new(&model, 4, 2).expect("a step");
    gpu.destroy();
    assert_lost(model.state_dict());
    assert_lost(step.logits());
    assert_lost(generate(&model, &GenerateOptions { events: 9, ..GenerateOptions::default() }));
    assert_lost(Tensor::from_slice(&gpu, "late", [2], &[1.0, 2.0]).and_then(|tensor| tensor.read(&gpu)));
    assert_lost(gpu.wait());
}

#[test]
fn what_fits_into_no_buffer_is_refused_with_what_to_reduce_and_the_run_that_was_there_stays() {
    let workshop = Workshop::new();
    let folder = workshop.path("");
    assert_succeeds(&train(program(&folder), "run", "--steps 4"));
    let before = contents(&folder.join("run"));
    // The gates of three streams of `size` units, in all rows.
    let (rows, allowed) = (468 * 128, AdapterReport::all()[0].max_binding_bytes);
    let size = allowed / (rows * 3 * 4 * 4) + 1;
    let sizes = format!("--seq-len=128 --batch-size=468 --stream-size={size}");
    let mut large = program(&folder);
    large.args(words("train songs --run run --overwrite --steps 4 --validation-share 0.3")).args(words(&sizes));
    let reduce = "use a smaller --batch-size, --seq-len or model";
    assert_fails(&large.output().expect("it starts"), &[" bytes in one buffer", &format!("allows {allowed}"), reduce]);
    assert_eq!(contents(&folder.join("run")), before);
    let error = Tensor::<f32, 1>::zeros(&gpu(), "all", [usize::MAX / 8]).expect_err("no adapter has as much");
    assert!(matches!(error, Error::TooLarge { .. }), "{error}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_device_without_enough_memory_is_an_error_with_what_to_reduce_and_the_run_that_was_there_stays() {
    if AdapterReport::all()[0].device_type != "Cpu" {
        eprintln!("only the memory of a software adapter, which is that of its process, can be limited");
        return;
    }
    let workshop = Workshop::new();
    let folder = workshop.path("");
    // Kibibytes: enough for the adapter and a small network, and too few for the 1.1 million of 25,600 rows.
    let limited = || {
        let mut command = Command::new("sh");
        command.args(["-c", "ulimit -v 1150000; exec \"$0\" \"$@\""]).arg(cargo_bin!("gpu-lstm"));
        // A panic that prints a backtrace hangs where it finds no memory for that.
        command.current_dir(&folder).env("RUST_BACKTRACE", "0");
        command
    };
    assert_succeeds(&train(limited(), "run", "--steps 4"));
    let before = contents(&folder.join("run"));
    let mut large = limited();
    large.args(words(
        "train songs --run run --overwrite --steps 4 --seq-len 64 --batch-size 400 --validation-share 0.3",
    ));
    assert_fails(
        &large.output().expect("it starts"),
        &["out of memory on ", "use a smaller --batch-size, --seq-len or model"],
    );
    assert_eq!(contents(&folder.join("run")), before);
}
