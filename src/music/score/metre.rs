//! Where beats lie in a bar, and which note values may stand where.
//!
//! Positions and lengths are in half ticks here, 48 to a quarter note, so that a 64th note (3) is a whole number.

use crate::error::{Error, Result};
use crate::music::midi::TICKS_PER_BEAT;

/// Half ticks of the note values, longest first, by the names of MusicXML.
pub(super) const VALUES: [(u32, &str); 8] = [
    (384, "breve"),
    (192, "whole"),
    (96, "half"),
    (48, "quarter"),
    (24, "eighth"),
    (12, "16th"),
    (6, "32nd"),
    (3, "64th"),
];

/// A note value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Value {
    /// Index into [`VALUES`].
    pub(super) kind: usize,
    pub(super) dotted: bool,
}

/// A time signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Metre {
    pub(super) beats: u8,
    pub(super) unit: u32,
}

impl Metre {
    /// A time signature whose bars and beats are whole numbers of grid ticks.
    pub(super) fn new((beats, unit): (u8, u32)) -> Result<Self> {
        if (1..=64).contains(&beats) && unit.is_power_of_two() && unit <= 32 {
            return Ok(Self { beats, unit });
        }
        Err(Error::Config(format!(
            "a score in {beats}/{unit} is not possible; choose a --meter with 1 to 64 beats of 1/1 to 1/32, such as 4/4"
        )))
    }

    /// Grid ticks of the unit.
    pub(super) fn unit_ticks(self) -> u32 {
        4 * TICKS_PER_BEAT / self.unit
    }

    /// Grid ticks of a bar.
    pub(super) fn bar_ticks(self) -> u32 {
        u32::from(self.beats) * self.unit_ticks()
    }

    /// Whether three units are a beat, as in 6/8.
    pub(super) fn is_compound(self) -> bool {
        self.beats > 3 && self.beats.is_multiple_of(3)
    }

    /// Grid ticks of the spans, from the beginning of the bar on, within which triplets may lie: the longest that fill
    /// the bar.
    pub(super) fn triplet_span(self) -> u32 {
        if self.is_compound() {
            return self.unit_ticks();
        }
        [96, 48, 24, 12, 6, 3].into_iter().find(|&span| self.bar_ticks().is_multiple_of(span)).unwrap_or(3)
    }
}

/// What values are measured by: the bar, or the span of a triplet in nominal values.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    length: u32,
    /// Three units where the frame is in compound time.
    beat: Option<u32>,
    /// The shortest value.
    shortest: u32,
}

impl Frame {
    /// A bar.
    pub(super) fn bar(metre: Metre) -> Self {
        let beat = metre.is_compound().then(|| 6 * metre.unit_ticks());
        Self { length: 2 * metre.bar_ticks(), beat, shortest: 6 }
    }

    /// A triplet that lasts `span` grid ticks: three nominal units.
    pub(super) fn triplet(span: u32) -> Self {
        Self { length: 3 * span, beat: Some(3 * span), shortest: 3 }
    }

    /// What all values and places are multiples of.
    pub(super) fn shortest(&self) -> u32 {
        self.shortest
    }

    /// The value from `start` to `end` if a reader sees the beats through it.
    pub(super) fn value(&self, start: u32, end: u32, is_rest: bool) -> Option<Value> {
        let length = end - start;
        let value = VALUES.iter().enumerate().find_map(|(kind, &(plain, _))| match length {
            _ if length == plain => Some((plain, Value { kind, dotted: false })),
            _ if 2 * length == 3 * plain && plain > 3 => Some((plain, Value { kind, dotted: true })),
            _ => None,
        });
        let (plain, value) = value?;
        let hides = self.levels().any(|(size, alignment)| {
            let alignment = if is_rest { size } else { alignment };
            let crosses = start / size != (end - 1) / size;
            crosses && !(start.is_multiple_of(alignment) && end.is_multiple_of(alignment))
        });
        if hides {
            return None;
        }
        let beat = self.beat.unwrap_or(self.length);
        let begin = if self.beat.is_some() { start % beat } else { start };
        let stands = match (value.dotted, is_rest) {
            _ if self.beat.is_some() && length > beat => true,
            (false, false) => (2 * begin).is_multiple_of(plain),
            (false, true) => begin.is_multiple_of(plain),
            (true, false) => begin.is_multiple_of(plain) || (begin + length).is_multiple_of(plain),
            (true, true) => self.beat.is_some() && begin.is_multiple_of(length),
        };
        stands.then_some(value)
    }

    /// Sizes of the spans between whose ends a value must not hide a boundary, unless its ends are multiples of the
    /// second number.
    fn levels(&self) -> impl Iterator<Item = (u32, u32)> {
        let Self { length, beat, .. } = *self;
        let fits = move |size: u32| match beat {
            Some(beat) => beat / 3 >= size,
            None => size <= 24 || length.is_multiple_of(size),
        };
        let halves = [6, 12, 24, 48, 96, 192].into_iter().filter(move |&size| fits(size));
        halves.map(|size| (size, size / 2)).chain(beat.map(|beat| (beat, beat)))
    }
}
