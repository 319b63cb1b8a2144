//! What was measured, as tables in Markdown.

use std::fmt::Write as _;

use super::{Limits, Measured};
use crate::engine::gpu::KernelTime;

/// A table of the workloads, then one of the kernels of each, beside what the adapter can do at best.
pub fn tables(limits: &Limits, all: &[Measured]) -> String {
    let mut text = String::new();
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let adapter = all.first().map_or("", |one| one.adapter.as_str());
    let _ = writeln!(text, "Adapter: {adapter}; {cores} cores. At best: {}\n", describe(limits));
    text.push_str("| workload | kernels | ms a step (fastest-slowest) | pipelined | events/s | host: sort, write, submit, wait (ms) | first step | dispatches | peak memory | loss |\n");
    text.push_str("|---|---|---|---|---|---|---|---|---|---|\n");
    for one in all {
        let memory = one.peak_memory_mib.map_or_else(|| "-".into(), |mib| format!("{mib:.0} MiB"));
        let [sorting, writing, submitting, waiting] = one.host_ms;
        let _ = writeln!(
            text,
            "| {} | {} | {:.1} ({:.1}-{:.1}) | {:.1} | {:.0} | {sorting:.2}, {writing:.2}, {submitting:.2}, {waiting:.1} | {:.2} s | {} | {memory} | {:.3} -> {:.3} |",
            one.workload,
            one.family,
            one.ms_per_step,
            one.ms_fastest,
            one.ms_slowest,
            one.ms_pipelined,
            one.events_per_s,
            one.first_step_s,
            one.dispatches,
            one.losses.0,
            one.losses.1,
        );
    }
    for one in all {
        let _ = writeln!(text, "\n{} by kernel, {} kernels:\n", one.workload, one.family);
        text.push_str(
            "| stage | kernel | dispatches | ms | µs each | GFLOP/s | GB/s of what it binds | of the limit |\n",
        );
        text.push_str("|---|---|--:|--:|--:|--:|--:|--:|\n");
        for kernel in &one.kernels {
            let _ = writeln!(text, "{}", kernel_row(limits, kernel));
        }
        for generation in &one.generation {
            let _ = writeln!(
                text,
                "\nGeneration, {} at once: {:.0} events/s, {} dispatches an event.",
                generation.pieces, generation.events_per_s, generation.dispatches
            );
        }
    }
    text
}

/// A kernel with products is measured by these, another by the bytes that it binds.
fn kernel_row(limits: &Limits, kernel: &KernelTime) -> String {
    let KernelTime { stage, kernel: name, milliseconds, dispatches, operations, bytes } = kernel;
    let [gflop, gb] = [operations, bytes].map(|amount| amount / milliseconds * 1e-6);
    let (gflop, gb, share) = if *operations > 0.0 {
        (format!("{gflop:.1}"), "-".into(), gflop / limits.gflop_per_s)
    } else {
        ("-".into(), format!("{gb:.1}"), gb / limits.gb_per_s)
    };
    let each = 1e3 * milliseconds / *dispatches as f64;
    format!(
        "| {stage} | {name} | {dispatches} | {milliseconds:.2} | {each:.0} | {gflop} | {gb} | {:.0} % |",
        100.0 * share
    )
}

/// One line.
fn describe(limits: &Limits) -> String {
    format!(
        "{:.0} GFLOP/s of multiply-adds, {:.1} GB/s of memory, {:.0} µs from one dependent dispatch to the next, {:.0} µs for a submit that is read back.",
        limits.gflop_per_s, limits.gb_per_s, limits.dispatch_us, limits.readback_us
    )
}
