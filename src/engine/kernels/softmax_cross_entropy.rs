//! Softmax cross-entropy and its gradient. Math and layout: `shaders/softmax_cross_entropy.wgsl`.

use super::jobs::{Run, runs};
use super::loss_sum::expect_heads;
use super::variants::lanes;
use super::{grid_of, u32_from};
use crate::engine::gpu::{Binding, Family, Gpu, Kernel, KernelSource, Recorder, Tensor, Uniform as _, params};

params! {
    rows: u32, vocab_size: u32, stride: u32, heads: u32, head: u32, scale: f32,
    logits_offset: u32, dlogits_offset: u32, with_gradient: u32,
}

pub(super) fn source(family: Family) -> KernelSource {
    KernelSource {
        name: "softmax_cross_entropy",
        parts: vec![include_str!("../../../shaders/softmax_cross_entropy.wgsl"), lanes(family).1],
        params: Params::FIELDS,
    }
}

/// One of the predictions of an event.
#[derive(Clone, Copy, Debug)]
pub struct LossHead<'a> {
    /// Its column of targets and losses.
    pub column: usize,
    /// Classes (V).
    pub vocab_size: usize,
    /// [T, B, N]: the classes, then columns that do not count.
    pub logits: &'a Tensor<f32, 3>,
    /// Where the gradient goes, of the shape of the logits; `None` if only losses are wanted.
    pub dlogits: Option<&'a Tensor<f32, 3>>,
}

/// Softmax cross-entropy and its gradient.
pub struct SoftmaxCrossEntropy {
    kernel: Kernel,
    rows_at_once: usize,
    /// Bound where no gradient is wanted.
    nowhere: Tensor<f32, 1>,
}

impl SoftmaxCrossEntropy {
    pub(super) fn new(gpu: &Gpu) -> Self {
        let family = gpu.family();
        let nowhere = Tensor::zeros(gpu, "no gradient", [4]).expect("16 bytes fit");
        Self { kernel: Kernel::new(gpu, &source(family)), rows_at_once: 64 / lanes(family).0, nowhere }
    }

    /// targets, losses: [T, B, columns] with 1 to 8 columns. Writes the losses, and the gradients of `scale` times their sum.
    /// Heads next to each other whose tensors lie in the same buffers are one dispatch.
    #[track_caller]
    pub fn record(
        &self,
        recorder: &mut Recorder,
        heads: &[LossHead<'_>],
        scale: f32,
        targets: &Tensor<u32, 3>,
        losses: &Tensor<f32, 3>,
    ) {
        let columns = expect_heads(losses);
        targets.expect_shape(losses.shape());
        let nowhere = Binding::from(&self.nowhere);
        let tensors = |head: &LossHead<'_>| {
            [head.logits.into(), head.dlogits.map_or_else(|| nowhere.clone(), |dlogits| dlogits.into())]
        };
        let tensors: Vec<[Binding; 2]> = heads.iter().map(tensors).collect();
        for Run { jobs, bindings: [logits, dlogits] } in runs(&tensors) {
            let params = |(head, [of_logits, of_dlogits]): (&LossHead<'_>, &[Binding; 2])| {
                let [seq_len, batch_size, stride] = head.logits.shape();
                let label = head.logits.label();
                assert!((1..=stride).contains(&head.vocab_size), "{label}: {} classes of {stride}", head.vocab_size);
                assert!(head.column < columns, "{label}: column {} of {columns}", head.column);
                losses.expect_shape([seq_len, batch_size, columns]);
                head.dlogits.inspect(|dlogits| dlogits.expect_shape(head.logits.shape()));
                Params {
                    rows: u32_from(seq_len * batch_size),
                    vocab_size: u32_from(head.vocab_size),
                    stride: u32_from(stride),
                    heads: u32_from(columns),
                    head: u32_from(head.column),
                    scale,
                    logits_offset: u32_from(of_logits.place_in(&logits)),
                    dlogits_offset: u32_from(of_dlogits.place_in(&dlogits)),
                    with_gradient: u32::from(head.dlogits.is_some()),
                }
            };
            let params: Vec<_> = heads[jobs.clone()].iter().zip(&tensors[jobs]).map(params).collect();
            let [x, y, _] = grid_of(losses.len() / columns, self.rows_at_once);
            let bindings =
                [("logits", logits), ("targets", targets.into()), ("losses", losses.into()), ("dlogits", dlogits)];
            recorder.dispatch_jobs(&self.kernel, &params, [x, y, params.len()], &bindings);
        }
    }
}

/// The target of a row that has nothing to predict.
pub const IGNORE: u32 = u32::MAX;
