//! Softmax cross-entropy and its gradient. Math and layout: `shaders/softmax_cross_entropy.wgsl`.

use super::loss_sum::expect_heads;
use super::variants::lanes;
use super::{grid_of, u32_from};
use crate::engine::gpu::{Family, Gpu, Kernel, KernelSource, Recorder, Tensor, Uniform as _, params};

params! { rows: u32, vocab_size: u32, stride: u32, heads: u32, head: u32, scale: f32 }

pub(super) fn source(family: Family) -> KernelSource {
    KernelSource {
        name: "softmax_cross_entropy",
        parts: vec![include_str!("../../../shaders/softmax_cross_entropy.wgsl"), lanes(family).1],
        params: Params::FIELDS,
    }
}

/// Softmax cross-entropy and its gradient.
pub struct SoftmaxCrossEntropy {
    kernel: Kernel,
    rows_at_once: usize,
}

impl SoftmaxCrossEntropy {
    pub(super) fn new(gpu: &Gpu) -> Self {
        let family = gpu.family();
        Self { kernel: Kernel::new(gpu, &source(family)), rows_at_once: 64 / lanes(family).0 }
    }

    /// logits, dlogits: [T, B, padded V]; targets, losses: [T, B, heads] with 1 to 8 heads, of which column `head`.
    /// Writes losses and dlogits.
    #[track_caller]
    pub fn record(
        &self,
        recorder: &mut Recorder,
        head: usize,
        vocab_size: usize,
        scale: f32,
        logits: &Tensor<f32, 3>,
        targets: &Tensor<u32, 3>,
        losses: &Tensor<f32, 3>,
        dlogits: &Tensor<f32, 3>,
    ) {
        let [seq_len, batch_size, stride] = logits.shape();
        assert!((1..=stride).contains(&vocab_size), "{}: {vocab_size} classes in {stride} columns", logits.label());
        dlogits.expect_shape(logits.shape());
        let heads = expect_heads(losses);
        assert!(head < heads, "head {head} of {heads}");
        losses.expect_shape([seq_len, batch_size, heads]);
        targets.expect_shape(losses.shape());
        let rows = seq_len * batch_size;
        let params = Params {
            rows: u32_from(rows),
            vocab_size: u32_from(vocab_size),
            stride: u32_from(stride),
            heads: u32_from(heads),
            head: u32_from(head),
            scale,
        };
        let bindings = [
            ("logits", logits.into()),
            ("targets", targets.into()),
            ("losses", losses.into()),
            ("dlogits", dlogits.into()),
        ];
        recorder.dispatch(&self.kernel, &params, grid_of(rows, self.rows_at_once), &bindings);
    }
}

/// The target of a row that has nothing to predict.
pub const IGNORE: u32 = u32::MAX;
