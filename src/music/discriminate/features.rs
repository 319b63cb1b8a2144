//! What is measured of an excerpt: the list of features, in the order of the tables.
//!
//! Most are those of Yang and Lerch, "On the evaluation of generative models in music" (2020), and of Wu and Yang, "The
//! Jazz Transformer on the front line" (2020). Every value is finite, whatever the notes are; where there is nothing to
//! average, it is 0. Time is counted in beats, and no feature depends on the absolute pitch.

use serde::Serialize;

use super::excerpt::Excerpt;
use super::{pitch, repetition, rhythm, texture};

/// Number of features.
pub const FEATURE_COUNT: usize = 30;

/// A number that is measured of an excerpt.
pub struct Feature {
    /// A short name, with the unit where it has one.
    pub name: &'static str,
    /// Measures it.
    pub value: fn(&Excerpt) -> f64,
    /// How a value is written.
    pub unit: Unit,
}

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// As a whole number.
    Count,
    /// With two decimals.
    Decimal,
    /// In percent.
    Share,
}

impl Unit {
    pub(super) fn text(self, value: f64) -> String {
        match self {
            Self::Count => format!("{value:.0}"),
            Self::Decimal => format!("{value:.2}"),
            Self::Share => format!("{:.0} %", 100.0 * value),
        }
    }
}

const fn feature(name: &'static str, value: fn(&Excerpt) -> f64, unit: Unit) -> Feature {
    Feature { name, value, unit }
}

/// All of them. The functions say what they are.
pub const FEATURES: [Feature; FEATURE_COUNT] = [
    feature("in one key", pitch::in_one_key, Unit::Share),
    feature("pitches", pitch::pitches, Unit::Count),
    feature("range, semitones", pitch::range, Unit::Count),
    feature("pitch-class entropy, 4 beats", pitch::entropy_of_4_beats, Unit::Decimal),
    feature("pitch-class entropy, 16 beats", pitch::entropy_of_16_beats, Unit::Decimal),
    feature("interval of notes", pitch::interval_of_notes, Unit::Decimal),
    feature("entropy of intervals", pitch::entropy_of_intervals, Unit::Decimal),
    feature("interval of low notes", pitch::interval_of_lows, Unit::Decimal),
    feature("interval of top notes", pitch::interval_of_tops, Unit::Decimal),
    feature("top notes, repeated", pitch::repeated_tops, Unit::Share),
    feature("top notes, by step", pitch::steps_of_tops, Unit::Share),
    feature("top notes, by leap", pitch::leaps_of_tops, Unit::Share),
    feature("notes at once", texture::polyphony, Unit::Decimal),
    feature("notes at once, spread", texture::polyphony_spread, Unit::Decimal),
    feature("silence", texture::silence, Unit::Share),
    feature("notes in an onset", texture::notes_in_an_onset, Unit::Decimal),
    feature("width of onsets, semitones", texture::width_of_onsets, Unit::Decimal),
    feature("dissonances", texture::dissonances, Unit::Share),
    feature("similar motion", texture::similar_motion, Unit::Share),
    feature("notes a beat", rhythm::notes_a_beat, Unit::Decimal),
    feature("time between onsets", rhythm::time_between_onsets, Unit::Decimal),
    feature("entropy between onsets", rhythm::entropy_between_onsets, Unit::Decimal),
    feature("length of notes", rhythm::length_of_notes, Unit::Decimal),
    feature("entropy of lengths", rhythm::entropy_of_lengths, Unit::Decimal),
    feature("onsets on the beat", rhythm::onsets_on_the_beat, Unit::Share),
    feature("onsets off the half beat", rhythm::onsets_off_the_half_beat, Unit::Share),
    feature("groove", rhythm::groove, Unit::Share),
    feature("distinct 4-grams", repetition::distinct_4_grams, Unit::Share),
    feature("longest repeat, steps", repetition::longest_repeat, Unit::Count),
    feature("in repeats of 8 steps", repetition::in_repeats_of_8_steps, Unit::Share),
];

/// All features of an excerpt, in the order of [`FEATURES`].
pub fn features(excerpt: &Excerpt) -> [f64; FEATURE_COUNT] {
    FEATURES.map(|feature| (feature.value)(excerpt))
}

/// Mean of some values; 0 where there are none.
pub(super) fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
    if count == 0 { 0.0 } else { sum / f64::from(count) }
}

/// How often something is true, 0 to 1.
pub(super) fn share(values: impl Iterator<Item = bool>) -> f64 {
    mean(values.map(|value| f64::from(u8::from(value))))
}

/// Shannon entropy of the values in bits: 0 where all are the same.
pub(super) fn entropy(values: impl Iterator<Item = u32>) -> f64 {
    let mut values: Vec<u32> = values.collect();
    values.sort_unstable();
    let mut counts: Vec<usize> = values.chunk_by(u32::eq).map(<[u32]>::len).collect();
    // In this order the sum does not depend on which value is how frequent, to the last bit.
    counts.sort_unstable();
    let bits = |count: usize| {
        let share = count as f64 / values.len() as f64;
        share * share.recip().log2()
    };
    counts.into_iter().map(bits).fold(0.0, |sum, bits| sum + bits)
}
