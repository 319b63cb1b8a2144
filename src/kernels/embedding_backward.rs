//! The gradient of the embedding tables. Math and layout: `shaders/embedding_backward.wgsl`.

use super::embedding_forward::{LookupDropout, MAX_LOOKUPS};
use super::variants::RANDOM;
use super::{grid_of, u32_from};
use crate::features::{CONTEXT_SIZE, Table, first_rows};
use crate::gpu::{
    DispatchId, Family, Gpu, Kernel, KernelSource, MAX_LOOP_ITERATIONS, Recorder, Tensor, Uniform as _, params,
};

params! { rows: u32, size: u32, probability: f32, seed: u32, counter: u32 }

pub(super) fn source(_: Family) -> KernelSource {
    KernelSource {
        name: "embedding_backward",
        parts: vec![include_str!("../../shaders/embedding_backward.wgsl"), RANDOM],
        params: Params::FIELDS,
    }
}

/// The gradient of the embedding tables.
pub struct EmbeddingBackward(Kernel);

impl EmbeddingBackward {
    pub(super) fn new(gpu: &Gpu) -> Self {
        Self(Kernel::new(gpu, &source(gpu.family())))
    }

    /// dout: [T, B, 3E]; starts: [V + 1] and places, see [`sort_places`]; dweight: [V, E], written.
    /// `dropout` is that of the look-up, and the counter is set as there.
    #[track_caller]
    pub fn record(
        &self,
        recorder: &mut Recorder,
        dout: &Tensor<f32, 3>,
        starts: &Tensor<u32, 1>,
        places: &Tensor<u32, 1>,
        dropout: LookupDropout,
        dweight: &Tensor<f32, 2>,
    ) -> DispatchId {
        let [rows, size] = dweight.shape();
        starts.expect_shape([rows + 1]);
        let [seq_len, batch_size, stride] = dout.shape();
        assert_eq!(stride, 3 * size, "{}: three blocks of {size}", dout.label());
        assert!(seq_len * batch_size <= MAX_LOOP_ITERATIONS, "{}: too many events", dout.label());
        let LookupDropout { probability, seed } = dropout;
        let params = Params { rows: u32_from(rows), size: u32_from(size), probability, seed, counter: 0 };
        let bindings =
            [("dout", dout.into()), ("starts", starts.into()), ("places", places.into()), ("dweight", dweight.into())];
        recorder.dispatch(&self.0, &params, grid_of(rows * size.div_ceil(8 * LANES) * LANES, LANES), &bindings)
    }
}

/// What marks a place whose row is never dropped.
const NEVER_DROPPED: u32 = 1 << 31;

/// Invocations of a workgroup, each with 8 of 64 neighbouring values of a row.
const LANES: usize = 8;

/// Places that the shader adds up each time round its loop.
const PLACES_AT_ONCE: usize = 8;

/// Sorts for `embedding_backward`: the places of table row v are `places[starts[v]..starts[v + 1]]`, ascending. What a place
/// is the shader says.
///
/// `context` is `[R, 64]`; the tables lie one below the other.
///
/// # Panics
/// If a table has more than 8 columns.
pub fn sort_places(context: &[u32], tables: &[Table]) -> (Vec<u32>, Vec<u32>) {
    assert!(tables.iter().all(|table| table.columns.len() <= PLACES_AT_ONCE), "too many places of one row");
    let (firsts, rows) = first_rows(tables);
    let chosen = || {
        context.chunks_exact(CONTEXT_SIZE).enumerate().flat_map(|(event, context)| {
            let mut lookups = [0; 3];
            tables.iter().zip(&firsts).flat_map(move |(table, first)| {
                let place = MAX_LOOKUPS * (3 * event + table.block) + lookups[table.block];
                lookups[table.block] += table.columns.len();
                let mark = if table.dropped { 0 } else { NEVER_DROPPED };
                table.chosen(context).zip(place..).map(move |(row, place)| (first + row, u32_from(place) | mark))
            })
        })
    };
    let mut starts = vec![0; rows + 1];
    for (row, _) in chosen() {
        starts[row + 1] += 1;
    }
    for row in 0..rows {
        starts[row + 1] += starts[row];
    }
    let mut next = starts.clone();
    let mut places = vec![0; *starts.last().expect("at least one") as usize];
    for (row, place) in chosen() {
        places[next[row] as usize] = place;
        next[row] += 1;
    }
    (starts, places)
}
