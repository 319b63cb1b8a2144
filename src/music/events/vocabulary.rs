//! The vocabulary `grid24-v1`: the fields of an event, the values that each has, and their ids.

use serde::{Deserialize, Serialize};

use crate::music::midi::DEFAULT_VELOCITY;

/// Name and version of this vocabulary, stored in every checkpoint. A change to anything below needs a new one.
pub const VOCABULARY_ID: &str = "grid24-v1";

/// A field of an event. Its number is its column wherever ids of all fields stand side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Field {
    /// Time since the onset of the event before; [`END`] ends the piece.
    Offset,
    /// MIDI key number.
    #[serde(rename = "note")]
    Pitch,
    /// Length.
    Duration,
    /// Loudness in 32 levels.
    Velocity,
    /// Program of General MIDI.
    Instrument,
}

/// Fields that there are.
pub const FIELDS: usize = 5;

/// The ids of one event, one for each [`Field`].
pub type Token = [u32; FIELDS];

impl Field {
    /// All of them, by their numbers.
    pub const ALL: [Self; FIELDS] = [Self::Offset, Self::Pitch, Self::Duration, Self::Velocity, Self::Instrument];

    /// The fields of every piece: when, which and how long.
    pub const CORE: [Self; 3] = [Self::Offset, Self::Pitch, Self::Duration];

    /// The classes of [`Field::CORE`].
    pub const CORE_CLASSES: [usize; 3] = [130, 128, 128];

    /// The order in which the fields of an event are predicted, each given those before it.
    pub const ORDER: [Self; FIELDS] = [Self::Offset, Self::Instrument, Self::Pitch, Self::Duration, Self::Velocity];

    /// Its column.
    pub fn index(self) -> usize {
        self as usize
    }

    /// Its name in parameters, files and messages.
    pub fn name(self) -> &'static str {
        ["offset", "note", "duration", "velocity", "instrument"][self.index()]
    }

    /// Classes that are predicted: 129 offsets and [`END`], 128 pitches, 128 durations, 32 velocities, 128 instruments.
    pub fn classes(self) -> usize {
        [130, 128, 128, 32, 128][self.index()]
    }

    /// Ids that are an input: as the classes, with [`BOS`] after them, for the offset in the place of [`END`].
    pub fn ids(self) -> usize {
        if self == Self::Offset { self.classes() } else { self.classes() + 1 }
    }
}

/// The longest offset and duration: 32 beats in grid ticks.
pub const MAX_TICKS: u32 = 768;

/// The class of the offset that ends a piece.
pub const END: u32 = 129;

/// The input before the first event.
pub const BOS: Token = [END, 128, 128, 32, 128];

/// The token of a note of medium loudness on a piano, from the ids of its offset, pitch and duration.
pub fn core_token(offset: u32, pitch: u32, duration: u32) -> Token {
    [offset, pitch, duration, velocity_id(DEFAULT_VELOCITY), 0]
}

/// Where each part of the scale ends, and its step, in grid ticks.
const LADDER: [(u32, u32); 5] = [(48, 1), (96, 2), (192, 4), (384, 12), (MAX_TICKS, 24)];

/// The class nearest to an offset in grid ticks, the longer one where two are as near; 0..=128.
pub fn offset_id(ticks: u32) -> u32 {
    let (mut start, mut id) = (0, 0);
    for (end, step) in LADDER {
        if ticks <= end {
            return id + (ticks - start + step / 2) / step;
        }
        id += (end - start) / step;
        start = end;
    }
    id
}

/// The offset of a class in grid ticks; classes beyond the last one, [`END`] among them, count as the last.
pub fn offset_ticks(id: u32) -> u32 {
    let (mut start, mut first) = (0, 0);
    for (end, step) in LADDER {
        let classes = (end - start) / step;
        if id <= first + classes {
            return start + (id - first) * step;
        }
        first += classes;
        start = end;
    }
    MAX_TICKS
}

/// The class nearest to a duration in grid ticks; 0..=127. The durations are the offsets without 0.
pub fn duration_id(ticks: u32) -> u32 {
    offset_id(ticks.max(1)) - 1
}

/// The duration of a class in grid ticks; classes beyond the last one count as the last.
pub fn duration_ticks(id: u32) -> u32 {
    offset_ticks(id.saturating_add(1))
}

/// From class to class of the velocities; the last class is 124.
const VELOCITY_STEP: u32 = 4;

/// The class nearest to a MIDI velocity, the louder one where two are as near; 0..=31.
pub fn velocity_id(velocity: u8) -> u32 {
    ((u32::from(velocity) + VELOCITY_STEP / 2) / VELOCITY_STEP).min(31)
}

/// The MIDI velocity of a class, 1..=124; classes beyond the last one count as the last.
pub fn id_velocity(id: u32) -> u8 {
    (VELOCITY_STEP * id.min(31)).max(1) as u8
}
