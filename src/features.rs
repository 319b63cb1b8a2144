//! What is looked up for an event: embedding tables, chosen by what is known when the network needs it.
//!
//! The network predicts an event in three draws, offset, note, duration, and each may know those before it: by the chain
//! rule the probability of an event is the product of the three, so nothing is lost by drawing one at a time, and the
//! duration can fit the note. More follows from the events so far: the place in the metre, the chord that sounds, the
//! scale, the last events, and what followed when these were played before. A network could keep some of it in its memory;
//! told outright, it need not learn to. The last it could not: music repeats itself word for word over hundreds of notes.
//!
//! All of it comes from the context of an event, [`CONTEXT_SIZE`] numbers:
//!
//! | columns | what they hold |
//! |---|---|
//! | 0 to 3 | offset, note, duration and position of the event heard last; positions are in grid ticks from the beginning |
//! | 4 to 7 | the same of the event to predict, as far as it is known |
//! | 8, 9 | of the notes that sound after the event heard: ticks until the first ends, and how many there are |
//! | 10, 11 | the same where the event to predict begins |
//! | 12 to 17 | pitches + 1 of the notes that sound there, latest first; 0 for none |
//! | 18 to 23 | pitches + 1 of the notes that ended since the onset before: the chord that it follows |
//! | 24 to 35 | of the last 32 notes, how many have each pitch class, C first: the scale they are in |
//! | 36 to 43 | offsets + 1 of the last 8 events, latest first; 0 before the piece |
//! | 44 to 51 | their notes + 1 |
//! | 52 to 59 | their durations + 1 |
//! | 60 to 62 | offset, note and duration that followed the longest passage that the piece now repeats, see [`recall_columns`] |
//! | 63 | how long that passage is, and how many whole rounds it has come again: a figure will not go on forever |
//!
//! A row of a table is one of these numbers, divided, modulo the number of rows: the tick within the beat is
//! `position % 24`, the beat `position / 24 % 12`.

use std::ops::Range;

use crate::config::{ModelConfig, STREAMS};
use crate::midi::TICKS_PER_BEAT;

/// Where the event to predict begins in a context.
pub const NEXT: usize = 4;

/// Where a context has its positions: of the event heard last, and of the event to predict.
pub const POSITIONS: [usize; 2] = [3, 7];

/// The first column that comes from the notes heard; 10 to 23 need the offset of the event to predict, too.
pub const HEARD: usize = 8;

/// Where a context says how many notes sound and until when.
pub const CHORD: usize = HEARD;

/// Where it has the pitches that sound.
pub const SOUNDING: usize = 12;

/// Where it has the pitches that have ended.
pub const ENDED: usize = SOUNDING + CHORD_SLOTS;

/// Where it has the counts of the pitch classes.
pub const SCALE: usize = ENDED + CHORD_SLOTS;

/// Where it has the last offsets, then the last notes, then the last durations.
pub const LAST: usize = SCALE + PITCH_CLASSES;

/// Where it has the event that followed the passage that is being repeated.
pub const RECALL: usize = LAST + 3 * LAST_EVENTS;

/// Numbers in a context.
pub const CONTEXT_SIZE: usize = RECALL + 4;

/// Numbers from [`HEARD`] on.
pub const HEARD_SIZE: usize = CONTEXT_SIZE - HEARD;

/// Notes that sound, and notes that have ended, that find a place.
pub const CHORD_SLOTS: usize = 6;

/// Pitch classes of an octave.
pub const PITCH_CLASSES: usize = 12;

/// Events that the heads are told one by one.
pub const LAST_EVENTS: usize = 8;

/// Notes before an event among which those that sound are sought, and which make the scale.
pub const RECENT_NOTES: usize = 32;

/// Events of a piece, its last ones, among which a passage that is being repeated is sought.
pub const RECALL_EVENTS: usize = 4096;

/// Lengths in intervals from which a passage counts as longer: the longer it is, the surer it goes on as it did. A file of a
/// model does not say what these and [`RECALL_ROUNDS`] were, so whoever changes them has to name the tables anew.
pub const RECALL_LENGTHS: [u32; 8] = [1, 2, 3, 4, 6, 10, 20, 50];

/// Rounds in a row from which a figure counts as played more often; in the first class it has not come again as a whole.
pub const RECALL_ROUNDS: [u32; 8] = [0, 1, 2, 3, 4, 6, 10, 16];

/// Notes are said to end after this many ticks if they end later.
pub const MAX_REMAINING: usize = 96;

/// Beats after which the metre starts over: whole bars of two, three, four and six beats fit in.
const METRE_BEATS: usize = 12;

/// An embedding table of the network. Each of `columns` chooses a row, and the sum of the rows is what it gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name in a state dict, without `.weight`.
    pub name: String,
    /// The stream whose input it adds to, or the head whose hidden layer.
    pub block: usize,
    /// Number of rows.
    pub rows: usize,
    /// Numbers of the context that choose a row: `context[column] / divisor % rows`.
    pub columns: Range<usize>,
    /// What they are divided by.
    pub divisor: usize,
    /// Whether training drops some of the rows that events choose, anew in each step.
    pub dropped: bool,
}

impl Table {
    fn new(name: String, block: usize, rows: usize, columns: Range<usize>) -> Self {
        Self { name, block, rows, columns, divisor: 1, dropped: false }
    }

    /// The rows that `context` chooses.
    pub fn chosen(&self, context: &[u32]) -> impl Iterator<Item = usize> {
        context[self.columns.clone()].iter().map(|&number| number as usize / self.divisor % self.rows)
    }
}

/// Tables that make the inputs of the three streams, in the order of the streams. The stream of the offsets, the one
/// that counts time, also hears the place in the metre.
pub fn input_tables(config: &ModelConfig) -> Vec<Table> {
    let mut tables = Vec::new();
    for (block, (name, rows)) in STREAMS.iter().zip(config.input_vocab_sizes).enumerate() {
        tables.push(Table::new(format!("embedding_{name}"), block, rows, block..block + 1));
        if config.metre && block == 0 {
            tables.extend(metre_tables("embedding", block, POSITIONS[0]));
        }
    }
    tables
}

/// Tables that add to the hidden layers of the heads what is known of the event to predict, in the order of the heads:
/// the parts drawn before, the place in the metre, the chord, for the notes the scale, the last events, and what followed
/// them before. As long as the offset is unknown, metre and chord are those of the event heard last.
pub fn condition_tables(config: &ModelConfig) -> Vec<Table> {
    let mut tables = Vec::new();
    for (block, name) in STREAMS.iter().enumerate() {
        let prefix = format!("condition_{name}");
        let known = if config.chained_heads { block } else { 0 };
        for (part, rows) in config.output_vocab_sizes.into_iter().enumerate().take(known) {
            tables.push(Table::new(format!("{prefix}_{}", STREAMS[part]), block, rows, NEXT + part..NEXT + part + 1));
        }
        if config.metre {
            tables.extend(metre_tables(&prefix, block, POSITIONS[usize::from(known > 0)]));
        }
        if config.chord {
            tables.extend(chord_tables(config, &prefix, block, known > 0));
        }
        if config.scale && block == 1 {
            tables.extend((0..PITCH_CLASSES).map(|class| {
                let column = SCALE + class;
                Table::new(format!("{prefix}_class_{class}"), block, RECENT_NOTES + 1, column..column + 1)
            }));
        }
        if config.last {
            tables.extend(last_tables(config, &prefix, block));
        }
        if config.recall {
            let (event, rounds) = (RECALL + block, RECALL + 3);
            let rows = |classes: usize| 1 + RECALL_LENGTHS.len() * classes;
            let events = rows(config.output_vocab_sizes[block]);
            tables.push(Table::new(format!("{prefix}_recall"), block, events, event..event + 1));
            tables.push(Table::new(format!("{prefix}_rounds"), block, rows(RECALL_ROUNDS.len()), rounds..rounds + 1));
        }
    }
    tables
}

fn metre_tables(prefix: &str, block: usize, column: usize) -> [Table; 2] {
    let ticks = TICKS_PER_BEAT as usize;
    let beat = Table::new(format!("{prefix}_beat"), block, METRE_BEATS, column..column + 1);
    [Table::new(format!("{prefix}_tick"), block, ticks, column..column + 1), Table { divisor: ticks, ..beat }]
}

/// All heads hear how many notes sound and how long the first of them lasts; the head of the notes, which ones.
fn chord_tables(config: &ModelConfig, prefix: &str, block: usize, offset_is_known: bool) -> Vec<Table> {
    let counts = if offset_is_known { CHORD + 2 } else { CHORD };
    let table =
        |name: &str, rows: usize, columns: Range<usize>| Table::new(format!("{prefix}_{name}"), block, rows, columns);
    let mut tables = vec![
        table("remaining", MAX_REMAINING + 1, counts..counts + 1),
        table("polyphony", RECENT_NOTES + 1, counts + 1..counts + 2),
    ];
    if block == 1 && offset_is_known {
        let pitches = config.output_vocab_sizes[1] + 1;
        tables.push(table("sounding", pitches, SOUNDING..ENDED));
        tables.push(table("ended", pitches, ENDED..SCALE));
    }
    tables
}

/// Each head hears its own part of the last events, that of the offsets the durations too: a table for each event, so that
/// their order tells. A network learns such passages by heart, unless some of them are dropped.
fn last_tables(config: &ModelConfig, prefix: &str, block: usize) -> Vec<Table> {
    let parts: &[usize] = if block == 0 { &[0, 2] } else { &[block] };
    let of_part = |&part: &usize| {
        let rows = config.output_vocab_sizes[part] + 1;
        (0..LAST_EVENTS).map(move |age| {
            let column = LAST + LAST_EVENTS * part + age;
            let name = format!("{prefix}_last_{}_{age}", STREAMS[part]);
            Table { dropped: true, ..Table::new(name, block, rows, column..column + 1) }
        })
    };
    parts.iter().flat_map(of_part).collect()
}

/// The columns from [`RECALL`] on, if `followed` came after the last `run` intervals when they were played `distance` events
/// before. A run that is longer than that is a figure in its later rounds. Its length counts for one round at most, and how
/// many whole rounds it has come again is told apart. Each comes with the class of the length, so that a table has a row for
/// both together. All are 0 where nothing was found.
pub fn recall_columns(followed: [u32; 3], run: u32, distance: u32, vocab_sizes: [usize; 3]) -> [u32; 4] {
    if run == 0 {
        return [0; 4];
    }
    let class = |from: &[u32], number: u32| from.iter().filter(|&&from| from <= number).count() as u32;
    let length = class(&RECALL_LENGTHS, run.min(distance));
    let number = |rows: usize, row: u32| (length - 1) * rows as u32 + row + 1;
    let part = |part: usize| number(vocab_sizes[part], followed[part]);
    [part(0), part(1), part(2), number(RECALL_ROUNDS.len(), class(&RECALL_ROUNDS, run / distance) - 1)]
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
