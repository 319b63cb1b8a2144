//! One step of AdamW over all parameters. Math and layout: `shaders/adamw.wgsl`.

use super::{grid_of, u32_from};
use crate::engine::gpu::{DispatchId, Family, Gpu, Kernel, KernelSource, Plan, Recorder, Tensor, Uniform as _, params};

params! { len: u32, step_size: f32, correction: f32, decay: f32, beta1: f32, beta2: f32, eps: f32 }

pub(super) fn source(_: Family) -> KernelSource {
    KernelSource { name: "adamw", parts: vec![include_str!("../../../shaders/adamw.wgsl")], params: Params::FIELDS }
}

/// One step of AdamW over all parameters.
pub struct Adamw(Kernel);

impl Adamw {
    pub(super) fn new(gpu: &Gpu) -> Self {
        Self(Kernel::new(gpu, &source(gpu.family())))
    }

    /// All but `clip` ([2]: norm, scale) are [N]; parameters and moments are updated in place. What the step depends on
    /// is set before each run, see [`AdamwDispatch::set_step`].
    #[track_caller]
    pub fn record(
        &self,
        recorder: &mut Recorder,
        gradients: &Tensor<f32, 1>,
        clip: &Tensor<f32, 1>,
        parameters: &Tensor<f32, 1>,
        moments: [&Tensor<f32, 1>; 2],
    ) -> AdamwDispatch {
        clip.expect_shape([2]);
        for tensor in [parameters, moments[0], moments[1]] {
            tensor.expect_shape(gradients.shape());
        }
        let len = u32_from(gradients.len());
        assert!(len.is_multiple_of(4), "{}: {len} parameters", gradients.label());
        let params = Params { len, step_size: 0.0, correction: 1.0, decay: 1.0, beta1: 0.0, beta2: 0.0, eps: 0.0 };
        let bindings = [
            ("gradients", gradients.into()),
            ("clip", clip.into()),
            ("parameters", parameters.into()),
            ("first_moment", moments[0].into()),
            ("second_moment", moments[1].into()),
        ];
        let id = recorder.dispatch(&self.0, &params, grid_of(gradients.len() / 4, 64), &bindings);
        AdamwDispatch { id, len }
    }
}

/// The hyperparameters of one step, as `torch.optim.AdamW` names them.
#[derive(Clone, Copy, Debug)]
pub struct AdamwStep {
    /// Learning rate of this step.
    pub learning_rate: f64,
    /// Decay of the first moment.
    pub beta1: f64,
    /// Decay of the second moment.
    pub beta2: f64,
    /// Added to the root of the second moment.
    pub eps: f64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
    /// Number of this step, from 1.
    pub step: u32,
}

impl Default for AdamwStep {
    /// The first step with PyTorch's defaults.
    fn default() -> Self {
        Self { learning_rate: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.01, step: 1 }
    }
}

/// A recorded AdamW.
#[derive(Clone, Copy, Debug)]
pub struct AdamwDispatch {
    id: DispatchId,
    len: u32,
}

impl AdamwDispatch {
    /// Sets what the next submit uses. Powers are computed here in f64: WGSL's `pow` is too coarse.
    pub fn set_step(&self, plan: &Plan, step: &AdamwStep) {
        let count = f64::from(step.step);
        let params = Params {
            len: self.len,
            step_size: (step.learning_rate / (1.0 - step.beta1.powf(count))) as f32,
            correction: (1.0 - step.beta2.powf(count)).sqrt() as f32,
            decay: (1.0 - step.learning_rate * step.weight_decay) as f32,
            beta1: step.beta1 as f32,
            beta2: step.beta2 as f32,
            eps: step.eps as f32,
        };
        plan.set_params(self.id, &params);
    }
}
