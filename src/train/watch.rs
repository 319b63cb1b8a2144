//! What a run says of itself while it lasts, for whoever shows it.

use super::metrics::MetricsRow;

/// Receives what happens in a run, and may end it. Every method may be left out.
pub trait Watcher {
    /// A fact for people: a label of one word, such as `corpus`, and a text.
    fn note(&self, _label: &str, _text: &str) {}

    /// Where the run stands, after each step.
    fn moment(&self, _moment: &Moment) {}

    /// A validation; `best` where it has the lowest loss so far, and its model is saved.
    fn validation(&self, _row: &MetricsRow, _best: bool) {}

    /// Asked before each step and within validations, with the number of steps run so far: true saves the state and ends the
    /// run as [`Outcome::Interrupted`](super::Outcome::Interrupted).
    fn stop(&self, _step: u64) -> bool {
        false
    }
}

/// Lets a run go to its end and says nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Watcher for Silent {}

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    /// Passes over the training songs so far.
    pub epoch: f64,
    /// Mean loss since the last validation in nats per event, where it has been read.
    pub loss: Option<f64>,
    /// Speed of the last steps.
    pub events_per_second: Option<f64>,
    /// Share of the budget that is used up, where it has an end.
    pub share: f64,
    /// Seconds to the end of the budget, where both are known.
    pub seconds_left: Option<f64>,
}
