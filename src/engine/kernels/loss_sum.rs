//! Adds the losses of a batch to running totals. Math and layout: `shaders/loss_sum.wgsl`.

use super::u32_from;
use crate::engine::gpu::{Family, Gpu, Kernel, KernelSource, Recorder, Tensor, Uniform as _, params};

params! { rows: u32 }

pub(super) fn source(_: Family) -> KernelSource {
    KernelSource {
        name: "loss_sum",
        parts: vec![include_str!("../../../shaders/loss_sum.wgsl")],
        params: Params::FIELDS,
    }
}

/// Adds the losses of a batch to running totals.
pub struct LossSum(Kernel);

impl LossSum {
    pub(super) fn new(gpu: &Gpu) -> Self {
        Self(Kernel::new(gpu, &source(gpu.family())))
    }

    /// losses: [T, B, 3], totals: [3], accumulated into.
    #[track_caller]
    pub fn record(&self, recorder: &mut Recorder, losses: &Tensor<f32, 3>, totals: &Tensor<f32, 1>) {
        totals.expect_shape([3]);
        let rows = losses.len() / 3;
        let bindings = [("losses", losses.into()), ("totals", totals.into())];
        recorder.dispatch(&self.0, &Params { rows: u32_from(rows) }, [1, 1, 1], &bindings);
    }
}
