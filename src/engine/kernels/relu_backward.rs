//! ReLU backward, in place. Math and layout: `shaders/relu_backward.wgsl`.

use super::{grid_of, u32_from};
use crate::engine::gpu::{Family, Gpu, Kernel, KernelSource, Recorder, Tensor, Uniform as _, params};

params! { len: u32, probability: f32 }

pub(super) fn source(_: Family) -> KernelSource {
    KernelSource {
        name: "relu_backward",
        parts: vec![include_str!("../../../shaders/relu_backward.wgsl")],
        params: Params::FIELDS,
    }
}

/// ReLU backward, in place.
pub struct ReluBackward(Kernel);

impl ReluBackward {
    pub(super) fn new(gpu: &Gpu) -> Self {
        Self(Kernel::new(gpu, &source(gpu.family())))
    }

    /// output, doutput: one shape; doutput is overwritten. `probability` is that of a dropout after the `ReLU`, 0 without one.
    #[track_caller]
    pub fn record<const R: usize>(
        &self,
        recorder: &mut Recorder,
        probability: f32,
        output: &Tensor<f32, R>,
        doutput: &Tensor<f32, R>,
    ) {
        doutput.expect_shape(output.shape());
        assert!(output.len().is_multiple_of(4), "{}: {} values", output.label(), output.len());
        let bindings = [("output", output.into()), ("doutput", doutput.into())];
        let params = Params { len: u32_from(output.len()), probability };
        recorder.dispatch(&self.0, &params, grid_of(output.len() / 4, 64), &bindings);
    }
}
