//! How long steps take on this machine. Nothing that a run computes depends on it, except the number of steps that a time
//! is good for, and with it the learning rate's schedule; that is fixed once and kept in the state.

use std::time::{Duration, Instant};

/// Steps at the start of a session that are not measured: drivers compile and allocate late.
const WARM_UP: u64 = 2;
/// Steps over which the mean is taken, unless they take longer than [`LONG`].
const MEASURED: u64 = 10;
const LONG: Duration = Duration::from_secs(5);
/// Steps that are shorter are queued ahead; after longer ones the host waits for the one before, so that Ctrl-C and the bar are
/// prompt.
const QUEUED: Duration = Duration::from_millis(20);

/// After so many steps of a session the pace is that of steps that were queued ahead, as nearly all will be.
pub(super) const SETTLED: u64 = WARM_UP + 2 * MEASURED;

/// A stopwatch for steps.
pub(super) struct Pace {
    clock: Instant,
    skipped: u64,
    steps: u32,
    elapsed: Duration,
    step_time: Option<Duration>,
    /// Steps and time since the last [`Pace::take_rate`].
    line: (u64, Duration),
}

impl Pace {
    pub(super) fn start() -> Self {
        let zero = Duration::ZERO;
        Self { clock: Instant::now(), skipped: 0, steps: 0, elapsed: zero, step_time: None, line: (0, zero) }
    }

    /// Whether to wait for the step before after each step.
    pub(super) fn waits(&self) -> bool {
        self.step_time.is_none_or(|time| time > QUEUED)
    }

    /// Counts a step that ends now.
    pub(super) fn lap(&mut self) {
        let lap = self.clock.elapsed();
        self.pause_ends();
        self.line.0 += 1;
        self.line.1 += lap;
        if self.skipped < WARM_UP {
            self.skipped += 1;
            return;
        }
        self.steps += 1;
        self.elapsed += lap;
        if u64::from(self.steps) == MEASURED || self.elapsed > LONG {
            self.step_time = Some(self.elapsed / self.steps);
            (self.steps, self.elapsed) = (0, Duration::ZERO);
        }
    }

    /// Adds the time since the last step, which steps that were queued took to finish. To be called when the device was
    /// waited for outside a step, or they would seem to take no time.
    pub(super) fn catch_up(&mut self) {
        let time = self.clock.elapsed();
        self.pause_ends();
        self.line.1 += time;
        if self.steps > 0 {
            self.elapsed += time;
        }
    }

    /// Leaves out the time since the last step: it went into something else.
    pub(super) fn pause_ends(&mut self) {
        self.clock = Instant::now();
    }

    /// Seconds that a step takes, once it is known.
    pub(super) fn step_seconds(&self) -> Option<f64> {
        self.step_time.map(|time| time.as_secs_f64())
    }

    /// Steps per second since the last call; 0 where there were none.
    pub(super) fn take_rate(&mut self) -> f64 {
        let (steps, time) = std::mem::take(&mut self.line);
        if steps == 0 { 0.0 } else { steps as f64 / time.as_secs_f64().max(1e-9) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sleeping takes at least as long as it says, so these bounds hold on any machine.
    #[test]
    fn steps_that_were_queued_take_the_time_until_they_are_waited_for() {
        let mut pace = Pace::start();
        (0..WARM_UP + MEASURED / 2).for_each(|_| pace.lap());
        std::thread::sleep(Duration::from_millis(100));
        pace.catch_up();
        let rate = pace.take_rate();
        assert!(rate <= (WARM_UP + MEASURED / 2) as f64 / 0.1, "{rate} steps a second");
        (0..MEASURED / 2).for_each(|_| pace.lap());
        let seconds = pace.step_seconds().expect("all are measured");
        assert!(seconds >= 0.1 / MEASURED as f64, "{seconds} seconds a step");
    }

    #[test]
    fn a_line_without_steps_has_no_rate() {
        let mut pace = Pace::start();
        pace.catch_up();
        assert_eq!(pace.take_rate(), 0.0);
    }
}
