//! What a budget comes to, in words.

use std::fmt;

/// What a budget comes to.
pub(super) struct Plan {
    /// The step at which the run will end.
    pub(super) steps: u64,
    /// False where the clock ends it, so that these steps are an estimate.
    pub(super) is_exact: bool,
    pub(super) rows_per_step: u64,
    pub(super) rows_per_pass: u64,
    /// Time in the training loop at the end, all sessions together.
    pub(super) seconds: f64,
    /// That of the sessions before this one.
    pub(super) earlier_seconds: f64,
    pub(super) step_seconds: f64,
}

impl fmt::Display for Plan {
    /// `1,740 steps: 20 passes over 27,840 events, about 2 min 20 s at 12 steps a second`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let about = if self.is_exact { "" } else { "about " };
        let passes = format!("{:.1}", (self.steps * self.rows_per_step) as f64 / self.rows_per_pass as f64);
        let passes = passes.trim_end_matches(".0");
        let (steps, events) = (grouped(self.steps), grouped(self.rows_per_pass));
        let left = duration(self.seconds - self.earlier_seconds);
        let more = if self.earlier_seconds > 0.0 { " more" } else { "" };
        let rate = 1.0 / self.step_seconds.max(1e-9);
        let decimals = if rate >= 10.0 { 0 } else { 2 };
        write!(
            f,
            "{about}{steps} steps: {passes} passes over {events} events, about {left}{more} at {rate:.decimals$} steps a second"
        )
    }
}

/// A number with commas between groups of three digits.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| str::from_utf8(group).expect("digits")).collect();
    groups.join(",")
}

/// Seconds as a person says them: `2 min 20 s`.
pub fn duration(seconds: f64) -> String {
    let seconds = seconds.max(0.0).round() as u64;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budget_is_printed_in_steps_passes_and_time() {
        let plan = Plan {
            steps: 1740,
            is_exact: true,
            rows_per_step: 320,
            rows_per_pass: 27_840,
            seconds: 140.4,
            earlier_seconds: 0.0,
            step_seconds: 1.0 / 12.4,
        };
        let line = "1,740 steps: 20 passes over 27,840 events, about 2 min 20 s at 12 steps a second";
        assert_eq!(plan.to_string(), line);
        let resumed = Plan { is_exact: false, steps: 1700, earlier_seconds: 100.4, step_seconds: 2.5, ..plan };
        let line = "about 1,700 steps: 19.5 passes over 27,840 events, about 40 s more at 0.40 steps a second";
        assert_eq!(resumed.to_string(), line);
    }

    #[test]
    fn long_numbers_have_commas() {
        let numbers = [7, 999, 1000, 27_840, 123_456, 1_234_567];
        assert_eq!(numbers.map(grouped), ["7", "999", "1,000", "27,840", "123,456", "1,234,567"]);
    }
}
