//! Dropout, in place, forward and backward. Math and layout: `shaders/dropout.wgsl`.

use super::variants::RANDOM;
use super::{grid_of, u32_from};
use crate::engine::gpu::{DispatchId, Family, Gpu, Kernel, KernelSource, Recorder, Tensor, Uniform as _, params};

params! { len: u32, probability: f32, seed: u32, counter: u32 }

pub(super) fn source(_: Family) -> KernelSource {
    KernelSource {
        name: "dropout",
        parts: vec![include_str!("../../../shaders/dropout.wgsl"), RANDOM],
        params: Params::FIELDS,
    }
}

/// Dropout, in place, forward and backward.
pub struct Dropout(Kernel);

impl Dropout {
    pub(super) fn new(gpu: &Gpu) -> Self {
        Self(Kernel::new(gpu, &source(gpu.family())))
    }

    /// values: any shape with a multiple of 4 values, overwritten. The counter is set before each run, see
    /// [`Plan::set_counter`](crate::engine::gpu::Plan::set_counter).
    #[track_caller]
    pub fn record<const R: usize>(
        &self,
        recorder: &mut Recorder,
        values: &Tensor<f32, R>,
        probability: f32,
        seed: u32,
    ) -> DispatchId {
        assert!(values.len().is_multiple_of(4), "{}: {} values", values.label(), values.len());
        assert!((0.0..1.0).contains(&probability), "dropout probability {probability}");
        let params = Params { len: u32_from(values.len()), probability, seed, counter: 0 };
        recorder.dispatch(&self.0, &params, grid_of(values.len() / 4, 64), &[("values", values.into())])
    }
}
