//! What was measured, as a table in Markdown.

use std::fmt::Write as _;
use std::time::Duration;

use crate::engine::Run;

/// Where this program's part of a results file begins; it goes on to the end.
const MARK: &str = "<!-- peers -->";

/// Figures are provisional if others use more than this share of the processor.
const QUIET: f64 = 0.1;

/// The share of the processor that is in use while this program sleeps, where the system reports it (Linux).
pub(crate) fn used_by_others() -> Option<f64> {
    // Time in use and in all since the system started: user, nice, system, idle, waiting for input or output, ...
    let times = || {
        let text = std::fs::read_to_string("/proc/stat").ok()?;
        let times: Vec<f64> = text.lines().next()?.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        let all: f64 = times.iter().take(8).sum();
        Some((all - times.get(3)? - times.get(4)?, all))
    };
    let (used, all) = times()?;
    std::thread::sleep(Duration::from_secs(3));
    let (used_later, all_later) = times()?;
    Some((used_later - used) / (all_later - all).max(1.0))
}

/// The version of burn that this program is built with.
fn burn_version() -> &'static str {
    let lock = include_str!("../Cargo.lock");
    let found = lock.split_once("name = \"burn\"\nversion = \"").and_then(|(_, rest)| rest.split_once('"'));
    found.expect("burn is locked").0
}

fn title(workload: &str) -> &str {
    match workload {
        "W10" => "W, T = 10",
        name => name,
    }
}

/// Median, fastest and slowest.
fn spread(seconds: &[f64]) -> Option<[f64; 3]> {
    let mut sorted = seconds.to_vec();
    sorted.sort_by(f64::total_cmp);
    Some([*sorted.get(sorted.len() / 2)?, *sorted.first()?, *sorted.last()?])
}

pub(crate) fn table(runs: &[Run], small: bool, used_by_others: Option<f64>) -> String {
    let own = |workload: &str| runs.iter().find(|run| run.workload == workload && run.name == "gpu-lstm");
    let adapter = runs.iter().find(|run| run.backend == "wgpu" && run.first.is_some()).map_or("-", |run| &run.adapter);
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let mut text =
        format!("Adapter: {adapter}; {cores} cores. burn {}, with WGSL, without fusion.\n\n", burn_version());
    if small {
        text.push_str("**A trial at a small size**, which measures nothing.\n\n");
    }
    if let Some(share) = used_by_others.filter(|share| *share > QUIET) {
        let _ = writeln!(text, "**Provisional**: other programs used {:.0} % of the processor.\n", 100.0 * share);
    }
    text.push_str(
        "| workload | engine | ms a step (fastest-slowest) | steps | events/s | gpu-lstm is | first step | loss |\n",
    );
    text.push_str("|---|---|---|---|---|---|---|---|\n");
    for run in runs {
        let _ = write!(text, "| {} | {} on {} |", title(run.workload), run.name, run.backend);
        let first = run.first.map_or_else(|| "-".into(), |first| format!("{first:.1} s"));
        let loss = run.losses.map_or_else(|| "-".into(), |(first, last)| format!("{first:.3} -> {last:.3}"));
        let (mut time, mut rate, mut ratio) = (None, "-".into(), "-".into());
        if let Some([median, fastest, slowest]) = spread(&run.seconds) {
            let [median_ms, fastest, slowest] = [median, fastest, slowest].map(|seconds| 1e3 * seconds);
            time = Some(format!("{median_ms:.1} ({fastest:.1}-{slowest:.1})"));
            rate = format!("{:.0}", run.events / median);
            let own = own(run.workload).and_then(|own| spread(&own.seconds));
            if let Some([own, ..]) = own.filter(|_| run.name != "gpu-lstm") {
                ratio = format!("{:.1} times as fast", median / own);
            }
        }
        let notes: Vec<String> = time.into_iter().chain(run.failure.clone()).collect();
        let _ = writeln!(text, " {} | {} | {rate} | {ratio} | {first} | {loss} |", notes.join("; "), run.seconds.len());
    }
    text
}

/// Puts the table in the place of the one before, at the end of a results file.
pub(crate) fn record(path: &str, table: &str) -> std::io::Result<()> {
    let before = std::fs::read_to_string(path).unwrap_or_default();
    let kept = before.find(MARK).map_or(before.as_str(), |at| &before[..at]).trim_end();
    let head = "## Beside burn\n\nWritten by `make peers`. The engines take turns, a step each. burn runs stock modules and does not clip\n\
                gradients. The first step includes compiling and tuning, of which burn keeps a part for its next run.";
    std::fs::write(path, format!("{kept}\n\n{MARK}\n{head}\n\n{table}"))
}
