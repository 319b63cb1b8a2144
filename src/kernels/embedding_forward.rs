//! Sums of table rows for each event. Math and layout: `shaders/embedding_forward.wgsl`.

use std::ops::Range;

use super::u32_from;
use super::variants::RANDOM;
use crate::error::Result;
use crate::features::{CONTEXT_SIZE, Row, Table, first_rows};
use crate::gpu::{DispatchId, Family, Gpu, Kernel, KernelSource, Recorder, Tensor, Uniform as _, params};
use crate::reference::random::uniform;

pub(super) const LOOKUP_ROWS: &str = include_str!("../../shaders/common/lookup_rows.wgsl");

params! { size: u32, stride: u32, first_block: u32, onto: u32, probability: f32, seed: u32, counter: u32 }

pub(super) fn source(_: Family) -> KernelSource {
    KernelSource {
        name: "embedding_forward",
        parts: vec![include_str!("../../shaders/embedding_forward.wgsl"), LOOKUP_ROWS, RANDOM],
        params: Params::FIELDS,
    }
}

/// Sums of table rows for each event.
pub struct EmbeddingForward(Kernel);

impl EmbeddingForward {
    pub(super) fn new(gpu: &Gpu) -> Self {
        Self(Kernel::new(gpu, &source(gpu.family())))
    }

    /// weight: [V, E] with the tables of `lookup` one below the other; context: [T, B, 53]; of out, [T, B, 3 · E], `blocks`
    /// are written or, with `onto`, added to before a `ReLU`.
    /// The counter is set before each run, see [`Plan::set_counter`](crate::gpu::Plan::set_counter).
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
        let [seq_len, batch_size, _] = context.shape();
        context.expect_shape([seq_len, batch_size, CONTEXT_SIZE]);
        let [rows, size] = weight.shape();
        out.expect_shape([seq_len, batch_size, BLOCKS * size]);
        assert!(lookup.rows <= rows, "{}: {} rows for tables of {}", weight.label(), rows, lookup.rows);
        assert!(blocks.end <= BLOCKS, "{}: blocks {blocks:?}", out.label());
        let params = Params {
            size: u32_from(size),
            stride: u32_from(BLOCKS * size),
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
        recorder.dispatch(&self.0, &params, [seq_len * batch_size, blocks.len(), 1], &bindings)
    }
}

/// Which rows are dropped, of the tables that have it: the same forward and backward.
#[derive(Clone, Copy, Debug)]
pub struct LookupDropout {
    /// Of a row to be dropped, below 1.
    pub probability: f32,
    /// One per place in the network and run.
    pub seed: u32,
}

impl LookupDropout {
    /// None.
    pub const OFF: Self = Self { probability: 0.0, seed: 0 };

    /// Whether the row chosen at a place stays in step `counter`: what the shader draws.
    pub fn keeps(self, counter: u32, place: u32) -> bool {
        uniform(self.seed, counter, place) >= f64::from(self.probability)
    }
}

/// Lookups of one block that the shaders have room for.
pub(super) const MAX_LOOKUPS: usize = 64;

/// Streams, or heads: what tables belong to.
const BLOCKS: usize = 3;

/// Tables on the device: which rows of a stack of tables a context chooses.
#[derive(Clone, Debug)]
pub struct Lookup {
    /// The tables, block by block.
    pub tables: Vec<Table>,
    /// Rows of all tables.
    pub rows: usize,
    /// [F, 6]: column, kind, divisor, rows, first row, whether it may be dropped; one for each column of each table.
    pub(super) words: Vec<u32>,
    /// [blocks + 1]: the first feature of each block, and the end of the last.
    pub(super) first_features: Vec<u32>,
    /// Both on the device.
    features: Tensor<u32, 2>,
    starts: Tensor<u32, 1>,
}

impl Lookup {
    /// Puts a list of tables on the device, those of one block side by side.
    pub fn new(gpu: &Gpu, tables: Vec<Table>) -> Result<Self> {
        assert!(tables.is_sorted_by_key(|table| table.block), "tables out of order");
        let (firsts, rows) = first_rows(&tables);
        let features: Vec<[usize; 7]> = tables
            .iter()
            .zip(&firsts)
            .flat_map(|(table, &first)| {
                let Table { block, rows, row, dropped, .. } = *table;
                let (kind, divisor) = match row {
                    Row::Number(divisor) => (0, divisor),
                    Row::Interval => (1, 1),
                    Row::PitchInterval => (2, 1),
                };
                let dropped = usize::from(dropped);
                table.columns.clone().map(move |column| [block, column, kind, divisor, rows, first, dropped])
            })
            .collect();
        let first_features: Vec<u32> =
            (0..=BLOCKS).map(|block| u32_from(features.partition_point(|feature| feature[0] < block))).collect();
        let most = first_features.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0);
        assert!(most <= u32_from(MAX_LOOKUPS), "{most} lookups of one block");
        let words: Vec<u32> = features.iter().flat_map(|feature| &feature[1..]).copied().map(u32_from).collect();
        let features = Tensor::from_slice(gpu, "features", [features.len(), 6], &words)?;
        let starts = Tensor::from_slice(gpu, "starts", [BLOCKS + 1], &first_features)?;
        Ok(Self { tables, rows, words, first_features, features, starts })
    }
}
