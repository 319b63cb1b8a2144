//! The conditioning of the network: which embedding tables an event chooses rows of, and by which numbers.
//!
//! The network predicts an event in three draws, offset, note, duration, and each is conditioned on those before it: by
//! the chain rule the probability of an event is the product of the three. More follows from the events so far: the place
//! in the metre, the notes that sound, the last events. Supplied as inputs, it takes no capacity of the LSTM.
//!
//! All of it comes from the [context](crate::music::context) of an event. A row of a table is one of these numbers
//! ([`Row`]): divided, modulo the number of rows, as the tick within the beat is `position % 24` and the beat
//! `position / 24 % 12`; or a pitch as the interval from the last one, which is the same in every key.

use std::ops::Range;

use super::config::{ModelConfig, STREAMS};
use crate::engine::kernels::{DIFFERENCE_ROWS, Row, Table};
use crate::music::context::{
    CHORD, CHORD_PLACES, ENDED, LAST, LAST_EVENTS, MAX_REMAINING, NEXT, POSITIONS, RECENT_NOTES, SOUNDING, TOGETHER,
    VOICES,
};
use crate::music::midi::TICKS_PER_BEAT;

/// The column from whose pitch intervals are taken.
const LAST_PITCH: usize = 1;

/// Beats after which the metre starts over: whole bars of two, three, four and six beats fit in.
const METRE_BEATS: usize = 12;

/// Tables that make the inputs of the three streams, in the order of the streams: each the embedding of its part of the
/// last event. The stream of the offsets, which counts time, has the metre too, that of the notes the last interval.
pub fn input_tables(config: &ModelConfig) -> Vec<Table> {
    let mut tables = Vec::new();
    for (block, (name, rows)) in STREAMS.iter().zip(config.input_vocab_sizes).enumerate() {
        tables.push(Table::new(format!("embedding_{name}"), block, rows, block..block + 1));
        if config.metre && block == 0 {
            tables.extend(metre_tables("embedding", block, POSITIONS[0]));
        }
        if config.relative && block == 1 {
            tables.push(interval_table("embedding_note_interval", block, LAST_NOTES.start + 1..LAST_NOTES.start + 2));
        }
    }
    tables
}

/// Tables that add to the hidden layers of the heads, in the order of the heads: the fields of the event drawn before, the
/// place in the metre, the chord, and the last events. As long as the offset is unknown, metre and
/// chord are those of the last event.
pub fn condition_tables(config: &ModelConfig) -> Vec<Table> {
    let mut tables = Vec::new();
    for (block, name) in STREAMS.iter().enumerate() {
        let prefix = format!("condition_{name}");
        for (part, rows) in config.output_vocab_sizes.into_iter().enumerate().take(block) {
            tables.push(Table::new(format!("{prefix}_{}", STREAMS[part]), block, rows, NEXT + part..NEXT + part + 1));
        }
        if config.relative && block == 2 {
            let interval = interval_table(&format!("{prefix}_interval"), block, NEXT + 1..NEXT + 2);
            tables.push(Table { row: Row::ValueDifference(LAST_PITCH), ..interval });
        }
        if config.metre {
            tables.extend(metre_tables(&prefix, block, POSITIONS[usize::from(block > 0)]));
        }
        if config.chord {
            tables.extend(chord_tables(config, &prefix, block));
        }
        if config.last {
            tables.extend(last_tables(config, &prefix, block));
        }
    }
    tables
}

/// Columns of the last notes.
const LAST_NOTES: Range<usize> = LAST + LAST_EVENTS..LAST + 2 * LAST_EVENTS;

fn interval_table(name: &str, block: usize, columns: Range<usize>) -> Table {
    Table { row: Row::Difference(LAST_PITCH), ..Table::new(name.into(), block, DIFFERENCE_ROWS, columns) }
}

fn metre_tables(prefix: &str, block: usize, column: usize) -> [Table; 2] {
    let ticks = TICKS_PER_BEAT as usize;
    let beat = Table::new(format!("{prefix}_beat"), block, METRE_BEATS, column..column + 1);
    [Table::new(format!("{prefix}_tick"), block, ticks, column..column + 1), Table { row: Row::Number(ticks), ..beat }]
}

/// All heads are conditioned on how many notes sound and how long the first of them lasts; the head of the offsets on how many
/// have begun together; the head of the notes on which ones sound, with relative pitch as intervals too.
fn chord_tables(config: &ModelConfig, prefix: &str, block: usize) -> Vec<Table> {
    let counts = if block > 0 { CHORD + 2 } else { CHORD };
    let table =
        |name: &str, rows: usize, columns: Range<usize>| Table::new(format!("{prefix}_{name}"), block, rows, columns);
    let mut tables = vec![
        table("remaining", MAX_REMAINING + 1, counts..counts + 1),
        table("polyphony", RECENT_NOTES + 1, counts + 1..counts + 2),
    ];
    if block == 0 {
        tables.push(table("together", CHORD_PLACES, TOGETHER..TOGETHER + 1));
    }
    if block == 1 {
        let pitches = config.output_vocab_sizes[1] + 1;
        tables.push(table("sounding", pitches, SOUNDING..ENDED));
        tables.push(table("ended", pitches, ENDED..LAST));
        if config.relative {
            tables.push(interval_table(&format!("{prefix}_sounding_interval"), block, SOUNDING..ENDED));
            tables.push(interval_table(&format!("{prefix}_ended_interval"), block, ENDED..LAST));
            tables.push(table("place", CHORD_PLACES, VOICES + 3..VOICES + 4));
        }
    }
    tables
}

/// Each head has its own part of the last events, that of the offsets the durations too: a table for each event, so that
/// their order counts. With relative pitch, notes before the last one are intervals from it too. A network learns such
/// passages by heart, unless some of them are dropped.
fn last_tables(config: &ModelConfig, prefix: &str, block: usize) -> Vec<Table> {
    let parts: &[usize] = if block == 0 { &[0, 2] } else { &[block] };
    let column = |part: usize, age: usize| LAST + LAST_EVENTS * part + age..LAST + LAST_EVENTS * part + age + 1;
    let mut tables = Vec::new();
    for &part in parts {
        let rows = config.output_vocab_sizes[part] + 1;
        tables.extend((0..LAST_EVENTS).map(|age| {
            let name = format!("{prefix}_last_{}_{age}", STREAMS[part]);
            Table { dropped: true, ..Table::new(name, block, rows, column(part, age)) }
        }));
    }
    if config.relative && block == 1 {
        tables.extend((1..LAST_EVENTS).map(|age| {
            let name = format!("{prefix}_last_interval_{age}");
            Table { dropped: true, ..interval_table(&name, block, column(1, age)) }
        }));
    }
    tables
}
