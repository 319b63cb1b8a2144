//! The workloads of `cargo bench --bench train_step` beside [burn](https://burn.dev), step by step in turn.
//!
//! `make peers` runs everything; `-- S` or `-- W` one workload, `-- --steps N` that many rounds, `-- --limit SECONDS`
//! gives up on an engine whose step takes longer, `-- --record FILE` writes the table into a results file, and
//! `-- --test` does all this at a small size. Each engine is a process of its own that runs one step for each line that it is sent,
//! while the others wait; `-- --worker wgpu S` is such a process.

mod engine;
mod models;
mod results;

use std::time::Duration;

use engine::{Engine, Run};

/// The engines, and the backends they run on.
const ENGINES: [(&str, &str); 3] = [("gpu-lstm", "wgpu"), ("burn", "wgpu"), ("burn", "flex")];
/// Workloads with the rounds they get, so that each takes a few minutes.
const WORKLOADS: [(&str, usize); 3] = [("S", 15), ("W10", 5), ("W", 3)];
/// Seconds that a step may take, the first with its compilation and tuning too.
const LIMIT: f64 = 180.0;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let after = |flag: &str| arguments.iter().skip_while(|argument| *argument != flag).nth(1);
    let number =
        |flag: &str| after(flag).map(|value| value.parse::<f64>().unwrap_or_else(|_| panic!("{flag} {value}?")));
    let small = has("--test");
    if let Some(backend) = after("--worker") {
        let workload = WORKLOADS.iter().find(|(workload, _)| has(workload)).expect("--worker BACKEND WORKLOAD");
        return models::serve(backend, workload.0, small);
    }

    let limit = Duration::from_secs_f64(number("--limit").unwrap_or(LIMIT));
    let only = ["S", "W"].into_iter().find(|name| has(name));
    engine::build();
    let used_before = results::used_by_others();
    let mut runs = Vec::new();
    for (workload, rounds) in WORKLOADS {
        if only.is_none_or(|only| workload.starts_with(only)) {
            let rounds = number("--steps").map_or(rounds, |steps| steps as usize);
            runs.extend(interleave(workload, rounds, limit, small));
        }
    }
    let used = [used_before, results::used_by_others()].into_iter().flatten().reduce(f64::max);
    let text = results::table(&runs, small, used);
    println!("{text}");
    if let Some(path) = after("--record") {
        results::record(path, &text).unwrap_or_else(|error| panic!("{path}: {error}"));
    }
}

/// Rounds of one step of each engine, after one untimed round.
fn interleave(workload: &'static str, rounds: usize, limit: Duration, small: bool) -> Vec<Run> {
    let start = |(name, backend)| Engine::start(name, backend, workload, small, limit);
    let mut engines: Vec<Engine> = ENGINES.into_iter().map(start).collect();
    for round in 0..=rounds {
        for engine in &mut engines {
            if let Some(line) = engine.step() {
                eprintln!("{workload} {round}/{rounds} {line}");
            }
        }
    }
    engines.into_iter().map(Engine::finish).collect()
}
