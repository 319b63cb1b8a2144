//! The global norm of the gradients, and the factor that clips it. Math and layout: `shaders/gradient_clip.wgsl`.

use super::u32_from;
use crate::engine::gpu::{Family, Gpu, Kernel, KernelSource, Recorder, Tensor, Uniform as _, params};

params! { count: u32, max_grad_norm: f32 }

pub(super) fn source(_: Family) -> KernelSource {
    KernelSource {
        name: "gradient_clip",
        parts: vec![include_str!("../../../shaders/gradient_clip.wgsl")],
        params: Params::FIELDS,
    }
}

/// The global norm of the gradients, and the factor that clips it.
pub struct GradientClip(Kernel);

impl GradientClip {
    pub(super) fn new(gpu: &Gpu) -> Self {
        Self(Kernel::new(gpu, &source(gpu.family())))
    }

    /// partials: [P] as `sum_squares` writes them, clip: [2] (norm, scale), written.
    #[track_caller]
    pub fn record(
        &self,
        recorder: &mut Recorder,
        partials: &Tensor<f32, 1>,
        max_grad_norm: f32,
        clip: &Tensor<f32, 1>,
    ) {
        clip.expect_shape([2]);
        let params = Params { count: u32_from(partials.len()), max_grad_norm };
        recorder.dispatch(&self.0, &params, [1, 1, 1], &[("partials", partials.into()), ("clip", clip.into())]);
    }
}
