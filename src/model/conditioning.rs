//! The conditioning of the network: which embedding tables an event chooses rows of, and by which numbers.
//!
//! The network predicts an event field by field, and each field is conditioned on those before it: by the chain rule the
//! probability of an event is the product of theirs. More follows from the events so far: the place
//! in the metre, the notes that sound, the last events. Supplied as inputs, it takes no capacity of the LSTM.
//!
//! All of it comes from the [context](crate::music::context) of an event. A row of a table is one of these numbers
//! ([`Row`]): divided, modulo the number of rows, as the tick within the beat is `position % 24` and the beat
//! `position / 24 % 12`; or a pitch as the interval from the last one, which is the same in every key.

use std::ops::Range;

use super::config::ModelConfig;
use crate::engine::kernels::{DIFFERENCE_ROWS, Row, Table};
use crate::music::context::{
    CHORD, CHORD_PLACES, ENDED, LAST, LAST_EVENTS, MAX_REMAINING, NEXT, POSITIONS, RECENT_NOTES, SOUNDING, TOGETHER,
    VOICES, last_column, next_column, recent_column,
};
use crate::music::events::Field;
use crate::music::midi::TICKS_PER_BEAT;

/// The column from whose pitch intervals are taken.
const LAST_PITCH: usize = 1;

/// Beats after which the metre starts over: whole bars of two, three, four and six beats fit in.
const METRE_BEATS: usize = 12;

/// Tables that make the inputs of the streams, in their order: each the embedding of its field of the last event. The stream
/// of the offsets, which counts time, has the metre too, that of the pitches the last interval.
pub fn input_tables(config: &ModelConfig) -> Vec<Table> {
    let mut tables = Vec::new();
    for (block, field) in config.streams() {
        let (name, column) = (format!("embedding_{}", field.name()), last_column(field));
        let head = config.fields.iter().position(|&other| other == field).expect("a field of the network");
        tables.push(Table::new(name, block, config.input_vocab_sizes[head], column..column + 1));
        if config.metre && field == Field::Offset {
            tables.extend(metre_tables("embedding", block, POSITIONS[0]));
        }
        if config.relative && field == Field::Pitch {
            tables.push(interval_table("embedding_note_interval", block, LAST_NOTES.start + 1..LAST_NOTES.start + 2));
        }
    }
    tables
}

/// Tables that add to the hidden layers of the heads, in their order: the fields of the event drawn before, the place in the
/// metre, the chord, and the last events. As long as the offset is unknown, metre and chord are those of the last event.
pub fn condition_tables(config: &ModelConfig) -> Vec<Table> {
    let mut tables = Vec::new();
    for (block, field) in config.fields() {
        let prefix = format!("condition_{}", field.name());
        for (before, drawn) in config.fields().take(block) {
            let (name, column) = (format!("{prefix}_{}", drawn.name()), next_column(drawn));
            tables.push(Table::new(name, block, config.output_vocab_sizes[before], column..column + 1));
        }
        if config.relative && matches!(field, Field::Duration | Field::Velocity) {
            let interval = interval_table(&format!("{prefix}_interval"), block, NEXT + 1..NEXT + 2);
            tables.push(Table { row: Row::ValueDifference(LAST_PITCH), ..interval });
        }
        if config.metre {
            tables.extend(metre_tables(&prefix, block, POSITIONS[usize::from(field != Field::Offset)]));
        }
        if config.chord {
            tables.extend(chord_tables(config, &prefix, block, field));
        }
        if config.last {
            tables.extend(last_tables(config, &prefix, block, field));
        }
    }
    tables
}

/// Columns of the last pitches.
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
/// have begun together; the head of the pitches on which ones sound, with relative pitch as intervals too.
fn chord_tables(config: &ModelConfig, prefix: &str, block: usize, field: Field) -> Vec<Table> {
    let counts = if field == Field::Offset { CHORD } else { CHORD + 2 };
    let table =
        |name: &str, rows: usize, columns: Range<usize>| Table::new(format!("{prefix}_{name}"), block, rows, columns);
    let mut tables = vec![
        table("remaining", MAX_REMAINING + 1, counts..counts + 1),
        table("polyphony", RECENT_NOTES + 1, counts + 1..counts + 2),
    ];
    if field == Field::Offset {
        tables.push(table("together", CHORD_PLACES, TOGETHER..TOGETHER + 1));
    }
    if field == Field::Pitch {
        let pitches = config.output_vocab_sizes[block] + 1;
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

/// Each head has its own field of the last events, that of the offsets the durations too: a table for each event, so that
/// their order counts. With relative pitch, notes before the last one are intervals from it too. A network memorises such
/// passages, unless some of them are dropped.
fn last_tables(config: &ModelConfig, prefix: &str, block: usize, field: Field) -> Vec<Table> {
    let with_durations = |other: &(usize, Field)| field == Field::Offset && other.1 == Field::Duration;
    let mut tables = Vec::new();
    for (head, field) in std::iter::once((block, field)).chain(config.fields().filter(with_durations)) {
        let rows = config.output_vocab_sizes[head] + 1;
        tables.extend((0..LAST_EVENTS).map(|age| {
            let (name, column) = (format!("{prefix}_last_{}_{age}", field.name()), recent_column(field) + age);
            // Velocity has no stream: its last values are all that its head has of them.
            Table { dropped: field != Field::Velocity, ..Table::new(name, block, rows, column..column + 1) }
        }));
    }
    if config.relative && field == Field::Pitch {
        tables.extend((1..LAST_EVENTS).map(|age| {
            let (name, column) = (format!("{prefix}_last_interval_{age}"), LAST_NOTES.start + age);
            Table { dropped: true, ..interval_table(&name, block, column..column + 1) }
        }));
    }
    tables
}
