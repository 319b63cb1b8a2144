//! `gpu-lstm check`

use std::process::ExitCode;

use clap::Args;
use gpu_lstm::check::speed::{Limits, measure, tables};
use gpu_lstm::check::{Finding, check, families};
use gpu_lstm::engine::gpu::{Family, Gpu};

/// Checks whether an adapter computes what it should, and how fast it is
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gpu-lstm check                            the kernels that the best adapter would run
  gpu-lstm check --adapter 1 --all-families every kernel that adapter 1 runs
  gpu-lstm check --bench                    how fast training and generating are, kernel by kernel
  gpu-lstm check --bench --workload W       the same of a wide network
  gpu-lstm check --json > check.json        all figures, for a report

The exit code is 1 if anything is wrong. If it is on your adapter, please report it with the output.")]
pub(super) struct Check {
    /// Adapter to check: a number of `gpu-lstm devices`, or a part of a name [default: the best]
    #[arg(long, value_name = "NAME|INDEX")]
    adapter: Option<String>,
    /// Kernels to check: portable, workgroup-tile or subgroup8 [default: those that the adapter runs best]
    #[arg(long, value_name = "FAMILY", value_parser = family)]
    family: Option<Family>,
    /// Check every family of kernels that the adapter runs
    #[arg(long, conflicts_with = "family")]
    all_families: bool,
    /// Measure how fast the kernels are instead, beside what the adapter can do at best
    #[arg(long)]
    bench: bool,
    /// With --bench: S, a single LSTM; D, the default network; W, a wide one (minutes on a processor)
    #[arg(long, value_name = "S|D|W", value_parser = ["S", "D", "W"], value_delimiter = ',', default_value = "S,D", requires = "bench")]
    workload: Vec<String>,
    /// With --bench: steps that are timed
    #[arg(long, value_name = "N", default_value_t = 20, requires = "bench", value_parser = clap::value_parser!(u16).range(1..))]
    steps: u16,
    /// Print all figures as JSON
    #[arg(long)]
    json: bool,
}

/// Name of a family on the command line.
fn family(name: &str) -> Result<Family, String> {
    match name {
        "portable" => Ok(Family::Portable),
        "workgroup-tile" => Ok(Family::WorkgroupTile),
        "subgroup8" => Ok(Family::Subgroup8),
        _ => Err("portable, workgroup-tile or subgroup8".into()),
    }
}

impl Check {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let gpu = Gpu::new(self.adapter.as_deref())?;
        let runs = families(&gpu);
        let chosen = match self.family {
            Some(family) => vec![family],
            None if self.all_families => runs.clone(),
            None => vec![gpu.family()],
        };
        for family in &chosen {
            anyhow::ensure!(runs.contains(family), "{} does not run {family:?}; it runs {runs:?}", gpu.name());
        }
        if self.bench {
            return self.measure(&gpu, &chosen);
        }
        if !self.json {
            super::print(format_args!("adapter {}", gpu.describe()))?;
            super::print(format_args!(
                "{:<14} {:<17} {:<12} {:>8}  {:>9}  worst",
                "kernels", "network", "", "error", "of limit"
            ))?;
        }
        let mut failed = Ok(());
        let findings = check(&gpu, &chosen, |finding| {
            if !self.json && failed.is_ok() {
                failed = print_finding(finding);
            }
        })?;
        failed?;
        let wrong: Vec<_> = findings.iter().filter(|finding| finding.first_wrong().is_some()).collect();
        if self.json {
            let report = serde_json::json!({
                "adapter": gpu.describe(),
                "version": env!("CARGO_PKG_VERSION"),
                "right": wrong.is_empty(),
                "findings": findings,
            });
            super::print(serde_json::to_string_pretty(&report)?)?;
        } else {
            let seconds: f64 = findings.iter().map(|finding| finding.seconds).sum();
            super::print("")?;
            for finding in &wrong {
                let (part, compared) = finding.first_wrong().expect("it is wrong");
                super::print(format_args!(
                    "WRONG {} kernels, {}: of the {} the first that differs is {}, computed by {}",
                    finding.family, finding.network, part.name, compared.name, compared.kernels,
                ))?;
            }
            if wrong.is_empty() {
                super::print(format_args!("right: everything is within its limit, in {seconds:.1} s"))?;
            } else {
                super::print(
                    "this adapter or its driver miscomputes; update the driver, or choose another adapter (--adapter)",
                )?;
            }
        }
        Ok(if wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

impl Check {
    fn measure(&self, gpu: &Gpu, chosen: &[Family]) -> anyhow::Result<ExitCode> {
        let limits = Limits::of(gpu)?;
        let mut all = Vec::new();
        for gpu in chosen.iter().filter_map(|&family| gpu.with_family(family)) {
            for name in &self.workload {
                eprintln!("measuring {name} with {:?} kernels", gpu.family());
                all.push(measure(name, &gpu, self.steps.into(), false)?);
            }
        }
        if self.json {
            let version = env!("CARGO_PKG_VERSION");
            let report = serde_json::json!({ "version": version, "limits": limits, "measured": all });
            super::print(serde_json::to_string_pretty(&report)?)?;
        } else {
            super::print(tables(&limits, &all))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// A line for each part: its worst array.
fn print_finding(finding: &Finding) -> std::io::Result<()> {
    for part in &finding.parts {
        let Some(worst) = part.worst() else { continue };
        let verdict = if part.first_wrong().is_some() { "  WRONG" } else { "" };
        super::print(format_args!(
            "{:<14} {:<17} {:<12} {:>8.1e}  {:>7.1} %  {}{verdict}",
            finding.family,
            finding.network,
            part.name,
            worst.error,
            100.0 * worst.share,
            worst.name,
        ))?;
    }
    Ok(())
}
