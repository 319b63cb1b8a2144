//! When a run ends, and how far along it is.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Passes over the songs where no limit is given. Of more, small folders are learned by heart.
pub const DEFAULT_EPOCHS: u64 = 20;

/// The steps of such a run: very few songs need more passes, and many need no more than this to be learned well.
pub const DEFAULT_STEPS: RangeInclusive<u64> = 200..=3000;

/// Highest number of steps of a run: the dropout masks are numbered with 32 bits.
const MAX_STEPS: u64 = 1 << 31;

/// The first limit to be reached ends the run. All count from the beginning of the run, through every resumption. Without
/// any, the run takes [`DEFAULT_EPOCHS`] held within [`DEFAULT_STEPS`].
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

    /// The step at which epochs or steps are used up. A row is an event of the batch; a pass has those of all songs.
    pub fn last_step(&self, rows_per_pass: u64, rows_per_step: u64) -> Option<u64> {
        let steps = |epochs: u64| epochs.saturating_mul(rows_per_pass).div_ceil(rows_per_step);
        if (self.epochs, self.steps, self.minutes) == (None, None, None) {
            return Some(steps(DEFAULT_EPOCHS).clamp(*DEFAULT_STEPS.start(), *DEFAULT_STEPS.end()));
        }
        let epochs = self.epochs.map(steps);
        epochs.into_iter().chain(self.steps).min().map(|step| step.min(MAX_STEPS))
    }

    /// Seconds after which time is up.
    pub(super) fn seconds(&self) -> f64 {
        self.minutes.map_or(f64::INFINITY, |minutes| 60.0 * minutes)
    }
}
