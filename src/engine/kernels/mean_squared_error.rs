//! Mean squared error and its gradient. Math and layout: `shaders/mean_squared_error.wgsl`.

use super::loss_sum::expect_heads;
use super::variants::lanes;
use super::{grid_of, u32_from};
use crate::engine::gpu::{Family, Gpu, Kernel, KernelSource, Recorder, Tensor, Uniform as _, params};

params! { rows: u32, size: u32, stride: u32, heads: u32, head: u32, scale: f32 }

pub(super) fn source(family: Family) -> KernelSource {
    KernelSource {
        name: "mean_squared_error",
        parts: vec![include_str!("../../../shaders/mean_squared_error.wgsl"), lanes(family).1],
        params: Params::FIELDS,
    }
}

/// Mean squared error and its gradient.
pub struct MeanSquaredError {
    kernel: Kernel,
    rows_at_once: usize,
}

impl MeanSquaredError {
    pub(super) fn new(gpu: &Gpu) -> Self {
        let family = gpu.family();
        Self { kernel: Kernel::new(gpu, &source(family)), rows_at_once: 64 / lanes(family).0 }
    }

    /// prediction, targets, dprediction: [T, B, padded N] with N = `size`; losses: [T, B, heads] with 1 to 8 heads, of
    /// which column `head`. Writes losses and dprediction.
    #[track_caller]
    pub fn record(
        &self,
        recorder: &mut Recorder,
        head: usize,
        size: usize,
        scale: f32,
        prediction: &Tensor<f32, 3>,
        targets: &Tensor<f32, 3>,
        losses: &Tensor<f32, 3>,
        dprediction: &Tensor<f32, 3>,
    ) {
        let [seq_len, batch_size, stride] = prediction.shape();
        assert!((1..=stride).contains(&size), "{}: {size} values in {stride} columns", prediction.label());
        targets.expect_shape(prediction.shape());
        dprediction.expect_shape(prediction.shape());
        let heads = expect_heads(losses);
        assert!(head < heads, "head {head} of {heads}");
        losses.expect_shape([seq_len, batch_size, heads]);
        let rows = seq_len * batch_size;
        let params = Params {
            rows: u32_from(rows),
            size: u32_from(size),
            stride: u32_from(stride),
            heads: u32_from(heads),
            head: u32_from(head),
            scale,
        };
        let bindings = [
            ("prediction", prediction.into()),
            ("targets", targets.into()),
            ("losses", losses.into()),
            ("dprediction", dprediction.into()),
        ];
        recorder.dispatch(&self.kernel, &params, grid_of(rows, self.rows_at_once), &bindings);
    }
}
