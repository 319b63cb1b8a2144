//! What a person sees on stderr of a run: a line for each fact and validation, and a bar where stderr is a terminal.

use std::sync::atomic::{AtomicBool, Ordering};

use gpu_lstm::music::events::Field;
use gpu_lstm::train::{MetricsRow, Moment, Watcher, duration};
use indicatif::{ProgressBar, ProgressStyle};

/// Positions of the bar.
const BAR_LENGTH: u64 = 1000;

/// Shows a run, and ends it when Ctrl-C was pressed.
pub(super) struct Progress<'a> {
    bar: ProgressBar,
    interrupted: &'a AtomicBool,
}

impl<'a> Progress<'a> {
    pub(super) fn new(interrupted: &'a AtomicBool) -> Self {
        let bar = ProgressBar::new(BAR_LENGTH);
        bar.set_style(ProgressStyle::with_template("{bar:24} {percent:>3} %  {msg}").expect("a valid template"));
        Self { bar, interrupted }
    }

    /// Prints a line above the bar.
    fn line(&self, text: &str) {
        self.bar.suspend(|| eprintln!("{text}"));
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl Watcher for Progress<'_> {
    fn note(&self, label: &str, text: &str) {
        self.line(&format!("{label:<11} {text}"));
    }

    fn moment(&self, moment: &Moment) {
        if self.bar.is_hidden() {
            return;
        }
        let mut parts = vec![format!("epoch {:.2}", moment.epoch)];
        parts.extend(moment.loss.map(|loss| format!("loss {loss:.3} nats/event")));
        parts.extend(moment.events_per_second.map(|rate| format!("{rate:.0} events/s")));
        parts.extend(moment.seconds_left.map(|seconds| format!("{} left", duration(seconds))));
        self.bar.set_position((moment.share.clamp(0.0, 1.0) * BAR_LENGTH as f64) as u64);
        self.bar.set_message(parts.join("  "));
    }

    fn validation(&self, row: &MetricsRow, best: bool) {
        let (train, validation) =
            (losses(row.train_loss, &row.training()), losses(row.validation_loss, &row.validation()));
        let (step, epoch, rate) = (row.step, row.epoch, row.events_per_second);
        let mark = if best { "  best" } else { "" };
        self.line(&format!(
            "epoch {epoch:7.2}  step {step:6}  train {train}  validation {validation}  {rate:.0} events/s{mark}"
        ));
    }

    fn stop(&self, _step: u64) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }
}

fn losses(sum: f64, parts: &[(Field, f64)]) -> String {
    let parts: Vec<String> = parts.iter().map(|(_, loss)| format!("{loss:.3}")).collect();
    format!("{sum:.3} ({})", parts.join(" + "))
}
