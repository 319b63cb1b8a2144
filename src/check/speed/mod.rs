//! How fast an adapter trains and generates: whole training steps (forward, backward, AdamW, f32, a loss every step) of three
//! fixed workloads, and generation.
//!
//! - **W**, the network that this program set out from: three streams E = 64, H = 256, vocabularies 501/147/50, two combined
//!   layers of 512, shared 256, heads 128; T = 100, B = 64.
//! - **S**: one LSTM(128, 128), Linear to 256 classes; T = 64, B = 32.
//! - **D**: the network and the batch of `gpu-lstm train` without options; T = 16, B = 32.

mod limits;
mod network;
mod report;
mod single_lstm;

use std::time::Instant;

use serde::Serialize;

use crate::engine::gpu::{Gpu, KernelTime};
use crate::error::Result;
use crate::model::HostTime;
use crate::train::TrainConfig;

pub use limits::Limits;
use network::Network;
pub use report::tables;

/// Something that trains.
pub trait Workload {
    /// Queues a step.
    fn queue(&mut self) -> Result<HostTime>;
    /// Waits for the steps queued since the last call: the mean over all their events, in nats.
    fn loss(&mut self) -> Result<f64>;
    /// Cuts steps into short submits, going by the seconds that one takes, as training does.
    fn cut_for(&self, seconds: f64);
    /// A step with a time for each kernel of each stage, if the adapter has timestamps.
    fn profile(&mut self) -> Result<Option<Vec<KernelTime>>>;
    /// Rows of a batch.
    fn events(&self) -> usize;
    /// Dispatches of a step.
    fn dispatches(&self) -> usize;
    /// Generation of several numbers of pieces, where the workload can generate.
    fn generation(&self) -> Result<Vec<Generation>>;
}

/// How fast pieces are generated.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Generation {
    /// Drawn at once.
    pub pieces: usize,
    /// Over all of them.
    pub events_per_s: f64,
    /// Dispatches of one event of each.
    pub dispatches: usize,
}

/// One workload on one family of kernels.
#[derive(Debug, Serialize)]
pub struct Measured {
    /// S, D or W.
    pub workload: String,
    /// Name, backend and driver.
    pub adapter: String,
    /// Family of kernels.
    pub family: String,
    /// Milliseconds a step with its loss read back: the median, the fastest and the slowest of `steps`.
    pub ms_per_step: f64,
    /// The fastest.
    pub ms_fastest: f64,
    /// The slowest.
    pub ms_slowest: f64,
    /// Milliseconds a step where the host waits after the last of `steps` alone, as in training.
    pub ms_pipelined: f64,
    /// Steps timed.
    pub steps: usize,
    /// By the median step.
    pub events_per_s: f64,
    /// Milliseconds of the median step on the host: sorting, writing, recording with submitting, waiting.
    pub host_ms: [f64; 4],
    /// From nothing to the first loss, shaders compiled.
    pub first_step_s: f64,
    /// Dispatches of a step.
    pub dispatches: usize,
    /// Loss of the first and the last step, in nats per event.
    pub losses: (f64, f64),
    /// Median times of the kernels of each stage.
    pub kernels: Vec<KernelTime>,
    /// Generation.
    pub generation: Vec<Generation>,
    /// Largest resident memory of the process so far, where the system reports it.
    pub peak_memory_mib: Option<f64>,
}

/// Steps and lanes of a trial.
const SMALL: (usize, usize) = (4, 4);

/// The workload of this name, S, D, W or W10 (W with T = 10), on next to nothing if `small`.
pub fn workload(name: &str, gpu: &Gpu, small: bool) -> Result<Box<dyn Workload>> {
    let sizes = |seq_len, batch_size| if small { SMALL } else { (seq_len, batch_size) };
    Ok(match name {
        "S" => Box::new(single_lstm::SingleLstm::new(gpu, sizes(64, 32))?),
        "D" => {
            let TrainConfig { model, seq_len, batch_size, .. } = TrainConfig::default();
            Box::new(Network::new(gpu, model, sizes(seq_len, batch_size), true)?)
        }
        "W10" => Box::new(Network::new(gpu, network::seed(), sizes(10, 64), false)?),
        _ => Box::new(Network::new(gpu, network::seed(), sizes(100, 64), false)?),
    })
}

/// Measures the workload of this name: `steps` read back, as many pipelined, some profiled, and generation.
pub fn measure(name: &str, gpu: &Gpu, steps: usize, small: bool) -> Result<Measured> {
    let start = Instant::now();
    let mut workload = workload(name, gpu, small)?;
    workload.queue()?;
    let first_loss = workload.loss()?;
    let first_step_s = start.elapsed().as_secs_f64();

    // The time of a step is known from the second one on: the first compiles.
    let start = Instant::now();
    workload.queue()?;
    let mut last_loss = workload.loss()?;
    workload.cut_for(start.elapsed().as_secs_f64());
    let mut timed = Vec::new();
    for _ in 0..steps {
        let start = Instant::now();
        let host = workload.queue()?;
        let queued = start.elapsed();
        last_loss = workload.loss()?;
        let parts = [host.sorting, host.writing, host.submitting, start.elapsed() - queued];
        timed.push((start.elapsed().as_secs_f64(), parts.map(|part| 1e3 * part.as_secs_f64())));
    }
    timed.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (seconds, host_ms) = timed[timed.len() / 2];

    let start = Instant::now();
    for _ in 0..steps {
        workload.queue()?;
    }
    workload.loss()?;
    let ms_pipelined = 1e3 * start.elapsed().as_secs_f64() / steps as f64;

    Ok(Measured {
        workload: name.into(),
        adapter: gpu.describe(),
        family: format!("{:?}", gpu.family()),
        ms_per_step: 1e3 * seconds,
        ms_fastest: 1e3 * timed[0].0,
        ms_slowest: 1e3 * timed[timed.len() - 1].0,
        ms_pipelined,
        steps,
        events_per_s: workload.events() as f64 / seconds,
        host_ms,
        first_step_s,
        dispatches: workload.dispatches(),
        losses: (first_loss, last_loss),
        kernels: median_of_profiles(workload.as_mut(), steps.min(9))?,
        generation: workload.generation()?,
        peak_memory_mib: peak_memory_mib(),
    })
}

/// Of several profiles, the median time of each kernel of each stage.
fn median_of_profiles(workload: &mut dyn Workload, count: usize) -> Result<Vec<KernelTime>> {
    let mut profiles = Vec::new();
    for _ in 0..count {
        profiles.extend(workload.profile()?);
    }
    let mut median = profiles.first().cloned().unwrap_or_default();
    for (at, kernel) in median.iter_mut().enumerate() {
        let mut times: Vec<f64> = profiles.iter().map(|profile| profile[at].milliseconds).collect();
        times.sort_by(f64::total_cmp);
        kernel.milliseconds = times[times.len() / 2];
    }
    Ok(median)
}

/// Largest resident memory of this process so far, where the system reports it (Linux).
fn peak_memory_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<f64>().ok()? / 1024.0)
}
