//! AdamW over all parameters at once, with clipping by the global norm, and the learning-rate schedule.

use crate::engine::gpu::{Gpu, Plan, Recorder, Tensor};
use crate::engine::kernels::{AdamwDispatch, AdamwStep, Kernels};
use crate::error::Result;

/// Partial sums of the gradient norm.
const PARTIALS: usize = 256;

/// The moments of AdamW, and the norm of the last step.
pub struct Optimizer {
    /// First and second moment, `[N]` as the parameters.
    pub moments: [Tensor<f32, 1>; 2],
    partials: Tensor<f32, 1>,
    /// `[2]`: global norm of the last gradients, and the factor that clipped them.
    pub clip: Tensor<f32, 1>,
    dispatch: Option<AdamwDispatch>,
}

impl Optimizer {
    /// Allocates everything as zeros, the state before the first step, for `len` parameters.
    pub fn new(gpu: &Gpu, len: usize) -> Result<Self> {
        let moment = |label| Tensor::zeros(gpu, label, [len]);
        Ok(Self {
            moments: [moment("first_moment")?, moment("second_moment")?],
            partials: Tensor::zeros(gpu, "partials", [PARTIALS])?,
            clip: Tensor::zeros(gpu, "clip", [2])?,
            dispatch: None,
        })
    }

    /// Records norm, clipping and update of `parameters`, `[N]`, by their `gradients`.
    pub fn record(
        &mut self,
        recorder: &mut Recorder,
        kernels: &Kernels,
        gradients: &Tensor<f32, 1>,
        parameters: &Tensor<f32, 1>,
        max_grad_norm: f32,
    ) {
        kernels.sum_squares.record(recorder, gradients, &self.partials);
        kernels.gradient_clip.record(recorder, &self.partials, max_grad_norm, &self.clip);
        let [first, second] = &self.moments;
        self.dispatch = Some(kernels.adamw.record(recorder, gradients, &self.clip, parameters, [first, second]));
    }

    /// Sets what the next submit of `plan` uses.
    ///
    /// # Panics
    /// If nothing was recorded.
    pub fn set_step(&self, plan: &Plan, step: &AdamwStep) {
        self.dispatch.expect("the optimizer is recorded").set_step(plan, step);
    }
}

/// The share of the peak learning rate at a point of the training: a linear warm-up, then half a cosine down to a tenth.
///
/// `step` counts from 0; `progress` is the share of the budget that is used up, 0 to 1.
pub fn schedule(step: u64, warmup_steps: u64, progress: f64) -> f64 {
    let warmup = ((step + 1) as f64 / warmup_steps.max(1) as f64).min(1.0);
    let cosine = 0.5 * (1.0 + (std::f64::consts::PI * progress.clamp(0.0, 1.0)).cos());
    warmup * (0.1 + 0.9 * cosine)
}
