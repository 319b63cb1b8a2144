//! Adds the losses of a batch to running totals. Math and layout: `shaders/loss_sum.wgsl`.

use super::u32_from;
use crate::engine::gpu::{Family, Gpu, Kernel, KernelSource, Recorder, Tensor, Uniform as _, params};

params! { rows: u32, heads: u32 }

/// Heads that the shader has room for.
const MAX_HEADS: usize = 8;

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

    /// losses: [T, B, heads] with 1 to 8 heads, totals: [heads], accumulated into.
    #[track_caller]
    pub fn record(&self, recorder: &mut Recorder, losses: &Tensor<f32, 3>, totals: &Tensor<f32, 1>) {
        let heads = expect_heads(losses);
        totals.expect_shape([heads]);
        let params = Params { rows: u32_from(losses.len() / heads), heads: u32_from(heads) };
        let bindings = [("losses", losses.into()), ("totals", totals.into())];
        recorder.dispatch(&self.0, &params, [1, 1, 1], &bindings);
    }
}

/// The heads of losses [T, B, heads].
#[track_caller]
pub(super) fn expect_heads(losses: &Tensor<f32, 3>) -> usize {
    let heads = losses.shape()[2];
    assert!((1..=MAX_HEADS).contains(&heads), "{}: {heads} heads; 1 to {MAX_HEADS} are possible", losses.label());
    heads
}
