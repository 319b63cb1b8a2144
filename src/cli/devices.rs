//! `gpu-lstm devices`

use std::process::ExitCode;

use clap::Args;
use gpu_lstm::engine::gpu::{AdapterReport, Family};

/// Lists the adapters that can be chosen with --adapter, best first
#[derive(Debug, Args)]
pub(super) struct Devices {}

impl Devices {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let reports = AdapterReport::all();
        if reports.is_empty() {
            // Opening one says what to install.
            gpu_lstm::engine::gpu::Gpu::new(None)?;
        }
        for (index, report) in reports.iter().enumerate() {
            super::print(format_args!("{index}: {}", report.title))?;
            super::print(format_args!("   type         {}", report.device_type))?;
            super::print(format_args!("   buffers      up to {} MiB", report.max_binding_bytes >> 20))?;
            let [smallest, largest] = report.subgroup_sizes;
            super::print(format_args!("   subgroups    {smallest} to {largest}"))?;
            super::print(format_args!("   timestamps   {}", if report.timestamps { "yes" } else { "no" }))?;
            super::print(format_args!("   kernels      {}", kernels(report.family)))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn kernels(family: Family) -> &'static str {
    match family {
        Family::Portable => "portable",
        Family::WorkgroupTile => "workgroup tiles",
        Family::Subgroup8 => "subgroups of eight",
    }
}
