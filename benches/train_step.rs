//! What `gpu-lstm check --bench` measures, for scripts: see `gpu_lstm::check::speed`.
//!
//! `-- --record FILE` writes the tables of S, D and W between the marks of a file; `-- --test` runs everything once at a small
//! size. `-- W --serve` runs a step for each line it is sent, so that `benches/burn` and `benches/pytorch.py` can time another
//! engine in turn; `W10` is then W with T = 10.

use std::io::Write as _;
use std::time::Instant;

use gpu_lstm::check::speed::{Limits, measure, tables, workload};
use gpu_lstm::engine::gpu::Gpu;

/// Answers each line of standard input with a step: its seconds, its loss, its events and the adapter, between tabs. The
/// first step includes all that comes before it.
fn serve(name: &str, gpu: &Gpu, small: bool) -> gpu_lstm::Result<()> {
    let mut served = None;
    for _ in std::io::stdin().lines() {
        let start = Instant::now();
        if served.is_none() {
            served = Some(workload(name, gpu, small)?);
        }
        let served = served.as_mut().expect("it is there");
        served.queue()?;
        let loss = served.loss()?;
        println!("{}\t{loss}\t{}\t{}", start.elapsed().as_secs_f64(), served.events(), gpu.describe());
        std::io::stdout().flush().expect("somebody listens");
    }
    Ok(())
}

/// Replaces what stands between the marks of this bench in a file of results; the rest of it is left alone.
fn record(path: &str, tables: &str) -> Result<(), String> {
    const MARKS: [&str; 2] = ["<!-- train_step -->\n", "<!-- /train_step -->\n"];
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let [before, after] = MARKS.map(|mark| text.split_once(mark));
    let (Some((before, _)), Some((_, after))) = (before, after) else { return Err(format!("no {MARKS:?}")) };
    std::fs::write(path, [before, MARKS[0], tables, MARKS[1], after].concat()).map_err(|error| error.to_string())
}

fn main() -> gpu_lstm::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let (small, only) = (has("--test"), ["W", "S", "D", "W10"].into_iter().find(|name| has(name)));
    let gpu = Gpu::new(None)?;
    if has("--serve") {
        return serve(only.expect("--serve needs S, D, W or W10"), &gpu, small);
    }
    let mut all = Vec::new();
    for (name, steps) in [("S", 20), ("D", 20), ("W", 5)] {
        if only.is_none_or(|only| only == name) {
            let measured = measure(name, &gpu, if small { 2 } else { steps }, small)?;
            assert!(measured.losses.1 < measured.losses.0, "{name}: the loss does not fall");
            all.push(measured);
        }
    }
    let text = tables(&Limits::of(&gpu)?, &all);
    println!("{text}");
    if let Some(at) = arguments.iter().position(|argument| argument == "--record") {
        let path = arguments.get(at + 1).expect("--record FILE");
        record(path, &text).unwrap_or_else(|error| panic!("{path}: {error}"));
    }
    Ok(())
}
