//! The conditioning of the network: which embedding tables an event chooses rows of, and by which numbers.
//!
//! The network predicts an event in three draws, offset, note, duration, and each is conditioned on those before it: by
//! the chain rule the probability of an event is the product of the three. More follows from the events so far: the place
//! in the metre, the notes that sound, the last events. Supplied as inputs, it takes no capacity of the LSTM.
//!
//! All of it comes from the context of an event, [`CONTEXT_SIZE`] numbers:
//!
//! | columns | what they hold |
//! |---|---|
//! | 0 to 3 | offset, note, duration and position of the last event; positions are in grid ticks from the beginning |
//! | 4 to 7 | the same of the event to predict, as far as it is known |
//! | 8, 9 | of the notes that sound after the last event: ticks until the first ends, and how many there are |
//! | 10, 11 | the same where the event to predict begins |
//! | 12 to 17 | pitches + 1 of the notes that sound there, latest first; 0 for none |
//! | 18 to 23 | pitches + 1 of the notes that ended since the onset before: the chord that it follows |
//! | 24 to 31 | offsets + 1 of the last 8 events, latest first; 0 before the piece |
//! | 32 to 39 | their notes + 1 |
//! | 40 to 47 | their durations + 1 |
//! | 48, 49 | lowest and highest pitch + 1 that sound where the event to predict begins; 0 for none |
//! | 50 | pitch + 1 of the note that has the place of this one in the chord of the onset before, or the last place |
//! | 51 | that place: how many notes have begun with this one so far |
//! | 52 | how many notes have begun with the last one, itself among them |
//!
//! A row of a table is one of these numbers ([`Row`]): divided, modulo the number of rows, as the tick within the beat is
//! `position % 24` and the beat `position / 24 % 12`; or a pitch as the interval from the last one, which is the same in
//! every key.

use std::ops::Range;

use crate::config::{ModelConfig, STREAMS};
use crate::music::midi::TICKS_PER_BEAT;

/// The first column of the event to predict.
pub const NEXT: usize = 4;

/// The columns of the positions: of the last event, and of the event to predict.
pub const POSITIONS: [usize; 2] = [3, 7];

/// The first column that comes from the notes before; 10 to 23 and 48 to 51 need the offset of the event, too.
pub const HISTORY: usize = 8;

/// Where a context says how many notes sound and until when.
pub const CHORD: usize = HISTORY;

/// Where it has the pitches that sound.
pub const SOUNDING: usize = 12;

/// Where it has the pitches that have ended.
pub const ENDED: usize = SOUNDING + CHORD_SLOTS;

/// Where it has the last offsets, then the last notes, then the last durations.
pub const LAST: usize = ENDED + CHORD_SLOTS;

/// Where it has the lowest and the highest pitch that sound, the pitch of the same place in the chord before, and the place.
pub const VOICES: usize = LAST + 3 * LAST_EVENTS;

/// Where it says how many notes have begun with the last one.
pub const TOGETHER: usize = VOICES + 4;

/// Numbers in a context.
pub const CONTEXT_SIZE: usize = TOGETHER + 1;

/// Numbers from [`HISTORY`] on.
pub const HISTORY_SIZE: usize = CONTEXT_SIZE - HISTORY;

/// Notes that sound, and notes that have ended, that find a place.
pub const CHORD_SLOTS: usize = 6;

/// Events that the heads are conditioned on one by one.
pub const LAST_EVENTS: usize = 8;

/// The lookback window in notes for what sounds.
pub const RECENT_NOTES: usize = 32;

/// Places in a chord that have a row of their own.
pub const CHORD_PLACES: usize = 16;

/// The longest remaining duration with a row of its own, in ticks.
pub const MAX_REMAINING: usize = 96;

/// Beats after which the metre starts over: whole bars of two, three, four and six beats fit in.
const METRE_BEATS: usize = 12;

/// How a number of the context chooses a row of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// The number, divided by this, modulo the rows.
    Number(usize),
    /// The number is a pitch + 1, or 0 for none: row 0 for none, else [`INTERVAL_CENTER`] + the interval from the last pitch.
    Interval,
    /// The same of a number that is a pitch.
    PitchInterval,
}

/// Row of an interval of 0 in a table of intervals.
pub const INTERVAL_CENTER: i32 = 65;

/// Rows of a table of intervals: none, and -64 to 63 semitones; wider ones count as these.
pub const INTERVAL_ROWS: usize = 129;

/// The pitch that stands for the last one where the piece begins.
const FIRST_PITCH: u32 = 60;

/// An embedding table of the network. Each of `columns` chooses a row, and the sum of the rows is what it gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name in a state dict, without `.weight`.
    pub name: String,
    /// The stream whose input it adds to, or the head whose hidden layer.
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
    fn new(name: String, block: usize, rows: usize, columns: Range<usize>) -> Self {
        Self { name, block, rows, columns, row: Row::Number(1), dropped: false }
    }

    /// The rows that `context` chooses.
    pub fn chosen<'a>(&'a self, context: &'a [u32]) -> impl Iterator<Item = usize> + Clone + 'a {
        let last = if context[1] > 127 { FIRST_PITCH } else { context[1] };
        let interval = move |pitch: u32| (INTERVAL_CENTER + (pitch as i32 - last as i32).clamp(-64, 63)) as usize;
        self.columns.clone().map(move |column| match (self.row, context[column]) {
            (Row::Number(divisor), number) => number as usize / divisor % self.rows,
            (Row::Interval, 0) => 0,
            (Row::Interval, number) => interval(number - 1),
            (Row::PitchInterval, pitch) => interval(pitch),
        })
    }
}

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
            tables.push(Table { row: Row::PitchInterval, ..interval });
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
    Table { row: Row::Interval, ..Table::new(name.into(), block, INTERVAL_ROWS, columns) }
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
