//! Notes as steps from one to the next, which stay the same when a passage is transposed.

use std::collections::{HashMap, HashSet};

use crate::music::events::{Event, encode};
use crate::music::midi::Note;

/// Steps from which on a run that occurs again counts as a repeat.
const REPEAT: usize = 8;

/// A run is a repeat of one that was played up to so many notes before.
const LONGEST_DISTANCE: usize = 4095;

/// An event without its absolute pitch: interval from the event before, offset, duration.
pub(crate) type Step = (i32, u32, u32);

/// Notes of a piece as steps; one fewer than notes.
pub(crate) fn steps(notes: &[Note]) -> Vec<Step> {
    let events = encode(notes);
    let step = |pair: &[Event]| (i32::from(pair[1].note) - i32::from(pair[0].note), pair[1].offset, pair[1].duration);
    events.windows(2).map(step).collect()
}

/// Different runs of four steps as a share of all; 1 where there are none.
pub(crate) fn distinct_share(steps: &[Step]) -> f64 {
    let distinct: HashSet<&[Step]> = steps.windows(4).collect();
    let all = steps.windows(4).len();
    if all == 0 { 1.0 } else { distinct.len() as f64 / all as f64 }
}

/// Share of the notes that are the eighth or a later step of a repeat: the last eight steps up to there have been played
/// before, 1 to 4095 notes ago, in this key or another. The two runs may overlap.
pub(crate) fn repeated_share(steps: &[Step]) -> f64 {
    // Of several runs that are the same the latest is kept: if any is near enough, it is.
    let mut latest: HashMap<&[Step], usize> = HashMap::new();
    let repeats = steps
        .windows(REPEAT)
        .enumerate()
        .filter(|&(at, run)| latest.insert(run, at).is_some_and(|before| at - before <= LONGEST_DISTANCE))
        .count();
    repeats as f64 / (steps.len() + 1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Steps that are all different.
    fn new(count: u32) -> Vec<Step> {
        (0..count).map(|offset| (0, offset, 1)).collect()
    }

    #[test]
    fn a_note_is_in_a_repeat_from_its_eighth_step_on() {
        let again = |from: usize, steps: usize| {
            let mut all = new(30);
            all.extend_from_within(from..from + steps);
            repeated_share(&all) * (all.len() + 1) as f64
        };
        assert_eq!([7, 8, 12].map(|steps| again(3, steps).round()), [0.0, 1.0, 5.0]);
        assert_eq!(repeated_share(&[]), 0.0);
    }

    #[test]
    fn a_run_may_repeat_itself_and_not_what_is_too_far_back() {
        // Sixteen equal steps: the run that ends at the ninth equals the one that ends at the eighth, and so on.
        assert!((repeated_share(&[(2, 24, 24); 16]) - 8.0 / 17.0).abs() < 1e-12);
        let apart = |distance: u32| {
            let mut all = new(distance);
            all.extend_from_within(..8);
            repeated_share(&all) > 0.0
        };
        assert_eq!([4095, 4096].map(apart), [true, false]);
    }
}
