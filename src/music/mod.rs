//! Music in and out, and in numbers: files, notes, tokens, batches of them, keys, counts and reports. Nothing of the GPU.

pub mod candidates;
pub mod context;
pub mod counts;
pub mod dataset;
pub mod discriminate;
pub mod events;
pub mod inspect;
pub mod key;
pub mod melody;
pub mod midi;
pub mod piano_roll;
pub mod pitches;
pub mod repeats;
pub mod report;
pub mod score;
pub mod timing;
