//! Sums of table rows for each event. Math and layout: `shaders/embedding_forward.wgsl`.

use std::ops::Range;

use super::u32_from;
use crate::error::Result;
use crate::features::{CONTEXT_SIZE, Table, first_rows};
use crate::gpu::{Family, Gpu, Kernel, KernelSource, Recorder, Tensor, Uniform as _, params};

params! { size: u32, stride: u32, first_block: u32, onto: u32 }

pub(super) fn source(_: Family) -> KernelSource {
    KernelSource {
        name: "embedding_forward",
        parts: vec![include_str!("../../shaders/embedding_forward.wgsl")],
        params: Params::FIELDS,
    }
}

/// Sums of table rows for each event.
pub struct EmbeddingForward(Kernel);

impl EmbeddingForward {
    pub(super) fn new(gpu: &Gpu) -> Self {
        Self(Kernel::new(gpu, &source(gpu.family())))
    }

    /// weight: [V, E] with the tables of `lookup` one below the other; context: [T, B, 60]; of out, [T, B, 3 · E], `blocks`
    /// are written or, with `onto`, added to before a `ReLU`.
    #[track_caller]
    pub fn record(
        &self,
        recorder: &mut Recorder,
        weight: &Tensor<f32, 2>,
        lookup: &Lookup,
        blocks: Range<usize>,
        context: &Tensor<u32, 3>,
        onto: bool,
        out: &Tensor<f32, 3>,
    ) {
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
        };
        let bindings = [
            ("weight", weight.into()),
            ("context", context.into()),
            ("features", (&lookup.features).into()),
            ("starts", (&lookup.starts).into()),
            ("out", out.into()),
        ];
        recorder.dispatch(&self.0, &params, [seq_len * batch_size, blocks.len(), 1], &bindings);
    }
}

/// Lookups of one block that the shader has room for.
const MAX_FEATURES: usize = 64;

/// Streams, or heads: what tables belong to.
const BLOCKS: usize = 3;

/// Tables on the device: which rows of a stack of tables a context chooses.
#[derive(Clone, Debug)]
pub struct Lookup {
    /// The tables, block by block.
    pub tables: Vec<Table>,
    /// Rows of all tables.
    pub rows: usize,
    /// [F, 4]: column, divisor, rows, first row; one for each column of each table.
    features: Tensor<u32, 2>,
    /// [blocks + 1]: the first feature of each block, and the end of the last.
    starts: Tensor<u32, 1>,
}

impl Lookup {
    /// Puts a list of tables on the device, those of one block side by side.
    pub fn new(gpu: &Gpu, tables: Vec<Table>) -> Result<Self> {
        assert!(tables.is_sorted_by_key(|table| table.block), "tables out of order");
        let (firsts, rows) = first_rows(&tables);
        let features: Vec<[usize; 5]> = tables
            .iter()
            .zip(&firsts)
            .flat_map(|(table, &first)| {
                table.columns.clone().map(move |column| [table.block, column, table.divisor, table.rows, first])
            })
            .collect();
        let starts: Vec<u32> =
            (0..=BLOCKS).map(|block| u32_from(features.partition_point(|feature| feature[0] < block))).collect();
        let longest = starts.windows(2).map(|pair| pair[1] - pair[0]).max();
        assert!(longest <= Some(u32_from(MAX_FEATURES)), "{longest:?} lookups of one event");
        let values: Vec<u32> = features.iter().flat_map(|feature| &feature[1..]).copied().map(u32_from).collect();
        let features = Tensor::from_slice(gpu, "features", [features.len(), 4], &values)?;
        let starts = Tensor::from_slice(gpu, "starts", [BLOCKS + 1], &starts)?;
        Ok(Self { tables, rows, features, starts })
    }
}
