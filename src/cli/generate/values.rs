//! Values of flags that are more than a number.

use std::str::FromStr;

use gpu_lstm::music::events::{FIELDS, Field};
use gpu_lstm::music::midi::{MAX_BEATS, TICKS_PER_BEAT};

/// One value for all fields, or one for each of the first fields of [`Field::ALL`]; the others keep their default.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::cli) struct PerField<T>(Vec<T>);

impl<T: Copy> PerField<T> {
    /// The value of a field.
    pub(super) fn of(&self, field: Field, default: T) -> T {
        match self.0[..] {
            [all] => all,
            ref each => each.get(field.index()).copied().unwrap_or(default),
        }
    }
}

fn per_field<T: FromStr + Copy>(text: &str, expected: &str, is_valid: fn(&T) -> bool) -> Result<PerField<T>, String> {
    let value = |part: &str| {
        let value = part.trim().parse().ok().filter(is_valid);
        value.ok_or_else(|| format!("\"{}\" is not {expected}", part.trim()))
    };
    let values = text.split(',').map(value).collect::<Result<Vec<T>, String>>()?;
    match values.len() {
        1 | 3..=FIELDS => Ok(PerField(values)),
        other => Err(format!("these are {other}; give one for all, or three or more as {FIELD_NAMES}")),
    }
}

/// The order of the values.
const FIELD_NAMES: &str = "offset,note,duration,velocity,instrument";

pub(super) fn temperature(text: &str) -> Result<PerField<f32>, String> {
    per_field(text, "a number of 0 or more", |value: &f32| *value >= 0.0 && value.is_finite())
}

pub(super) fn top_k(text: &str) -> Result<PerField<u32>, String> {
    per_field(text, "a whole number of 0 or more", |_| true)
}

pub(super) fn top_p(text: &str) -> Result<PerField<f32>, String> {
    per_field(text, "a number above 0 and at most 1", |value: &f32| *value > 0.0 && *value <= 1.0)
}

pub(super) fn min_p(text: &str) -> Result<PerField<f32>, String> {
    per_field(text, "a number from 0 to 1", |value: &f32| (0.0..=1.0).contains(value))
}

/// A time signature.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::cli) struct Meter {
    pub(in crate::cli) beats: u8,
    /// A whole note has so many of them.
    pub(in crate::cli) unit: u32,
}

impl Meter {
    /// Length of a bar; a beat of the grid is a quarter note.
    pub(super) fn bar_ticks(self) -> u32 {
        4 * TICKS_PER_BEAT / self.unit * u32::from(self.beats)
    }
}

impl From<(u8, u32)> for Meter {
    fn from((beats, unit): (u8, u32)) -> Self {
        Self { beats, unit }
    }
}

impl FromStr for Meter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/').and_then(|(beats, unit)| Some((beats.parse().ok()?, unit.parse().ok()?)));
        match parts {
            Some((beats @ 1..=64, unit @ (1 | 2 | 4 | 8 | 16 | 32))) => Ok(Self { beats, unit }),
            _ => Err(format!("\"{text}\" is no meter; write it as 4/4, 3/4 or 6/8")),
        }
    }
}

/// A number of seconds.
pub(super) fn seconds(text: &str) -> Result<f64, String> {
    let value = text.parse().ok().filter(|value: &f64| *value > 0.0 && value.is_finite());
    value.ok_or_else(|| format!("\"{text}\" is not a number above 0"))
}

/// Beats per minute.
pub(super) fn tempo(text: &str) -> Result<f64, String> {
    let value = text.parse().ok().filter(|value: &f64| *value >= 4.0 && value.is_finite());
    value.ok_or_else(|| format!("\"{text}\" is not a number of 4 or more"))
}

/// A length on the grid, at least one tick.
pub(super) fn grid_ticks(ticks: f64) -> anyhow::Result<u32> {
    let longest = MAX_BEATS * TICKS_PER_BEAT;
    anyhow::ensure!(ticks <= f64::from(longest), "that is too long; a piece may have {MAX_BEATS} beats");
    Ok(ticks.round().max(1.0) as u32)
}
