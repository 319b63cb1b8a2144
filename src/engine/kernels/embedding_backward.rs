//! The gradient of the embedding tables. Math and layout: `shaders/embedding_backward.wgsl`.

use super::lookup::{Lookup, LookupDropout, MAX_LOOKUPS};
use super::{grid_of, u32_from};
use crate::engine::gpu::{Family, Gpu, Kernel, KernelSource, Recorder, Tensor, Uniform as _, params};

params! { rows: u32, size: u32, probability: f32 }

pub(super) fn source(_: Family) -> KernelSource {
    KernelSource {
        name: "embedding_backward",
        parts: vec![include_str!("../../../shaders/embedding_backward.wgsl")],
        params: Params::FIELDS,
    }
}

/// The gradient of the embedding tables.
pub struct EmbeddingBackward(Kernel);

impl EmbeddingBackward {
    pub(super) fn new(gpu: &Gpu) -> Self {
        Self(Kernel::new(gpu, &source(gpu.family())))
    }

    /// dout: [T, B, n · E]; starts: [V + 1] and places, see [`gather_index`]; dweight: [V, E], written.
    /// `probability` is that of the look-up's dropout.
    #[track_caller]
    pub fn record(
        &self,
        recorder: &mut Recorder,
        dout: &Tensor<f32, 3>,
        starts: &Tensor<u32, 1>,
        places: &Tensor<u32, 1>,
        probability: f32,
        dweight: &Tensor<f32, 2>,
    ) {
        let [rows, size] = dweight.shape();
        starts.expect_shape([rows + 1]);
        let [seq_len, batch_size, stride] = dout.shape();
        assert!(stride.is_multiple_of(size), "{}: blocks of {size}", dout.label());
        assert!(seq_len * batch_size <= recorder.gpu().loop_budget(), "{}: too many events", dout.label());
        let params = Params { rows: u32_from(rows), size: u32_from(size), probability };
        let bindings =
            [("dout", dout.into()), ("starts", starts.into()), ("places", places.into()), ("dweight", dweight.into())];
        recorder.dispatch(&self.0, &params, grid_of(rows * size.div_ceil(8 * LANES) * LANES, 64), &bindings);
    }
}

/// What marks a place whose row is never dropped.
const NEVER_DROPPED: u32 = 1 << 31;

/// Invocations that share a row, each with 8 of 64 neighbouring values.
const LANES: usize = 8;

/// Places that the shader adds up each time round its loop.
const PLACES_AT_ONCE: usize = 8;

/// What `embedding_backward` goes by: the places of table row v are `places[starts[v]..starts[v + 1]]`, ascending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GatherIndex {
    /// `[V + 1]`.
    pub starts: Vec<u32>,
    /// The shader says what a place is.
    pub places: Vec<u32>,
}

/// Sorts places by the row that they chose, in their order; `rows` is the number of all rows.
pub fn gather_index(rows: usize, chosen: impl Iterator<Item = (usize, u32)>) -> GatherIndex {
    let mut starts = vec![0; rows + 1];
    let chosen: Vec<(usize, u32)> = chosen.inspect(|&(row, _)| starts[row + 1] += 1).collect();
    for row in 0..rows {
        starts[row + 1] += starts[row];
    }
    let mut next = starts.clone();
    let mut places = vec![0; *starts.last().expect("at least one") as usize];
    for (row, place) in chosen {
        places[next[row] as usize] = place;
        next[row] += 1;
    }
    GatherIndex { starts, places }
}

/// The rows that events chose of the tables of `lookup`, each with its place, without those that `dropout` drops in step
/// `counter`; `context` is `[R, columns]`.
///
/// # Panics
/// If a table has more than 8 columns.
pub fn chosen_rows<'a>(
    context: &'a [u32],
    columns: usize,
    lookup: &'a Lookup,
    dropout: LookupDropout,
    counter: u32,
) -> impl Iterator<Item = (usize, u32)> + 'a {
    let Lookup { tables, blocks, .. } = lookup;
    assert!(tables.iter().all(|table| table.columns.len() <= PLACES_AT_ONCE), "too many places of one row");
    let chosen = context.chunks_exact(columns).enumerate().flat_map(move |(event, context)| {
        let (mut first, mut block, mut lookups) = (0, 0, 0);
        tables.iter().flat_map(move |table| {
            if table.block > block {
                (block, lookups) = (table.block, 0);
            }
            let place = MAX_LOOKUPS * (blocks * event + block) + lookups;
            let first_row = first;
            first += table.rows;
            lookups += table.columns.len();
            let mark = if table.dropped { 0 } else { NEVER_DROPPED };
            table.chosen(context).zip(place..).map(move |(row, place)| (first_row + row, u32_from(place) | mark))
        })
    });
    chosen.filter(move |&(_, place)| place >= NEVER_DROPPED || dropout.keeps(counter, place))
}

/// The place of row `row` of `dout`, seen as `[R, E]`, where nothing is dropped.
pub(crate) fn plain_place(row: usize) -> u32 {
    u32_from(MAX_LOOKUPS * row) | NEVER_DROPPED
}
