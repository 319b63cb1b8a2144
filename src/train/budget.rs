//! When a run ends: what a person asks for, and what that comes to in steps.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Passes over the songs where no limit is given. Of more, small folders are memorised.
pub const DEFAULT_EPOCHS: u64 = 20;

/// The fewest steps of such a run, patience aside: very few songs need more passes.
pub const FEWEST_STEPS: u64 = 200;

/// The steps of such a run that are taken however long they take. Where the passes have more, [`DEFAULT_MINUTES`] limit
/// those beyond.
pub const UNTIMED_STEPS: u64 = 3000;

/// The time for the passes over many songs, at the pace of the first steps: a fast adapter makes them all, a slow one does
/// not keep a person who named no time for hours.
pub const DEFAULT_MINUTES: f64 = 30.0;

/// Highest number of steps of a run: the dropout masks are numbered with 32 bits.
const MAX_STEPS: u64 = 1 << 31;

/// The first limit to be reached ends the run. All count from the beginning of the run, through every resumption. Without
/// any, the run takes [`DEFAULT_EPOCHS`], at least [`FEWEST_STEPS`]; where these are more than [`UNTIMED_STEPS`], as many of them
/// as [`DEFAULT_MINUTES`] are good for, see [`Budget::time_limit`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Budget {
    /// Passes over the training songs.
    pub epochs: Option<u64>,
    /// Steps of the optimizer.
    pub steps: Option<u64>,
    /// Time in the training loop, validation included.
    pub minutes: Option<f64>,
    /// Validations without a better loss; 0 goes on forever.
    pub patience: u64,
}

/// What a person said about the budget; the rest stays as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BudgetChange {
    /// See [`Budget::epochs`].
    pub epochs: Option<u64>,
    /// See [`Budget::steps`].
    pub steps: Option<u64>,
    /// See [`Budget::minutes`].
    pub minutes: Option<f64>,
    /// See [`Budget::patience`].
    pub patience: Option<u64>,
}

impl Budget {
    /// One of epochs, steps and minutes replaces all three: who asks for ten minutes does not want the default steps.
    pub fn changed_by(&self, change: &BudgetChange) -> Self {
        let &BudgetChange { epochs, steps, minutes, patience } = change;
        let patience = patience.unwrap_or(self.patience);
        match (epochs, steps, minutes) {
            (None, None, None) => Self { patience, ..self.clone() },
            _ => Self { epochs, steps, minutes, patience },
        }
    }

    pub(super) fn validate(&self) -> Result<()> {
        for (flag, count) in [("--epochs", self.epochs), ("--steps", self.steps)] {
            if count.is_some_and(|count| !(1..=MAX_STEPS).contains(&count)) {
                let count = count.unwrap_or_default();
                return Err(Error::Config(format!("{flag} is {count}; it must be between 1 and {MAX_STEPS}")));
            }
        }
        if let Some(minutes) = self.minutes.filter(|&minutes| !(minutes > 0.0 && minutes < 1e9)) {
            return Err(Error::Config(format!("--minutes is {minutes}; it must be above 0")));
        }
        Ok(())
    }

    /// True where no limit is given.
    fn is_default(&self) -> bool {
        (self.epochs, self.steps, self.minutes) == (None, None, None)
    }

    /// The step at which epochs or steps are used up, however long they take. A row is an event of the batch; a pass has
    /// those of all songs.
    pub fn last_step(&self, rows_per_pass: u64, rows_per_step: u64) -> Option<u64> {
        let steps = |epochs: u64| epochs.saturating_mul(rows_per_pass).div_ceil(rows_per_step);
        let last = if self.is_default() {
            Some(steps(DEFAULT_EPOCHS).max(FEWEST_STEPS))
        } else {
            self.epochs.map(steps).into_iter().chain(self.steps).min()
        };
        last.map(|step| step.min(MAX_STEPS))
    }

    /// The time that limits the run, where one does. Parameters as for [`Budget::last_step`].
    pub fn time_limit(&self, rows_per_pass: u64, rows_per_step: u64) -> Option<TimeLimit> {
        let asked = self.minutes.map(|minutes| TimeLimit { minutes, fewest: 0 });
        let last = self.last_step(rows_per_pass, rows_per_step);
        let many = self.is_default() && last.is_some_and(|last| last > UNTIMED_STEPS);
        asked.or(many.then_some(TimeLimit { minutes: DEFAULT_MINUTES, fewest: UNTIMED_STEPS }))
    }

    /// Seconds after which the clock ends the run, wherever it is.
    pub(super) fn seconds(&self) -> f64 {
        self.minutes.map_or(f64::INFINITY, |minutes| 60.0 * minutes)
    }
}

/// A time, to be turned into steps when their pace is known.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimeLimit {
    /// Time in the training loop, validation included.
    pub minutes: f64,
    /// Steps that are taken in any case. Above 0 nobody asked for the time: it decides once how many steps are taken, and
    /// the clock ends nothing.
    #[serde(default)]
    pub fewest: u64,
}

impl TimeLimit {
    /// The step at which the time will be used up, for a run that has taken `step` steps in `seconds` and goes on with
    /// one in `step_seconds`.
    pub fn last_step(&self, step: u64, seconds: f64, step_seconds: f64) -> u64 {
        let left = (60.0 * self.minutes - seconds).max(0.0) / step_seconds;
        step.saturating_add(left as u64).max(self.fewest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_budget_replaces_the_others_and_none_leaves_them() {
        let budget = Budget { epochs: None, steps: Some(3000), minutes: None, patience: 10 };
        let change = BudgetChange { minutes: Some(5.0), ..BudgetChange::default() };
        let minutes = Budget { epochs: None, steps: None, minutes: Some(5.0), patience: 10 };
        assert_eq!(budget.changed_by(&change), minutes);
        let patience = BudgetChange { patience: Some(3), ..BudgetChange::default() };
        assert_eq!(budget.changed_by(&patience), Budget { patience: 3, ..budget });
    }

    #[test]
    fn without_a_budget_a_run_takes_some_passes_and_some_steps_at_least() {
        let none = Budget { epochs: None, steps: None, minutes: None, patience: 0 };
        let steps = [1, 1_000, 5_000, 15_000, 100_000].map(|rows_per_pass| none.last_step(rows_per_pass, 100));
        assert_eq!(steps, [200, 200, 1000, 3000, 20_000].map(Some));
        let minutes = Budget { minutes: Some(1.0), ..none.clone() };
        assert_eq!(minutes.last_step(5_000, 100), None, "a time needs no steps");
        let epochs = Budget { epochs: Some(2), ..none };
        assert_eq!(epochs.last_step(5_010, 100), Some(101), "who asks for two passes gets no more");
    }

    /// What 20 passes over a corpus come to on adapters of several speeds, in steps of 100 events.
    #[test]
    fn without_a_budget_time_limits_many_songs_alone() {
        let none = Budget { epochs: None, steps: None, minutes: None, patience: 0 };
        let planned = |rows_per_pass: u64, steps_per_second: f64| {
            let last = none.last_step(rows_per_pass, 100).expect("passes have an end");
            let limit = none.time_limit(rows_per_pass, 100);
            // Ten seconds for the first 20 steps, which half an hour includes.
            limit.map_or(last, |limit| limit.last_step(20, 10.0, 1.0 / steps_per_second).min(last))
        };
        for steps_per_second in [0.1, 2.0, 10.0, 1000.0] {
            let small = [1_000, 5_000, 15_000].map(|rows_per_pass| planned(rows_per_pass, steps_per_second));
            assert_eq!(small, [200, 1000, 3000], "of so few songs the pace decides nothing");
        }
        // 20 passes are 3,001 steps, 10,000 and a million; half an hour has 1,790 seconds left.
        let paces = [0.1, 1.5, 2.0, 10.0, 1000.0];
        assert_eq!(paces.map(|pace| planned(15_005, pace)), [3000, 3000, 3001, 3001, 3001]);
        assert_eq!(paces.map(|pace| planned(50_000, pace)), [3000, 3000, 3600, 10_000, 10_000]);
        assert_eq!(paces.map(|pace| planned(5_000_000, pace)), [3000, 3000, 3600, 17_920, 1_000_000]);
    }

    #[test]
    fn minutes_that_were_asked_for_are_a_limit_of_their_own() {
        let minutes = Budget { epochs: None, steps: None, minutes: Some(30.0), patience: 0 };
        let limit = minutes.time_limit(1_000_000, 100).expect("a time");
        assert_eq!(limit.last_step(20, 1790.0, 1.0), 30, "however few steps that are");
        assert_eq!(minutes.time_limit(1, 100), Some(limit), "of any songs");
        let default = Budget { minutes: None, ..minutes.clone() }.time_limit(1_000_000, 100);
        assert_ne!(default, Some(limit), "or a resumed run would take the plan of one for the other's");
        for budget in [
            Budget { steps: Some(9000), minutes: None, ..minutes.clone() },
            Budget { epochs: Some(50), minutes: None, ..minutes },
        ] {
            assert_eq!(budget.time_limit(1_000_000, 100), None, "who asks for steps or passes gets them");
        }
    }
}
