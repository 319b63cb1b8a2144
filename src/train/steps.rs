//! The loop over training steps: budget, learning rate, losses, and when to stop.

use super::budget::TimeLimit;
use super::pace::SETTLED;
use super::plan::{Plan, duration};
use super::session::Session;
use super::state::TimePlan;
use super::{Moment, Outcome};
use crate::engine::kernels::AdamwStep;
use crate::engine::optimizer::schedule;
use crate::error::Result;
use crate::run_report;

/// Losses are read at multiples of this step: fixed, so that the sums come out the same however fast the machine is.
const READ_EVERY: u64 = 10;
/// What a row costs in validation, measured in training: a forward pass of three.
const VALIDATION_COST: f64 = 1.0 / 3.0;

impl Session<'_> {
    /// Trains until the budget is used up, or the watcher says so.
    pub(super) fn run(mut self) -> Result<Outcome> {
        self.begin()?;
        run_report::refresh(self.folder.path(), true);
        let result = self.steps();
        run_report::refresh(self.folder.path(), false);
        result
    }

    fn steps(&mut self) -> Result<Outcome> {
        loop {
            let over = self.reason_to_end();
            let begun = self.run.progress.step > self.run.progress.validated;
            if self.validation_is_due() || (over.is_some() && begun) {
                if !self.validate()? {
                    return self.interrupt();
                }
                continue;
            }
            if let Some(reason) = over {
                return self.finish(&reason);
            }
            if self.watcher.stop(self.run.progress.step) {
                return self.interrupt();
            }
            self.train_step()?;
        }
    }

    fn train_step(&mut self) -> Result<()> {
        let config = &self.run.config;
        let step = self.run.progress.step + 1;
        let adamw = AdamwStep {
            learning_rate: self.learning_rate(step - 1),
            beta1: config.beta1,
            beta2: config.beta2,
            eps: config.eps,
            weight_decay: config.weight_decay,
            step: u32::try_from(step).expect("the budget is checked"),
        };
        let batch = self.stream.next_batch();
        let queued = self.step.run(&batch, &adamw)?.submission;
        self.run.progress.step = step;
        // One step is always queued, so that the device has work while the host prepares the next one.
        let before = self.queued.replace(queued);
        if let (true, Some(before)) = (self.pace.waits(), before) {
            self.model.gpu.wait_for(&before)?;
        }
        if step.is_multiple_of(READ_EVERY) {
            self.read_losses()?;
        }
        self.pace.lap();
        if let Some(seconds) = self.pace.step_seconds() {
            self.step.cut_for(seconds);
        }
        self.plan();
        self.announce();
        self.show();
        if self.save_is_due() {
            self.model.gpu.wait()?;
            self.pace.catch_up();
            self.save()?;
            self.pace.pause_ends();
        }
        Ok(())
    }

    /// Adds the losses on the device to those of this line, and returns the norm of the last gradients. Both must be
    /// finite.
    pub(super) fn read_losses(&mut self) -> Result<f64> {
        let totals = self.step.take_losses()?;
        let norm = f64::from(self.step.optimizer.clip.read(&self.model.gpu)?[0]);
        if !totals.iter().all(|total| total.is_finite()) {
            return Err(self.diverged("loss"));
        }
        if !norm.is_finite() {
            return Err(self.diverged("gradient norm"));
        }
        for (sum, total) in self.run.progress.losses.iter_mut().zip(totals) {
            *sum += total;
        }
        Ok(norm)
    }

    /// The learning rate of the step after `step` others.
    pub(super) fn learning_rate(&self, step: u64) -> f64 {
        let share = self.planned_steps().map_or(0.0, |planned| step as f64 / planned as f64);
        self.run.config.learning_rate * schedule(step, self.run.config.warmup_steps, share)
    }

    fn time_limit(&self) -> Option<TimeLimit> {
        self.run.config.budget.time_limit(self.stream.rows_per_pass(), self.rows_per_step())
    }

    /// The step at which epochs or steps are used up, those among them that the default time is good for.
    fn last_step(&self) -> Option<u64> {
        let by_time = self.time_limit().filter(|limit| limit.fewest > 0).and(self.run.progress.plan);
        let last = self.run.config.budget.last_step(self.stream.rows_per_pass(), self.rows_per_step());
        last.into_iter().chain(by_time.map(|plan| plan.steps)).min()
    }

    /// The step at which the run is expected to end, if anything but patience ends it.
    fn planned_steps(&self) -> Option<u64> {
        let by_time = self.time_limit().and(self.run.progress.plan);
        self.last_step().into_iter().chain(by_time.map(|plan| plan.steps)).min()
    }

    /// Whether a time that limits the run was not turned into steps yet.
    fn unplanned(&self) -> Option<TimeLimit> {
        self.time_limit().filter(|&limit| self.run.progress.plan.is_none_or(|plan| plan.limit != limit))
    }

    /// Turns a time into steps: minutes that were asked for as soon as the pace is known, the default time at a step that
    /// does not depend on the pace, so that a run with the same plan has the same learning rates.
    fn plan(&mut self) {
        let Some(limit) = self.unplanned() else {
            return;
        };
        let (step, seconds) = (self.run.progress.step, self.seconds());
        let step_seconds = match self.pace.step_seconds() {
            _ if limit.fewest > 0 && step < SETTLED => return,
            Some(step_seconds) => step_seconds,
            // Resumed just before that step.
            None if limit.fewest > 0 => seconds / step as f64,
            None => return,
        };
        let steps = limit.last_step(step, seconds, step_seconds * (1.0 + self.validation_share()));
        self.run.progress.plan = Some(TimePlan { limit, steps });
    }

    /// Time in validation as a share of that in steps.
    fn validation_share(&self) -> f64 {
        self.validation.rows() as f64 / self.rows_per_validation() as f64 * VALIDATION_COST
    }

    /// Says once what the budget comes to, as soon as that is known.
    fn announce(&mut self) {
        let (Some(steps), Some(step_seconds)) = (self.planned_steps(), self.pace.step_seconds()) else {
            return;
        };
        if self.announced || self.unplanned().is_some() {
            return;
        }
        self.announced = true;
        let left = steps.saturating_sub(self.run.progress.step) as f64 * step_seconds * (1.0 + self.validation_share());
        let plan = Plan {
            steps,
            is_exact: self.last_step() == Some(steps),
            rows_per_step: self.rows_per_step(),
            rows_per_pass: self.stream.rows_per_pass(),
            seconds: self.seconds() + left,
            earlier_seconds: self.earlier_seconds,
            step_seconds,
        };
        self.watcher.note("budget", &plan.to_string());
    }

    fn reason_to_end(&self) -> Option<String> {
        let (budget, progress) = (&self.run.config.budget, &self.run.progress);
        if self.last_step().is_some_and(|last| progress.step >= last) {
            return Some(format!(
                "the budget of {:.4} epochs or {} steps is used up",
                self.stream.epochs(),
                progress.step
            ));
        }
        if self.seconds() >= budget.seconds() {
            return Some(format!("the budget of {} is used up", duration(budget.seconds())));
        }
        if budget.patience > 0 && progress.stale >= budget.patience {
            return Some(format!("validation has not improved {} times in a row", progress.stale));
        }
        None
    }

    fn finish(&mut self, reason: &str) -> Result<Outcome> {
        if self.last_save.step != self.run.progress.step {
            self.save()?;
        }
        let (best, model) = (self.run.progress.best.unwrap_or(f64::NAN), self.folder.model());
        self.watcher.note("done", &format!("{reason}; best validation loss {best:.4} nats per event"));
        Ok(Outcome::Finished { model })
    }

    fn interrupt(&mut self) -> Result<Outcome> {
        self.save()?;
        Ok(Outcome::Interrupted { step: self.run.progress.step })
    }

    /// Updates the bar.
    fn show(&self) {
        let (step, step_seconds) = (self.run.progress.step, self.pace.step_seconds());
        let time = self.run.config.budget.seconds();
        let by_steps = self.last_step().map(|last| step as f64 / last as f64).unwrap_or_default();
        let steps_left = self.last_step().map(|last| last.saturating_sub(step) as f64);
        let by_pace = steps_left.zip(step_seconds).map(|(steps, seconds)| steps * seconds);
        let by_time = time.is_finite().then(|| time - self.seconds());
        let read = step - step % READ_EVERY;
        let events = read.saturating_sub(self.run.progress.validated) * self.rows_per_step();
        self.watcher.moment(&Moment {
            epoch: self.stream.epochs(),
            loss: (events > 0).then(|| self.run.progress.losses.iter().sum::<f64>() / events as f64),
            events_per_second: step_seconds.map(|seconds| self.rows_per_step() as f64 / seconds),
            share: by_steps.max(self.seconds() / time),
            seconds_left: by_pace.into_iter().chain(by_time).reduce(f64::min),
        });
    }
}
