//! `gpu-lstm check`: what it finds, and what it says.

mod common;

use assert_cmd::Command;
use common::device::devices;
use gpu_lstm::check::speed::workload;
use gpu_lstm::check::{check, families};
use gpu_lstm::engine::gpu::Family;

#[test]
fn this_adapter_is_right_in_every_family() {
    let gpu = &devices()[0].gpu;
    let families = families(gpu);
    assert_eq!(families.len(), devices().len());
    let mut seen = 0;
    let findings = check(gpu, &families, |_| seen += 1).expect("it runs");
    assert_eq!(findings.len(), seen);
    for finding in &findings {
        let wrong = finding.first_wrong().map(|(_, compared)| compared);
        assert!(wrong.is_none(), "{} {}: {wrong:?}", finding.family, finding.network);
        for part in &finding.parts {
            let worst = part.worst().expect("something is compared");
            assert!(part.name == "events" || worst.share > 0.0, "{}: no error at all", part.name);
        }
    }
    let networks: Vec<_> = findings.iter().map(|finding| finding.network).collect();
    assert!(networks.contains(&"default network") && networks.contains(&"generation"));
}

/// Each waits for the one before, which costs a GPU microseconds whatever it does. Trials have four time steps.
#[test]
fn a_training_step_has_few_dispatches() {
    for device in devices() {
        let family = device.gpu.family();
        for (name, layers, is_small, others) in [("S", 1, true, 13), ("D", 2, true, 44), ("W", 3, false, 36)] {
            let steps = if family == Family::WorkgroupTile && is_small { 1 } else { 4 };
            let dispatches = workload(name, &device.gpu, true).expect("it fits").dispatches();
            assert_eq!(dispatches, 2 * layers * steps + others, "{name} with {family:?} kernels");
        }
    }
}

#[test]
fn the_command_prints_a_table_or_json_and_refuses_what_the_adapter_does_not_run() {
    let run = |arguments: &[&str]| {
        Command::cargo_bin("gpu-lstm").expect("it is built").args(arguments).output().expect("it runs")
    };
    let output = run(&["check", "--family", "portable", "--json"]);
    assert!(output.status.success());
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["right"], true);
    assert_eq!(report["findings"][0]["parts"][0]["compared"][0]["kernels"], "embedding_forward");
    let output = run(&["check", "--family", "fast"]);
    assert!(
        !output.status.success()
            && String::from_utf8_lossy(&output.stderr).contains("portable, workgroup-tile or subgroup8")
    );
}
