//! What goes in: one batch on the device, in one buffer, so that a step uploads once.

use crate::engine::gpu::{Gpu, Tensor};
use crate::engine::kernels::{GatherIndex, Lookup};
use crate::error::Result;
use crate::music::candidates::CANDIDATE_COLUMNS;
use crate::music::context::CONTEXT_SIZE;
use crate::music::dataset::Batch;
use crate::music::events::FIELDS;

/// Parts of a buffer that are bound alone begin at multiples of this many elements.
const PART: usize = 64;

/// One batch, and what the gradients of tables need.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// [T, B, 73], see [`crate::music::context`].
    pub context: Tensor<u32, 3>,
    /// [T, B, 48], see [`crate::music::candidates`].
    pub candidates: Tensor<u32, 3>,
    /// [T, B, F] classes of each of [`Field::ALL`](crate::music::events::Field::ALL), or [`IGNORE`](crate::engine::kernels::IGNORE).
    pub targets: Tensor<u32, 3>,
    /// [T, B], 1 where a song begins.
    pub reset: Tensor<u32, 2>,
    /// Which events, or candidates, chose the rows of each stack of tables.
    pub gathers: Vec<Gather>,
    /// All of it. The places come last, since their number differs from batch to batch.
    all: Tensor<u32, 1>,
}

/// A stack of tables whose gradient is gathered, see [`GatherIndex`].
#[derive(Clone, Debug)]
pub struct Gather {
    /// [V + 1]
    pub starts: Tensor<u32, 1>,
    /// The places of all stacks; `starts` counts from the first of them.
    pub places: Tensor<u32, 1>,
    /// The most places that a batch may have of this stack.
    pub most: usize,
}

/// How large a stack of tables is.
#[derive(Clone, Copy, Debug)]
pub struct GatherSize {
    /// V, the rows of its tables.
    pub rows: usize,
    /// The most places that a batch may have.
    pub most: usize,
}

impl GatherSize {
    /// That of the tables of `lookup` for `events` events.
    pub fn of_lookup(lookup: &Lookup, events: usize) -> Self {
        let columns: usize = lookup.tables.iter().map(|table| table.columns.len()).sum();
        Self { rows: lookup.rows, most: columns * events }
    }
}

impl Inputs {
    /// Allocates a batch of `seq_len` steps, with the index of as many stacks of tables as there are `sizes`.
    pub fn new(gpu: &Gpu, seq_len: usize, batch_size: usize, sizes: &[GatherSize]) -> Result<Self> {
        let rows = seq_len * batch_size;
        let mut end = 0;
        let mut place = |len: usize| {
            let at = end;
            end = (at + len).next_multiple_of(PART);
            at
        };
        let [context, candidates, targets, reset] =
            [CONTEXT_SIZE, CANDIDATE_COLUMNS, FIELDS, 1].map(|columns| place(columns * rows));
        let starts: Vec<usize> = sizes.iter().map(|size| place(size.rows + 1)).collect();
        let most = sizes.iter().map(|size| size.most).sum::<usize>().max(1);
        let places = place(most);
        let all = Tensor::zeros(gpu, "inputs", [end])?;
        let gather = |(size, &at): (&GatherSize, &usize)| Gather {
            starts: all.slice("starts", at, [size.rows + 1]),
            places: all.slice("places", places, [most]),
            most: size.most,
        };
        Ok(Self {
            context: all.slice("context", context, [seq_len, batch_size, CONTEXT_SIZE]),
            candidates: all.slice("candidates", candidates, [seq_len, batch_size, CANDIDATE_COLUMNS]),
            targets: all.slice("targets", targets, [seq_len, batch_size, FIELDS]),
            reset: all.slice("reset", reset, [seq_len, batch_size]),
            gathers: sizes.iter().zip(&starts).map(gather).collect(),
            all,
        })
    }

    /// Queues the upload of a batch, its context, and the index of each stack of tables.
    ///
    /// # Panics
    /// If the sizes are not those of [`Inputs::new`].
    pub fn write(&self, gpu: &Gpu, batch: &Batch, context: &[u32], indices: &[GatherIndex]) {
        assert_eq!(indices.len(), self.gathers.len(), "stacks of tables");
        let first_place = self.gathers.first().map_or(self.all.len(), |gather| gather.places.offset - self.all.offset);
        let mut words = vec![0; first_place];
        let mut put = |offset: usize, len: usize, values: &[u32]| {
            assert_eq!(values.len(), len, "a part of the inputs");
            words[offset - self.all.offset..][..len].copy_from_slice(values);
        };
        put(self.context.offset, self.context.len(), context);
        put(self.candidates.offset, self.candidates.len(), &batch.candidates);
        put(self.targets.offset, self.targets.len(), &batch.targets);
        put(self.reset.offset, self.reset.len(), &batch.reset);
        let mut first = 0;
        for (gather, index) in self.gathers.iter().zip(indices) {
            let starts: Vec<u32> = index.starts.iter().map(|start| first + start).collect();
            put(gather.starts.offset, gather.starts.len(), &starts);
            first += index.places.len() as u32;
        }
        indices.iter().for_each(|index| words.extend_from_slice(&index.places));
        self.all.write_first(gpu, &words);
    }
}
