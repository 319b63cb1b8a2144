//! What a person sees on stderr: a line for each validation, and a bar where stderr is a terminal.

use indicatif::{ProgressBar, ProgressStyle};

use super::metrics::MetricsRow;

/// Positions of the bar.
const BAR_LENGTH: u64 = 1000;

pub(super) struct Report {
    bar: ProgressBar,
}

/// What the bar shows.
pub(super) struct Moment {
    pub(super) epoch: f64,
    /// Nats per event of the last steps.
    pub(super) loss: Option<f64>,
    pub(super) events_per_second: Option<f64>,
    /// Share of the budget that is used up, where it has an end.
    pub(super) share: f64,
    pub(super) seconds_left: Option<f64>,
}

impl Report {
    /// Announces the columns of the lines to come.
    pub(super) fn start() -> Self {
        eprintln!("losses      nats per event: sum (offset + note + duration)");
        let bar = ProgressBar::new(BAR_LENGTH);
        bar.set_style(ProgressStyle::with_template("{bar:24} {percent:>3} %  {msg}").expect("a valid template"));
        Self { bar }
    }

    /// Redraws the bar.
    pub(super) fn show(&self, moment: &Moment) {
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

    /// Prints a line above the bar.
    pub(super) fn line(&self, text: &str) {
        self.bar.suspend(|| eprintln!("{text}"));
    }

    /// Prints the line of a validation.
    pub(super) fn validation(&self, row: &MetricsRow, best: bool) {
        let train = losses(row.train_loss, [row.train_offset, row.train_note, row.train_duration]);
        let heads = [row.validation_offset, row.validation_note, row.validation_duration];
        let validation = losses(row.validation_loss, heads);
        let (step, epoch, rate) = (row.step, row.epoch, row.events_per_second);
        let mark = if best { "  best" } else { "" };
        self.line(&format!(
            "epoch {epoch:7.2}  step {step:6}  train {train}  validation {validation}  {rate:.0} events/s{mark}"
        ));
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

fn losses(sum: f64, [offset, note, duration]: [f64; 3]) -> String {
    format!("{sum:.3} ({offset:.3} + {note:.3} + {duration:.3})")
}

/// Seconds as a person says them.
pub(super) fn duration(seconds: f64) -> String {
    let seconds = seconds.max(0.0).round() as u64;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3600, seconds / 60 % 60),
    }
}
