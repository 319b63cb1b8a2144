//! What is known before each part of an event, as chains of contexts from short to long.

use std::ops::Range;

use super::timed::Timed;
use crate::music::events::offset_ticks;
use crate::music::midi::TICKS_PER_BEAT;

/// Intervals of a context, at most.
const INTERVALS: usize = 8;
/// Absolute events of a context, at most.
const EVENTS: usize = 4;
/// Events among which those that are held are sought.
const RECENT: usize = 32;
/// Held notes of a context, at most.
const HELD: usize = 6;
/// Ticks of four beats.
const BAR: u64 = 4 * TICKS_PER_BEAT as u64;

/// The contexts of each chain whose blends go to the mixture.
const TAPS: [&[usize]; 4] = [&[2, 4, 6, 9], &[1, 2, 4], &[1, 2, 3, 4], &[2, 3, 4]];

/// Blends that the chains of each part give.
pub(super) const BLENDS: [usize; 3] = [10, 14, 10];

/// Contexts of one kind, from those that hold often to those that hold rarely.
pub(super) struct Chain {
    range: Range<usize>,
    /// A symbol stands for the class that is this much higher: notes are counted as intervals to the last one, or as they
    /// are where this is 0.
    pub(super) shift: i32,
    /// Contexts after which the blend so far goes to the mixture.
    pub(super) taps: &'static [usize],
}

/// The chains of one part of one event.
#[derive(Default)]
pub(super) struct Contexts {
    keys: Vec<u64>,
    pub(super) chains: Vec<Chain>,
    held: Vec<u32>,
}

impl Contexts {
    /// The contexts of a chain, as keys of a table.
    pub(super) fn keys(&self, chain: &Chain) -> &[u64] {
        &self.keys[chain.range.clone()]
    }

    /// Every context with the symbol that stands for `class` there.
    pub(super) fn symbols(&self, class: u32) -> impl Iterator<Item = (u64, i32)> {
        let of_chain = move |chain: &Chain| {
            let symbol = class as i32 - chain.shift;
            self.keys[chain.range.clone()].iter().map(move |&key| (key, symbol))
        };
        self.chains.iter().flat_map(of_chain)
    }

    /// Finds what is known before part `part` of event `at`: the events before it, and its own earlier parts.
    pub(super) fn find(&mut self, piece: &Timed, at: usize, part: usize) {
        self.keys.clear();
        self.chains.clear();
        let known = Known::new(piece, at, part, &mut self.held);
        self.intervals(piece, &known);
        self.absolute(piece, &known, EVENTS);
        match part {
            0 => self.time_of_offset(piece, &known),
            1 => self.held_intervals(piece, &known),
            _ => self.time_of_duration(piece, &known),
        }
        if part == 1 {
            self.held_absolute(piece, &known);
        }
    }

    /// Two contexts of these alone: the earlier parts of the event, and these after the event before, as it is.
    pub(super) fn find_last_event(&mut self, piece: &Timed, at: usize, part: usize) {
        self.keys.clear();
        self.chains.clear();
        let known = Known::new(piece, at, part, &mut self.held);
        self.absolute(piece, &known, 1);
    }

    /// Ends a chain that began at key `first`.
    fn chain(&mut self, kind: usize, first: usize, shift: i32) {
        self.chains.push(Chain { range: first..self.keys.len(), shift, taps: TAPS[kind] });
    }

    /// Nothing; the earlier parts, the note as an interval; the last events too, 1 to 8, with their notes as intervals.
    fn intervals(&mut self, piece: &Timed, known: &Known) {
        let first = self.keys.len();
        let mut key = known.key(0);
        self.keys.push(key.0);
        let interval = known.pitch.map(|pitch| i64::from(pitch) - i64::from(known.last_pitch));
        key = key.with_option(known.offset.map(i64::from)).with_option(interval);
        self.keys.push(key.0);
        for age in 1..=INTERVALS {
            key = key.with_option(known.at.checked_sub(age).map(|at| {
                let [offset, _, duration, ..] = piece.tokens[at].map(i64::from);
                (piece.interval(known.at, age) << 32) + (offset << 16) + duration
            }));
            self.keys.push(key.0);
        }
        self.chain(0, first, known.note_shift());
    }

    /// The earlier parts; the last events too, one after the other, with their notes as they are.
    fn absolute(&mut self, piece: &Timed, known: &Known, events: usize) {
        let first = self.keys.len();
        let mut key = known.key(1).with_option(known.offset.map(i64::from)).with_option(known.pitch.map(i64::from));
        self.keys.push(key.0);
        for age in 1..=events {
            key = key.with_option(known.at.checked_sub(age).map(|at| {
                let [offset, note, duration, ..] = piece.tokens[at].map(i64::from);
                (note << 32) + (offset << 16) + duration
            }));
            self.keys.push(key.0);
        }
        self.chain(1, first, 0);
    }

    /// The tick of the beat; how many notes are held and until when; the tick of the bar and the last rhythm; more of it.
    fn time_of_offset(&mut self, piece: &Timed, known: &Known) {
        let first = self.keys.len();
        let key = known.key(2);
        let held = |key: Key| key.with(known.remaining).with(self.held.len() as i64);
        let beat = key.with(known.tick_of_beat());
        let bar = held(key.with(known.tick_of_bar())).with_option(known.rhythm(piece, 1));
        let rhythm = (2..=4).fold(bar.with(-1), |key, age| key.with_option(known.rhythm(piece, age)));
        let keys = [beat, held(beat), bar, rhythm];
        self.keys.extend(keys.map(|key| key.0));
        self.chain(2, first, 0);
    }

    /// How many notes are held; the last of them; the last six; the last two intervals too; the last four. Held notes are
    /// intervals to the last note.
    fn held_intervals(&mut self, piece: &Timed, known: &Known) {
        let first = self.keys.len();
        let key = known.key(2).with(known.later());
        let interval = |pitch: &u32| i64::from(*pitch) - i64::from(known.last_pitch);
        let count = key.with(self.held.len() as i64);
        let last = count.with_option(self.held.last().map(interval));
        let chord = last_held(&self.held).iter().fold(key, |key, pitch| key.with(interval(pitch))).with(i64::MAX);
        let mut keys = [count, last, chord, chord, chord];
        for age in 1..=4 {
            let interval = (known.at >= age).then(|| piece.interval(known.at, age));
            keys[4] = keys[4].with_option(interval);
            if age == 2 {
                keys[3] = keys[4];
            }
        }
        self.keys.extend(keys.map(|key| key.0));
        self.chain(2, first, known.note_shift());
    }

    /// The offset; until when notes are held, and the tick of the beat; the tick of the bar and the last duration; how many
    /// notes are held, and the last rhythm.
    fn time_of_duration(&mut self, piece: &Timed, known: &Known) {
        let first = self.keys.len();
        let offset = known.key(2).with_option(known.offset.map(i64::from));
        let beat = offset.with(known.remaining).with(known.tick_of_beat());
        let duration = known.at.checked_sub(1).map(|at| i64::from(piece.tokens[at][2]));
        let bar = offset.with(known.remaining).with(-1).with(known.tick_of_bar()).with_option(duration);
        let rhythm = bar.with(self.held.len() as i64);
        let rhythm = (1..=2).fold(rhythm, |key, age| key.with_option(known.rhythm(piece, age)));
        self.keys.extend([offset, beat, bar, rhythm].map(|key| key.0));
        self.chain(2, first, 0);
    }

    /// Whether time passes; the last note; the notes held; both; the note before the last too.
    fn held_absolute(&mut self, piece: &Timed, known: &Known) {
        let first = self.keys.len();
        let key = known.key(3).with(known.later());
        let last = key.with(known.last_pitch.into());
        let chord = last_held(&self.held).iter().fold(key, |key, &pitch| key.with(pitch.into())).with(i64::MAX);
        let both = chord.with(known.last_pitch.into());
        let before = (known.at >= 2).then(|| i64::from(piece.pitch(known.at, 2)));
        self.keys.extend([key, last, chord, both, both.with_option(before)].map(|key| key.0));
        self.chain(3, first, 0);
    }
}

fn last_held(held: &[u32]) -> &[u32] {
    &held[held.len().saturating_sub(HELD)..]
}

/// What contexts are made of, besides the last events.
struct Known {
    at: usize,
    part: usize,
    /// Of the event itself, where it is an earlier part.
    offset: Option<u32>,
    pitch: Option<u32>,
    last_pitch: u32,
    /// The latest time that is known, in grid ticks: the onset of the event, or of the one before.
    now: u64,
    /// Ticks until the first of the held notes ends.
    remaining: i64,
}

impl Known {
    /// `held` becomes the notes that are held now, in the order of their events.
    fn new(piece: &Timed, at: usize, part: usize, held: &mut Vec<u32>) -> Self {
        let offset = (part > 0).then(|| piece.tokens[at][0]);
        let now = at.checked_sub(1).map_or(0, |last| piece.onsets[last]) + u64::from(offset.map_or(0, offset_ticks));
        let sounding = || (at.saturating_sub(RECENT)..at).filter(|&event| piece.ends[event] > now);
        held.clear();
        held.extend(sounding().map(|event| piece.tokens[event][1]));
        let remaining = sounding().map(|event| piece.ends[event] - now).min().unwrap_or(0) as i64;
        let pitch = (part > 1).then(|| piece.tokens[at][1]);
        Self { at, part, offset, pitch, last_pitch: piece.pitch(at, 1), now, remaining }
    }

    /// Where the key of a chain begins.
    fn key(&self, chain: i64) -> Key {
        Key(0).with(4 * self.part as i64 + chain)
    }

    /// Notes are counted as intervals to the last one.
    fn note_shift(&self) -> i32 {
        if self.part == 1 { self.last_pitch as i32 } else { 0 }
    }

    /// Whether the event comes after the last one, not with it.
    fn later(&self) -> i64 {
        self.offset.is_some_and(|offset| offset > 0).into()
    }

    fn tick_of_beat(&self) -> i64 {
        (self.now % u64::from(TICKS_PER_BEAT)) as i64
    }

    fn tick_of_bar(&self) -> i64 {
        (self.now % BAR) as i64
    }

    /// Offset and duration of an earlier event.
    fn rhythm(&self, piece: &Timed, age: usize) -> Option<i64> {
        let [offset, _, duration, ..] = piece.tokens[self.at.checked_sub(age)?].map(i64::from);
        Some((offset << 16) + duration)
    }
}

/// The hash of a list of numbers.
#[derive(Clone, Copy)]
struct Key(u64);

impl Key {
    fn with(self, number: i64) -> Self {
        Self(mix(self.0 ^ number as u64))
    }

    /// What is not there, as before a piece begins, is a number of its own.
    fn with_option(self, number: Option<i64>) -> Self {
        self.with(number.unwrap_or(i64::MIN))
    }
}

/// A bijection of 64 bits that changes half of them for a change of one (the finalizer of `SplitMix64`).
pub(super) fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}
