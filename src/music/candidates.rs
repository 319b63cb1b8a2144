//! Candidates for the next token: what followed where the piece has played the same before.
//!
//! Music repeats itself over hundreds of notes, transposed, with another rhythm, or with other pitches in the same
//! rhythm. So before each token is predicted, the piece is compared with itself: for each distance D, how many of the last
//! events in a row equal those D events before, in their *interval* (from the pitch before), in their *rhythm* (offset and
//! duration), and in both. Where such a run is long enough, the token that followed then is a candidate, a pitch
//! transposed as the passage was. Distances that agree on a token are counted together, and the evidence for the token is
//! put into a few classes. The network turns these into a score that is added to the token's logit, see
//! `shaders/candidate_bias.wgsl`.
//!
//! With event i to be predicted, j = i - D, and runs ending at event i - 1:
//!
//! - The token of j is its offset; its pitch moved by what pitch i - 1 is above pitch j - 1; its duration. A moved pitch
//!   outside 0 to 127 is none.
//! - A run counts up to D, so that a figure that is repeated has one period. For the pitch the rhythm run is 0, and the run
//!   of both is 0 unless offset j equals offset i, which has been drawn. For the duration, rhythm and both are 0
//!   unless the offsets are equal, and interval and both are 0 unless the intervals to i and j are equal.
//! - D counts if interval or both is at least 1, or rhythm at least 2. Its rank is
//!   3 min(both, 60) + 2 min(interval, 60) + min(rhythm, 60), the smaller D first among equals.
//! - A token has the longest run of each kind; the number of distances with interval >= 2, both >= 1 or rhythm >= 4; how often
//!   a whole interval run that counts for it, not capped, holds its distance at most (`rounds`: a figure that is played over
//!   and over has many, a passage that returns from far away none, however long both are); and, of the distance
//!   ranked first, D itself, and whether pitch i - 1 equals pitch j - 1, or is octaves from it, or else.
//! - The [`CANDIDATES`] tokens ranked first are the candidates.
//!
//! Where a piece repeats itself more than any song that was learned from, the network has no experience and would go on
//! for ever; and an end that is unlikely at every event comes at some event. So generation rules out, by [`Bounds`], a
//! pitch that would make the run of both hold its distance too often; where too many of the last [`REPEAT_REACH`] events
//! were repeats, a pitch that would make another; an offset of 0 where enough notes have begun together; and the end of a
//! piece that has too few events. An event is a repeat if the run of both that ends with it has at least
//! [`REPEAT_STEPS`] events at a distance of at most [`REPEAT_REACH`]. See [`Limits`](crate::music::dataset::Limits).

use serde::{Deserialize, Serialize};

/// Candidates of a field.
pub const CANDIDATES: usize = 8;

/// Numbers that hold the candidates of an event: for each field and candidate the token + 1, 0 where there is none, and
/// the classes, see [`Evidence::packed`].
pub const CANDIDATE_COLUMNS: usize = 3 * CANDIDATES * 2;

/// Events of a piece, its last ones, that it is compared with.
pub const WINDOW: usize = 4096;

/// Lengths of runs from which on they belong to the next class.
pub const RUN_CLASSES: [u32; 8] = [1, 2, 3, 4, 6, 10, 20, 50];
/// Numbers of distances.
pub const COUNT_CLASSES: [u32; 5] = [1, 2, 3, 5, 9];
/// Distances in events.
pub const DISTANCE_CLASSES: [u32; 5] = [1, 8, 32, 128, 512];
/// Periods that a run holds.
pub const ROUND_CLASSES: [u32; 7] = [1, 2, 3, 4, 6, 10, 16];

/// Classes of distances for which it is counted how often a figure is repeated.
pub const FIGURE_CLASSES: usize = 24;

/// Length of the runs that make an event a repeat.
pub const REPEAT_STEPS: u32 = 4;

/// The largest distance of a repeat, and the number of events of which it is counted how many are.
pub const REPEAT_REACH: usize = 128;

/// How far a piece may go that is generated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// Repetitions of a figure of each [`figure_class`] of lengths: events, equal in interval, offset and duration.
    pub rounds: [u32; FIGURE_CLASSES],
    /// Notes that begin together.
    pub chord: u32,
    /// Repeats among [`REPEAT_REACH`] events.
    pub repeats: u32,
    /// Events that it has before it may end.
    #[serde(default)]
    pub shortest: u32,
}

impl Bounds {
    /// No bounds.
    pub const NONE: Self = Self { rounds: [u32::MAX; FIGURE_CLASSES], chord: u32::MAX, repeats: u32::MAX, shortest: 0 };

    /// The numbers in their order, for `shaders/draw_field`.
    pub fn to_words(&self) -> [u32; FIGURE_CLASSES + 3] {
        let mut words = [self.chord; FIGURE_CLASSES + 3];
        words[..FIGURE_CLASSES].copy_from_slice(&self.rounds);
        words[FIGURE_CLASSES + 1] = self.repeats;
        words[FIGURE_CLASSES + 2] = self.shortest;
        words
    }
}

/// The longest run that a rank distinguishes from longer ones.
const RANKED_RUN: u32 = 60;

/// The five tables of a field, with their rows: one for each class of the runs of both and of intervals together, of the
/// rhythm run, of the count, of the distance, and of rounds and transposition together.
pub const CANDIDATE_TABLES: [(&str, usize); 5] =
    [("runs", 81), ("rhythm", 9), ("count", 6), ("distance", 6), ("rounds", 24)];

/// Rows of the five tables one below the other.
pub const CANDIDATE_ROWS: usize = 126;

/// The evidence for a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// The longest run of interval and rhythm.
    pub both: u32,
    /// The longest run of intervals.
    pub interval: u32,
    /// The longest run of rhythm.
    pub rhythm: u32,
    /// Distances with clear evidence for it.
    pub count: u32,
    /// The distance ranked first.
    pub distance: u32,
    /// How often an interval run holds its distance at most.
    pub rounds: u32,
    /// 0 where its passage has the same pitches, 1 where it is octaves away, 2 else.
    pub transposition: u32,
}

impl Evidence {
    /// The row of each of the [`CANDIDATE_TABLES`].
    pub fn rows(&self) -> [u32; 5] {
        let runs = 9 * class(&RUN_CLASSES, self.both) + class(&RUN_CLASSES, self.interval);
        let rounds = 8 * self.transposition + class(&ROUND_CLASSES, self.rounds);
        [
            runs,
            class(&RUN_CLASSES, self.rhythm),
            class(&COUNT_CLASSES, self.count),
            class(&DISTANCE_CLASSES, self.distance),
            rounds,
        ]
    }

    /// The rows in one number, from the lowest bits on 7, 4, 3, 3 and 5 bits.
    pub fn packed(&self) -> u32 {
        let [runs, rhythm, count, distance, rounds] = self.rows();
        runs | rhythm << 7 | count << 11 | distance << 14 | rounds << 17
    }
}

/// The rows of [`Evidence::packed`], in the stack of the five tables.
pub fn stacked_rows(packed: u32) -> [usize; 5] {
    let rows = [packed & 127, packed >> 7 & 15, packed >> 11 & 7, packed >> 14 & 7, packed >> 17 & 31];
    let mut first = 0;
    std::array::from_fn(|table| {
        let row = first + rows[table] as usize;
        first += CANDIDATE_TABLES[table].1;
        row
    })
}

/// How a distance with these runs ranks.
pub fn rank(both: u32, interval: u32, rhythm: u32) -> u32 {
    3 * both.min(RANKED_RUN) + 2 * interval.min(RANKED_RUN) + rhythm.min(RANKED_RUN)
}

/// The class of a distance, as the length of a figure: each of 1 to 16 events, then 17 to 32, 33 to 64, ... up to 4,096.
pub fn figure_class(distance: usize) -> usize {
    match distance {
        0..=16 => distance.max(1) - 1,
        _ => (16 + (distance - 1).ilog2() as usize - 4).min(FIGURE_CLASSES - 1),
    }
}

/// The number of thresholds that are reached.
fn class(thresholds: &[u32], number: u32) -> u32 {
    thresholds.iter().filter(|&&threshold| number >= threshold).count() as u32
}
