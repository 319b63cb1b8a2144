//! Where the time of a plan goes, kernel by kernel.

use serde::Serialize;

use super::plan::{Dispatch, Plan};
use crate::error::{Error, Result};

/// Time spent in the dispatches of one kernel within one stage of a plan.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct KernelTime {
    /// The name given to [`Recorder::stage`](super::Recorder::stage).
    pub stage: &'static str,
    /// Name of the kernel.
    pub kernel: &'static str,
    /// Milliseconds on the device.
    pub milliseconds: f64,
    /// Number of dispatches.
    pub dispatches: usize,
    /// Multiplications and additions of matrix products; 0 where the kernel has none.
    pub operations: f64,
    /// Bytes of all that the dispatches bind, each counted once a dispatch.
    pub bytes: f64,
}

impl Plan {
    /// Runs the list once with a pass per run of equal kernels and returns the time of each kernel of each stage, in order
    /// of first appearance, or `None` where the adapter has no timestamps.
    pub fn profile(&self) -> Result<Option<Vec<KernelTime>>> {
        if !self.gpu.device.features().contains(wgpu::Features::TIMESTAMP_QUERY) {
            return Ok(None);
        }
        self.upload_params();
        let key = |dispatch: &Dispatch| (dispatch.stage, dispatch.kernel.name);
        let runs: Vec<&[Dispatch]> = self.dispatches.chunk_by(|a, b| key(a) == key(b)).collect();
        let count = u32::try_from(2 * runs.len()).expect("fewer than two billion runs");
        let queries = self.gpu.device.create_query_set(&wgpu::QuerySetDescriptor {
            label: Some("kernels"),
            ty: wgpu::QueryType::Timestamp,
            count,
        });
        let mut encoder =
            self.gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("profile") });
        for (run, first) in runs.iter().zip((0..count).step_by(2)) {
            let timestamp_writes = Some(wgpu::ComputePassTimestampWrites {
                query_set: &queries,
                beginning_of_pass_write_index: Some(first),
                end_of_pass_write_index: Some(first + 1),
            });
            let mut pass = encoder
                .begin_compute_pass(&wgpu::ComputePassDescriptor { label: Some(run[0].kernel.name), timestamp_writes });
            for dispatch in *run {
                dispatch.encode(&mut pass);
            }
        }
        let ticks = self.resolve(encoder, &queries, count)?;
        let period = f64::from(self.gpu.queue.get_timestamp_period()) * 1e-6;
        let mut times: Vec<KernelTime> = Vec::new();
        for (run, tick) in runs.iter().zip(ticks.chunks_exact(2)) {
            let milliseconds = tick[1].saturating_sub(tick[0]) as f64 * period;
            let (stage, kernel) = key(&run[0]);
            let at = times.iter().position(|entry| (entry.stage, entry.kernel) == (stage, kernel));
            let at = at.unwrap_or_else(|| {
                times.push(KernelTime { stage, kernel, ..KernelTime::default() });
                times.len() - 1
            });
            let entry = &mut times[at];
            entry.milliseconds += milliseconds;
            entry.dispatches += run.len();
            entry.operations += run.iter().map(|dispatch| dispatch.operations).sum::<f64>();
            entry.bytes += run.iter().map(|dispatch| dispatch.bytes).sum::<f64>();
        }
        Ok(Some(times))
    }

    /// Submits, waits and reads the timestamps.
    fn resolve(&self, mut encoder: wgpu::CommandEncoder, queries: &wgpu::QuerySet, count: u32) -> Result<Vec<u64>> {
        let size = u64::from(count) * 8;
        let buffer = |usage| {
            self.gpu.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("timestamps"),
                size,
                usage,
                mapped_at_creation: false,
            })
        };
        let resolved = buffer(wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC);
        let readable = buffer(wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ);
        encoder.resolve_query_set(queries, 0..count, &resolved, 0);
        encoder.copy_buffer_to_buffer(&resolved, 0, &readable, 0, size);
        self.gpu.queue.submit([encoder.finish()]);
        readable.map_async(wgpu::MapMode::Read, .., |_| {});
        self.gpu.wait()?;
        let view = readable.get_mapped_range(..).map_err(|error| Error::DeviceLost(error.to_string()))?;
        Ok(bytemuck::pod_collect_to_vec(&view))
    }
}
