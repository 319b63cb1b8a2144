//! Draws one class per row of logits. Math and layout: `shaders/sample.wgsl`.

use super::u32_from;
use super::variants::RANDOM;
use crate::error::{Error, Result};
use crate::gpu::{DispatchId, Family, Gpu, Kernel, KernelSource, Recorder, Tensor, Uniform as _, params};

const RANKING: &str = include_str!("../../shaders/common/sample_ranking.wgsl");
const RUNS: &str = include_str!("../../shaders/common/sample_runs.wgsl");

/// Stands for no class.
const NONE: u32 = u32::MAX;

params! { vocab_size: u32, stride: u32, head: u32, first_history: u32, temperature: f32, top_k: u32, top_p: f32, min_p: f32, exempt: u32, seed: u32, counter: u32 }

pub(super) fn source(_: Family) -> KernelSource {
    KernelSource {
        name: "sample",
        parts: vec![include_str!("../../shaders/sample.wgsl"), RANKING, RUNS, RANDOM],
        params: Params::FIELDS,
    }
}

/// Draws one class per row of logits.
pub struct Sample(Kernel);

impl Sample {
    pub(super) fn new(gpu: &Gpu) -> Self {
        Self(Kernel::new(gpu, &source(gpu.family())))
    }

    /// logits: [1, R, padded V] with V up to 1024; allowed: [V], 1 where a class may be drawn and 0 where not, see
    /// [`allowed_classes`]; `exempt`: the class that top-k, top-p and min-p leave at its probability. Writes column `head` of tokens [1, R, 3] and of row `event` of history [events, R, 3]. The
    /// counter is set before each run, see [`Plan::set_counter`](crate::gpu::Plan::set_counter).
    #[track_caller]
    pub fn record(
        &self,
        recorder: &mut Recorder,
        head: usize,
        allowed: &Tensor<u32, 1>,
        exempt: Option<u32>,
        options: &SampleOptions,
        logits: &Tensor<f32, 3>,
        tokens: &Tensor<u32, 3>,
        history: &Tensor<u32, 3>,
        event: usize,
    ) -> DispatchId {
        let [vocab_size] = allowed.shape();
        let [one, rows, stride] = logits.shape();
        assert_eq!(one, 1, "{}: time steps", logits.label());
        assert!((1..=stride.min(1024)).contains(&vocab_size), "{}: {vocab_size} classes", logits.label());
        tokens.expect_shape([1, rows, 3]);
        let [events, _, _] = history.shape();
        history.expect_shape([events, rows, 3]);
        assert!(event < events, "event {event} of {events}");
        let params = Params {
            vocab_size: u32_from(vocab_size),
            stride: u32_from(stride),
            head: u32_from(head),
            first_history: u32_from(event * rows),
            temperature: options.temperature,
            top_k: options.top_k,
            top_p: options.top_p,
            min_p: options.min_p,
            exempt: exempt.unwrap_or(NONE),
            seed: options.seed,
            counter: 0,
        };
        let bindings = [
            ("logits", logits.into()),
            ("allowed", allowed.into()),
            ("tokens", tokens.into()),
            ("history", history.into()),
        ];
        recorder.dispatch(&self.0, &params, [rows, 1, 1], &bindings)
    }
}

/// Puts on the device which of a head's classes may be drawn: `[V]`, the mask of `sample`.
///
/// # Errors
/// [`Error::Config`] when none may, for then there is nothing to draw.
pub fn allowed_classes(gpu: &Gpu, allowed: &[bool]) -> Result<Tensor<u32, 1>> {
    if !allowed.contains(&true) {
        return Err(Error::Config("no class may be drawn; allow at least one".into()));
    }
    let values: Vec<u32> = allowed.iter().copied().map(u32::from).collect();
    Tensor::from_slice(gpu, "allowed", [allowed.len()], &values)
}

/// How a class is drawn from its probabilities. An exempt class, see `Sample::record`, keeps its own at every `top_k`,
/// `top_p` and `min_p`, which count the others alone; what they leave shares the rest.
#[derive(Clone, Copy, Debug)]
pub struct SampleOptions {
    /// Divides the logits; 0 takes the most probable class.
    pub temperature: f32,
    /// Keeps this many of the most probable classes; 0 keeps all.
    pub top_k: u32,
    /// Keeps the most probable classes until they hold this share; 1 keeps all.
    pub top_p: f32,
    /// Keeps classes at least this probable, relative to the most probable; 0 keeps all.
    pub min_p: f32,
    /// Seed of the draws.
    pub seed: u32,
}
