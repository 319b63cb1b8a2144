//! Whole training steps (forward, backward, AdamW, f32, a loss every step) of three fixed workloads, and generation.
//!
//! - **W**, the seed's network: three streams E = 64, H = 256, vocabularies 501/147/50, two combined layers of 512,
//!   shared 256, heads 128; T = 100, B = 64.
//! - **S**: one LSTM(128, 128), Linear to 256 classes; T = 64, B = 32.
//! - **D**: the network and the batch of `gpu-lstm train` without options; T = 16, B = 32.
//!
//! `cargo bench --bench train_step` prints tables; `-- W`, `-- S` or `-- D` one workload; `-- --json` one JSON object per
//! workload; `-- --family Portable` also times the kernels of that family in the same run; `-- --record FILE` writes the
//! tables to a file; `-- --test` runs everything once at a small size. Every step but the first is timed with its loss read
//! back. `-- W --serve` runs a step for each line it is sent, so that `benches/burn` and `benches/pytorch.py` can time
//! another engine in turn; `W10` is then W with T = 10.

mod network;
mod report;
mod single_lstm;

use std::io::Write as _;
use std::time::Instant;

use gpu_lstm::gpu::{Family, Gpu, KernelTime};
use gpu_lstm::train::TrainConfig;
use network::Network;
use report::{Kernel, Measured, Stage};

/// Something that trains.
trait Workload {
    /// Queues a step and waits for its loss, the mean over all events in nats.
    fn step(&mut self) -> f64;
    /// Seconds the host took to queue the last step.
    fn host_seconds(&self) -> f64;
    /// A step with a time for each kernel of each stage, if the adapter can tell.
    fn profile(&mut self) -> Option<Vec<KernelTime>>;
    /// Floating-point operations of a stage's matrix products, a multiplication and an addition counting as two.
    fn flops(&self, stage: &str) -> f64;
    /// Rows of a batch.
    fn events(&self) -> usize;
    /// Dispatches of a step.
    fn dispatches(&self) -> usize;
    /// Generated events per second for each number of pieces, where the workload can generate.
    fn generation(&self) -> Vec<(usize, f64)>;
}

/// Of several profiles, the median time of each kernel of each stage.
fn median_of_profiles(workload: &mut dyn Workload, count: usize) -> Vec<KernelTime> {
    let profiles: Vec<Vec<KernelTime>> = (0..count).filter_map(|_| workload.profile()).collect();
    let mut median = profiles.first().cloned().unwrap_or_default();
    for (at, kernel) in median.iter_mut().enumerate() {
        let mut times: Vec<f64> = profiles.iter().map(|profile| profile[at].milliseconds).collect();
        times.sort_by(f64::total_cmp);
        kernel.milliseconds = times[times.len() / 2];
    }
    median
}

fn measure(name: &'static str, gpu: &Gpu, steps: usize, make: impl FnOnce() -> Box<dyn Workload>) -> Measured {
    let start = Instant::now();
    let mut workload = make();
    let first_loss = workload.step();
    let first_step_seconds = start.elapsed().as_secs_f64();
    let mut last_loss = first_loss;
    let mut timed: Vec<(f64, f64)> = (0..steps)
        .map(|_| {
            let start = Instant::now();
            last_loss = workload.step();
            (start.elapsed().as_secs_f64(), workload.host_seconds())
        })
        .collect();
    assert!(last_loss < first_loss, "{name}: the loss does not fall ({first_loss} to {last_loss})");
    timed.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (seconds, host_seconds) = timed[timed.len() / 2];
    let kernels = median_of_profiles(workload.as_mut(), steps.min(9));
    let mut stages: Vec<Stage> = Vec::new();
    for time in &kernels {
        let position = stages.iter().position(|stage| stage.name == time.stage).unwrap_or(stages.len());
        if position == stages.len() {
            stages.push(Stage { name: time.stage, ms: 0.0, dispatches: 0, gflop_per_s: 0.0 });
        }
        stages[position].ms += time.milliseconds;
        stages[position].dispatches += time.dispatches;
    }
    stages.iter_mut().for_each(|stage| stage.gflop_per_s = workload.flops(stage.name) / stage.ms * 1e-6);
    // The host's part, which no timestamp of the device shows: the batch sorted and written, the step submitted.
    let upload = Stage { name: "upload", ms: 1e3 * host_seconds, dispatches: 0, gflop_per_s: 0.0 };
    Measured {
        workload: name,
        adapter: gpu.describe(),
        family: format!("{:?}", gpu.family()),
        ms_per_step: 1e3 * seconds,
        ms_fastest: 1e3 * timed[0].0,
        ms_slowest: 1e3 * timed[timed.len() - 1].0,
        steps,
        events_per_s: workload.events() as f64 / seconds,
        host_share: host_seconds / seconds,
        first_step_s: first_step_seconds,
        dispatches: workload.dispatches(),
        losses: (first_loss, last_loss),
        stages: std::iter::once(upload).chain(stages).collect(),
        kernels: kernels.into_iter().map(Kernel::from).collect(),
        generation: workload.generation(),
        peak_memory_mib: report::peak_memory_mib(),
    }
}

/// Steps and lanes of a trial.
const SMALL: (usize, usize) = (4, 4);

/// The workload of this name, S, D, W or W10, on next to nothing if `small`.
fn workload(name: &str, gpu: &Gpu, small: bool) -> Box<dyn Workload> {
    let sizes = |seq_len, batch_size| if small { SMALL } else { (seq_len, batch_size) };
    match name {
        "S" => Box::new(single_lstm::SingleLstm::new(gpu, sizes(64, 32))),
        "D" => {
            let TrainConfig { model, seq_len, batch_size, .. } = TrainConfig::default();
            Box::new(Network::new(gpu, model, sizes(seq_len, batch_size), true))
        }
        "W10" => Box::new(Network::new(gpu, network::seed(), sizes(10, 64), false)),
        _ => Box::new(Network::new(gpu, network::seed(), sizes(100, 64), false)),
    }
}

/// Answers each line of standard input with a step: its seconds, its loss, its events and the adapter, between tabs. The
/// first step includes all that comes before it.
fn serve(name: &str, gpu: &Gpu, small: bool) {
    let mut served = None;
    for _ in std::io::stdin().lines() {
        let start = Instant::now();
        let served = served.get_or_insert_with(|| workload(name, gpu, small));
        let loss = served.step();
        println!("{}\t{loss}\t{}\t{}", start.elapsed().as_secs_f64(), served.events(), gpu.describe());
        std::io::stdout().flush().expect("somebody listens");
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let (small, only) = (has("--test"), ["W", "S", "D", "W10"].into_iter().find(|name| has(name)));
    let gpu = Gpu::new(None).unwrap_or_else(|error| panic!("benches need an adapter: {error}"));
    if has("--serve") {
        return serve(only.expect("--serve needs S, D, W or W10"), &gpu, small);
    }
    assert!(only != Some("W10"), "W10 is for --serve");
    let mut devices = vec![gpu.clone()];
    if let Some(at) = arguments.iter().position(|argument| argument == "--family") {
        let name = arguments.get(at + 1).expect("--family NAME");
        let family = Family::ALL.into_iter().find(|family| format!("{family:?}") == *name);
        let family = family.unwrap_or_else(|| panic!("--family {name}: there are {:?}", Family::ALL));
        devices.push(gpu.with_family(family).unwrap_or_else(|| panic!("this adapter does not run {name}")));
    }
    let mut all = Vec::new();
    for gpu in &devices {
        for (name, steps) in [("S", 20), ("D", 20), ("W", 5)] {
            if only.is_none_or(|only| only == name) {
                let steps = if small { 2 } else { steps };
                all.push(measure(name, gpu, steps, || workload(name, gpu, small)));
            }
        }
    }
    let text = if has("--json") { report::json(&all) } else { report::tables(&all) };
    println!("{text}");
    if let Some(at) = arguments.iter().position(|argument| argument == "--record") {
        let path = arguments.get(at + 1).expect("--record FILE");
        report::record(path, &report::tables(&all)).unwrap_or_else(|error| panic!("{path}: {error}"));
    }
}
