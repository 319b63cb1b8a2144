//! Features of repetition: what an excerpt takes up again, transposed or not.

use super::excerpt::Excerpt;
use crate::music::report::steps::{distinct_share, repeated_share};

/// Different runs of four steps (interval, offset, duration) as a share of all; 1 is no repetition (distinct-n of Li et
/// al., "A diversity-promoting objective function for neural conversation models", 2016).
pub(super) fn distinct_4_grams(excerpt: &Excerpt) -> f64 {
    distinct_share(&excerpt.steps)
}

/// Steps of the longest run that occurs a second time; the two may overlap.
pub(super) fn longest_repeat(excerpt: &Excerpt) -> f64 {
    let steps = &excerpt.steps;
    let longest_at = |distance: usize| {
        let mut run = 0;
        let pairs = steps.iter().zip(&steps[distance..]);
        let runs = pairs.map(|(step, later)| {
            run = if step == later { run + 1 } else { 0 };
            run
        });
        runs.max().unwrap_or(0)
    };
    f64::from((1..steps.len()).map(longest_at).max().unwrap_or(0))
}

/// Share of the notes that are the eighth or a later step of a repeat within the excerpt.
pub(super) fn in_repeats_of_8_steps(excerpt: &Excerpt) -> f64 {
    repeated_share(&excerpt.steps)
}
