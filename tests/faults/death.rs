//! Kill -9.

use std::ffi::OsStr;
use std::process::Stdio;

use gpu_lstm::checkpoint::{ModelFile, StateFile};

use super::common::runs::Workshop;
use super::*;

#[test]
fn a_run_that_is_killed_at_any_moment_goes_on_with_the_same_bits() {
    let workshop = Workshop::new();
    let folder = workshop.path("");
    assert_succeeds(&train(program(&folder), "whole", "--steps 300"));
    let (state, model) = (folder.join("parts/state.safetensors"), folder.join("parts/model.safetensors"));
    // Moments that differ from one run of this test to the next.
    let mut moment = u64::from(std::process::id());
    for number in 0..6 {
        let mut command = program(&folder);
        if number == 0 {
            command.args(["train", "songs", "--run", "parts", "--steps", "300"]).args(TINY);
        } else {
            command.args(["train", "--resume", "--run", "parts"]);
        }
        let saved = || fs::metadata(&state).and_then(|metadata| metadata.modified()).ok();
        let before = saved();
        let mut killed = command.stderr(Stdio::null()).spawn().expect("it starts");
        // It saves as it begins.
        wait_until("a state", || saved() != before);
        moment = moment.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        std::thread::sleep(Duration::from_millis(moment >> 33 & 1023));
        killed.kill().expect("kill -9");
        killed.wait().expect("it is dead");
        StateFile::load(&state).expect("a whole state");
        assert!(!model.exists() || ModelFile::load(&model).is_ok());
    }
    assert_succeeds(&resume(program(&folder), "parts", ""));
    workshop.assert_same("whole", "parts");
    assert!(contents(&folder.join("parts")).iter().all(|(path, _)| path.extension() != Some(OsStr::new("tmp"))));
}
