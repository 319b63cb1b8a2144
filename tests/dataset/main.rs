//! Splits and batches.

mod split;
mod streams;

use gpu_lstm::music::midi::{Note, Report, Song};

/// A song of `length` notes that shares nothing with that of another number.
fn song(number: u32, length: u32) -> Song {
    let drawn = |index: u32| {
        let value = (number * 1000 + index + 1).wrapping_mul(0x9e37_79b1);
        let value = (value ^ (value >> 15)).wrapping_mul(0x2c1b_3c6d);
        value ^ (value >> 13)
    };
    let notes =
        (0..length).map(|index| Note::new(index * 6, 40 + (drawn(index) % 40) as u8, 1 + (number * 100 + index) % 48));
    Song {
        name: format!("{number}.mid"),
        notes: notes.collect(),
        tempo: None,
        time_signature: None,
        key_signature: None,
        seconds: 0.0,
        report: Report::default(),
    }
}

fn sorted<T: Ord>(mut list: Vec<T>) -> Vec<T> {
    list.sort();
    list
}
