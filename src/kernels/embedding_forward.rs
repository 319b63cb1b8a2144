//! A row of a table for each token. Math and layout: `shaders/embedding_forward.wgsl`.

use super::u32_from;
use crate::gpu::{Family, Gpu, Kernel, KernelSource, Recorder, Tensor, Uniform as _, params};

params! { rows: u32, size: u32, first_1: u32, first_2: u32 }

pub(super) fn source(_: Family) -> KernelSource {
    KernelSource {
        name: "embedding_forward",
        parts: vec![include_str!("../../shaders/embedding_forward.wgsl")],
        params: Params::FIELDS,
    }
}

/// A row of a table for each token.
pub struct EmbeddingForward(Kernel);

impl EmbeddingForward {
    pub(super) fn new(gpu: &Gpu) -> Self {
        Self(Kernel::new(gpu, &source(gpu.family())))
    }

    /// weight: [V, E] holds three tables, the second and third from rows `firsts` on; tokens: [T, B, 3];
    /// out: [T, B, 3E], written.
    #[track_caller]
    pub fn record(
        &self,
        recorder: &mut Recorder,
        weight: &Tensor<f32, 2>,
        firsts: [usize; 2],
        tokens: &Tensor<u32, 3>,
        out: &Tensor<f32, 3>,
    ) {
        let [_, size] = weight.shape();
        let [seq_len, batch_size, streams] = tokens.shape();
        assert_eq!(streams, 3, "{}: streams", tokens.label());
        out.expect_shape([seq_len, batch_size, 3 * size]);
        let params = Params {
            rows: u32_from(tokens.len()),
            size: u32_from(size),
            first_1: u32_from(firsts[0]),
            first_2: u32_from(firsts[1]),
        };
        let workgroups = (tokens.len() * size / 4).div_ceil(64);
        let bindings = [("weight", weight.into()), ("tokens", tokens.into()), ("out", out.into())];
        recorder.dispatch(&self.0, &params, [workgroups, 1, 1], &bindings);
    }
}
