//! Which rows of a stack of embedding tables an event chooses, by the numbers of its context.

use std::ops::Range;

use super::u32_from;
use crate::engine::gpu::{Gpu, Tensor};
use crate::engine::reference::random::uniform;
use crate::error::Result;

/// The text that chooses rows in shaders.
pub(crate) const LOOKUP_ROWS: &str = include_str!("../../../shaders/common/lookup_rows.wgsl");

/// How a number of the context chooses a row of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// The number, divided by this, modulo the rows.
    Number(usize),
    /// The number is a value + 1, or 0 for none: row 0 for none, else 65 + the value minus the number in
    /// this column.
    Difference(usize),
    /// The same of a number that is a value.
    ValueDifference(usize),
}

/// Row of a difference of 0.
const DIFFERENCE_CENTER: i32 = 65;

/// Rows of a table of differences: none, and -64 to 63; wider ones count as these.
pub const DIFFERENCE_ROWS: usize = 129;

/// What a number stands for from which differences are taken, where it is above 127: none.
const NO_REFERENCE: u32 = 60;

/// An embedding table. Each of `columns` chooses a row, and the sum of the rows is what it gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name in a state dict, without `.weight`.
    pub name: String,
    /// The block of the output that it adds to.
    pub block: usize,
    /// Number of rows.
    pub rows: usize,
    /// Columns of the context that choose a row.
    pub columns: Range<usize>,
    /// How they choose it.
    pub row: Row,
    /// Whether training drops some of the rows that events choose, anew in each step.
    pub dropped: bool,
}

impl Table {
    /// A table whose rows are the numbers of `columns`, never dropped.
    pub fn new(name: String, block: usize, rows: usize, columns: Range<usize>) -> Self {
        Self { name, block, rows, columns, row: Row::Number(1), dropped: false }
    }

    /// The rows that `context` chooses.
    pub fn chosen<'a>(&'a self, context: &'a [u32]) -> impl Iterator<Item = usize> + Clone + 'a {
        let difference = move |value: u32, from: usize| {
            let reference = if context[from] > 127 { NO_REFERENCE } else { context[from] };
            (DIFFERENCE_CENTER + (value as i32 - reference as i32).clamp(-64, 63)) as usize
        };
        self.columns.clone().map(move |column| match (self.row, context[column]) {
            (Row::Number(divisor), number) => number as usize / divisor % self.rows,
            (Row::Difference(_), 0) => 0,
            (Row::Difference(from), number) => difference(number - 1, from),
            (Row::ValueDifference(from), value) => difference(value, from),
        })
    }
}

/// The first row of each table when they lie one below the other, and the number of all rows.
pub fn first_rows(tables: &[Table]) -> (Vec<usize>, usize) {
    let mut end = 0;
    let mut firsts = Vec::with_capacity(tables.len());
    for table in tables {
        firsts.push(end);
        end += table.rows;
    }
    (firsts, end)
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

/// Tables on the device: which rows of a stack of tables a context chooses.
#[derive(Clone, Debug)]
pub struct Lookup {
    /// The tables, block by block.
    pub tables: Vec<Table>,
    /// Rows of all tables.
    pub rows: usize,
    /// Blocks of the output, some of them perhaps without a table.
    pub blocks: usize,
    /// [F, 6]: column, kind, divisor or column of the reference, rows, first row, whether it may be dropped; one for each column
    /// of each table.
    pub(crate) words: Vec<u32>,
    /// [blocks + 1]: the first feature of each block, and the end of the last.
    pub(crate) first_features: Vec<u32>,
    /// Both on the device.
    pub(super) features: Tensor<u32, 2>,
    pub(super) starts: Tensor<u32, 1>,
}

impl Lookup {
    /// Puts a list of tables on the device, those of one of the `blocks` side by side.
    ///
    /// # Panics
    /// If the tables are not in the order of their blocks, or one block has more than 64 columns.
    pub fn new(gpu: &Gpu, blocks: usize, tables: Vec<Table>) -> Result<Self> {
        assert!(tables.is_sorted_by_key(|table| table.block), "tables out of order");
        assert!(tables.iter().all(|table| table.block < blocks), "tables of more than {blocks} blocks");
        let (firsts, rows) = first_rows(&tables);
        let features: Vec<[usize; 7]> = tables
            .iter()
            .zip(&firsts)
            .flat_map(|(table, &first)| {
                let Table { block, rows, row, dropped, .. } = *table;
                let (kind, argument) = match row {
                    Row::Number(divisor) => (0, divisor),
                    Row::Difference(from) => (1, from),
                    Row::ValueDifference(from) => (2, from),
                };
                let dropped = usize::from(dropped);
                table.columns.clone().map(move |column| [block, column, kind, argument, rows, first, dropped])
            })
            .collect();
        let first_features: Vec<u32> =
            (0..=blocks).map(|block| u32_from(features.partition_point(|feature| feature[0] < block))).collect();
        let most = first_features.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0);
        assert!(most <= u32_from(MAX_LOOKUPS), "{most} lookups of one block");
        let words: Vec<u32> = features.iter().flat_map(|feature| &feature[1..]).copied().map(u32_from).collect();
        let features = Tensor::from_slice(gpu, "features", [features.len(), 6], &words)?;
        let starts = Tensor::from_slice(gpu, "starts", [blocks + 1], &first_features)?;
        Ok(Self { tables, rows, blocks, words, first_features, features, starts })
    }
}
