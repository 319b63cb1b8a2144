//! What was measured, for people and for programs.

use std::fmt::Write as _;

use gpu_lstm::gpu::KernelTime;
use serde::Serialize;

/// One stage of a step.
#[derive(Serialize)]
pub(crate) struct Stage {
    pub(crate) name: &'static str,
    pub(crate) ms: f64,
    pub(crate) dispatches: usize,
    pub(crate) gflop_per_s: f64,
}

/// One kernel of a stage.
#[derive(Serialize)]
pub(crate) struct Kernel {
    pub(crate) stage: &'static str,
    pub(crate) name: &'static str,
    pub(crate) ms: f64,
    pub(crate) dispatches: usize,
}

impl From<KernelTime> for Kernel {
    fn from(time: KernelTime) -> Self {
        Self { stage: time.stage, name: time.kernel, ms: time.milliseconds, dispatches: time.dispatches }
    }
}

/// One workload on one family of kernels.
#[derive(Serialize)]
pub(crate) struct Measured {
    pub(crate) workload: &'static str,
    pub(crate) adapter: String,
    pub(crate) family: String,
    /// Median of `steps`.
    pub(crate) ms_per_step: f64,
    pub(crate) ms_fastest: f64,
    pub(crate) ms_slowest: f64,
    pub(crate) steps: usize,
    pub(crate) events_per_s: f64,
    /// Share of the step that the host spends queueing it.
    pub(crate) host_share: f64,
    /// From nothing to the first loss, shaders compiled.
    pub(crate) first_step_s: f64,
    pub(crate) dispatches: usize,
    /// Loss of the first and the last step, in nats per event.
    pub(crate) losses: (f64, f64),
    pub(crate) stages: Vec<Stage>,
    pub(crate) kernels: Vec<Kernel>,
    /// Pieces at once, and events per second over all of them.
    pub(crate) generation: Vec<(usize, f64)>,
    /// Of the process so far.
    pub(crate) peak_memory_mib: Option<f64>,
}

/// Largest resident memory of this process so far, where the system tells (Linux).
pub(crate) fn peak_memory_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<f64>().ok()? / 1024.0)
}

/// One object a line.
pub(crate) fn json(all: &[Measured]) -> String {
    all.iter().map(|one| serde_json::to_string(one).expect("plain data") + "\n").collect()
}

/// Tables in Markdown.
pub(crate) fn tables(all: &[Measured]) -> String {
    let mut text = String::new();
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let adapter = all.first().map_or("", |one| one.adapter.as_str());
    let _ = writeln!(text, "Adapter: {adapter}; {cores} cores.\n");
    text.push_str("| workload | kernels | ms a step (fastest-slowest) | events/s | host share | first step | dispatches | peak memory | loss |\n");
    text.push_str("|---|---|---|---|---|---|---|---|---|\n");
    for one in all {
        let memory = one.peak_memory_mib.map_or_else(|| "-".into(), |mib| format!("{mib:.0} MiB"));
        let _ = writeln!(
            text,
            "| {} | {} | {:.1} ({:.1}-{:.1}) | {:.0} | {:.2} % | {:.2} s | {} | {memory} | {:.3} -> {:.3} |",
            one.workload,
            one.family,
            one.ms_per_step,
            one.ms_fastest,
            one.ms_slowest,
            one.events_per_s,
            100.0 * one.host_share,
            one.first_step_s,
            one.dispatches,
            one.losses.0,
            one.losses.1,
        );
    }
    for one in all {
        let _ = writeln!(text, "\n{} by stage, {} kernels:\n", one.workload, one.family);
        text.push_str("| stage | ms | GFLOP/s of its products | dispatches |\n|---|---|---|---|\n");
        for stage in &one.stages {
            let rate = if stage.gflop_per_s > 0.0 { format!("{:.1}", stage.gflop_per_s) } else { "-".into() };
            let _ = writeln!(text, "| {} | {:.1} | {rate} | {} |", stage.name, stage.ms, stage.dispatches);
        }
        let _ = writeln!(text, "\n{} by kernel:\n", one.workload);
        text.push_str("| stage | kernel | ms | dispatches |\n|---|---|---|---|\n");
        for kernel in &one.kernels {
            let _ = writeln!(text, "| {} | {} | {:.2} | {} |", kernel.stage, kernel.name, kernel.ms, kernel.dispatches);
        }
        for (pieces, rate) in &one.generation {
            let _ = writeln!(text, "\nGeneration, {pieces} at once: {rate:.0} events/s.");
        }
    }
    text
}

/// Replaces what stands between the marks of this bench in a file of results; the rest of it is left alone.
pub(crate) fn record(path: &str, tables: &str) -> Result<(), String> {
    const MARKS: [&str; 2] = ["<!-- train_step -->\n", "<!-- /train_step -->\n"];
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let [before, after] = MARKS.map(|mark| text.split_once(mark));
    let (Some((before, _)), Some((_, after))) = (before, after) else { return Err(format!("no {MARKS:?}")) };
    std::fs::write(path, [before, MARKS[0], tables, MARKS[1], after].concat()).map_err(|error| error.to_string())
}
