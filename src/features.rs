//! What is looked up for an event: one embedding table for each thing that is known when the network needs it.
//!
//! The network predicts an event in three draws, offset, note, duration, and each may know those before it: by the chain
//! rule the probability of an event is the product of the three, so nothing is lost by drawing one at a time, and the
//! duration can fit the note. The other thing that is known is the place in the metre, which follows from the offsets.
//!
//! All of it comes from the context of an event, [`CONTEXT_SIZE`] numbers. A [`Feature`] is one of them, divided, modulo
//! the number of rows of its table: the tick within the beat is `position % 24`, the beat `position / 24 % 12`.

use crate::config::{ModelConfig, STREAMS};
use crate::midi::TICKS_PER_BEAT;

/// Numbers in a context: offset, note, duration and position of the event heard last, then the same of the event to
/// predict, as far as they are known. Positions are in grid ticks from the beginning of the piece.
pub const CONTEXT_SIZE: usize = 8;

/// Where a context has its positions: of the event heard last, and of the event to predict.
pub const POSITIONS: [usize; 2] = [3, 7];

/// Where the event to predict begins in a context.
pub const NEXT: usize = 4;

/// Beats after which the metre starts over: whole bars of two, three, four and six beats fit in.
pub const METRE_BEATS: usize = 12;

/// One number of a context as row of a table: `context[column] / divisor % rows`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Feature {
    /// Place in the context.
    pub column: usize,
    /// What it is divided by.
    pub divisor: usize,
    /// Rows of the table.
    pub rows: usize,
}

impl Feature {
    /// The row that `context` chooses.
    pub fn row(&self, context: &[u32]) -> usize {
        context[self.column] as usize / self.divisor % self.rows
    }
}

/// An embedding table of the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name in a state dict, without `.weight`.
    pub name: String,
    /// The stream whose input it adds to, or the head whose hidden layer.
    pub block: usize,
    /// What its rows stand for.
    pub feature: Feature,
}

/// Tables that make the inputs of the three streams, in the order of the streams. The stream of the offsets, the one
/// that counts time, also hears the place in the metre.
pub fn input_tables(config: &ModelConfig) -> Vec<Table> {
    let mut tables = Vec::new();
    for (block, (name, rows)) in STREAMS.iter().zip(config.input_vocab_sizes).enumerate() {
        let feature = Feature { column: block, divisor: 1, rows };
        tables.push(Table { name: format!("embedding_{name}"), block, feature });
        if config.metre && block == 0 {
            tables.extend(metre_tables("embedding", block, POSITIONS[0]));
        }
    }
    tables
}

/// Tables that add to the hidden layers of the heads what is known of the event to predict, in the order of the heads:
/// the parts drawn before, and the place in the metre (of the event heard last as long as the offset is unknown).
pub fn condition_tables(config: &ModelConfig) -> Vec<Table> {
    let mut tables = Vec::new();
    for (block, name) in STREAMS.iter().enumerate() {
        let prefix = format!("condition_{name}");
        let known = if config.chained_heads { block } else { 0 };
        for (part, rows) in config.output_vocab_sizes.into_iter().enumerate().take(known) {
            let feature = Feature { column: NEXT + part, divisor: 1, rows };
            tables.push(Table { name: format!("{prefix}_{}", STREAMS[part]), block, feature });
        }
        if config.metre {
            tables.extend(metre_tables(&prefix, block, POSITIONS[usize::from(known > 0)]));
        }
    }
    tables
}

fn metre_tables(prefix: &str, block: usize, column: usize) -> [Table; 2] {
    let ticks = TICKS_PER_BEAT as usize;
    let tick = Feature { column, divisor: 1, rows: ticks };
    let beat = Feature { column, divisor: ticks, rows: METRE_BEATS };
    [("tick", tick), ("beat", beat)].map(|(name, feature)| Table { name: format!("{prefix}_{name}"), block, feature })
}

/// The first row of each table when they lie one below the other, and the number of all rows.
pub fn first_rows(tables: &[Table]) -> (Vec<usize>, usize) {
    let mut end = 0;
    let mut firsts = Vec::with_capacity(tables.len());
    for table in tables {
        firsts.push(end);
        end += table.feature.rows;
    }
    (firsts, end)
}
