//! Sums of table rows for each event. Math and layout: `shaders/embedding_forward.wgsl`.

use std::ops::Range;

use super::lookup::{LOOKUP_ROWS, Lookup, LookupDropout};
use super::variants::RANDOM;
use super::{grid_of_rows, u32_from};
use crate::engine::gpu::{DispatchId, Family, Gpu, Kernel, KernelSource, Recorder, Tensor, Uniform as _, params};

params! { size: u32, blocks: u32, columns: u32, first_block: u32, onto: u32, probability: f32, seed: u32, counter: u32 }

pub(super) fn source(_: Family) -> KernelSource {
    KernelSource {
        name: "embedding_forward",
        parts: vec![include_str!("../../../shaders/embedding_forward.wgsl"), LOOKUP_ROWS, RANDOM],
        params: Params::FIELDS,
    }
}

/// Sums of table rows for each event.
pub struct EmbeddingForward(Kernel);

impl EmbeddingForward {
    pub(super) fn new(gpu: &Gpu) -> Self {
        Self(Kernel::new(gpu, &source(gpu.family())))
    }

    /// weight: [V, E] with the tables of `lookup` one below the other; context: [T, B, C]; of out, [T, B, n · E], `blocks`
    /// are written or, with `onto`, added to before a `ReLU`.
    /// The counter is set before each run, see [`Plan::set_counter`](crate::engine::gpu::Plan::set_counter).
    #[track_caller]
    pub fn record(
        &self,
        recorder: &mut Recorder,
        weight: &Tensor<f32, 2>,
        lookup: &Lookup,
        blocks: Range<usize>,
        context: &Tensor<u32, 3>,
        onto: bool,
        dropout: LookupDropout,
        out: &Tensor<f32, 3>,
    ) -> DispatchId {
        let [seq_len, batch_size, columns] = context.shape();
        let [rows, size] = weight.shape();
        out.expect_shape([seq_len, batch_size, lookup.blocks * size]);
        assert!(lookup.rows <= rows, "{}: {} rows for tables of {}", weight.label(), rows, lookup.rows);
        assert!(blocks.end <= lookup.blocks, "{}: blocks {blocks:?}", out.label());
        let params = Params {
            size: u32_from(size),
            blocks: u32_from(lookup.blocks),
            columns: u32_from(columns),
            first_block: u32_from(blocks.start),
            onto: u32::from(onto),
            probability: dropout.probability,
            seed: dropout.seed,
            counter: 0,
        };
        let bindings = [
            ("weight", weight.into()),
            ("context", context.into()),
            ("features", (&lookup.features).into()),
            ("starts", (&lookup.starts).into()),
            ("out", out.into()),
        ];
        recorder.dispatch(
            &self.0,
            &params,
            {
                let [along, layers] = grid_of_rows(seq_len * batch_size);
                [along, layers, blocks.len()]
            },
            &bindings,
        )
    }
}
