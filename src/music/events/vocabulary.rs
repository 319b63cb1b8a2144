//! The vocabulary `grid24-v1`: which offsets, pitches and durations there are, and their ids.

/// Name and version of this vocabulary, stored in every checkpoint. A change to anything below needs a new one.
pub const VOCABULARY_ID: &str = "grid24-v1";

/// The ids of one event: offset, note, duration.
pub type Token = [u32; 3];

/// The longest offset and duration: 32 beats in grid ticks.
pub const MAX_TICKS: u32 = 768;

/// Classes of the three outputs: 129 offsets and [`END`], 128 pitches, 128 durations.
pub const OUTPUT_VOCAB_SIZES: [usize; 3] = [130, 128, 128];

/// Ids of the three inputs: as the outputs, with [`BOS`] after the pitches and durations and in the place of [`END`].
pub const INPUT_VOCAB_SIZES: [usize; 3] = [130, 129, 129];

/// The class of the offset that ends a piece.
pub const END: u32 = 129;

/// The input before the first event.
pub const BOS: Token = [END, 128, 128];

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
