//! A recorded list of dispatches, replayed every step.
//!
//! The network is fixed, so a training step is the same list each time: pipelines, bind groups and parameters are made
//! once, and a step costs one command buffer with one compute pass.

use serde::Serialize;

use super::{Binding, Gpu, Kernel, Uniform};
use crate::error::{Error, Result};

/// Bindings of uniforms start at multiples of this many bytes (WebGPU's default limit).
const UNIFORM_ALIGNMENT: usize = 256;

/// Largest number of workgroups in one dimension (WebGPU's default limit).
const MAX_WORKGROUPS: u32 = 65_535;

/// Mesa's software adapter lets all loops of one invocation run this often together, then leaves every loop after
/// one pass, silently. Wrappers refuse what would come near.
pub(crate) const MAX_LOOP_ITERATIONS: usize = 60_000;

/// Stands for one run of a plan.
#[derive(Clone, Debug)]
pub struct Submission(pub(super) wgpu::SubmissionIndex);

/// Stands for one recorded dispatch when its parameters are to be changed later.
#[derive(Clone, Copy, Debug)]
pub struct DispatchId(usize);

struct Dispatch {
    kernel: Kernel,
    bind_group: wgpu::BindGroup,
    workgroups: [u32; 3],
    stage: &'static str,
    operations: f64,
    bytes: f64,
}

/// Collects dispatches; [`Recorder::finish`] makes the plan. Kernel wrappers record into it.
pub struct Recorder {
    gpu: Gpu,
    label: &'static str,
    stage: &'static str,
    params: Vec<u8>,
    recorded: Vec<Recorded>,
}

struct Recorded {
    kernel: Kernel,
    bindings: Vec<(u32, Binding)>,
    params_offset: usize,
    params_size: usize,
    workgroups: [u32; 3],
    stage: &'static str,
    operations: f64,
}

impl Recorder {
    /// An empty list.
    pub fn new(gpu: &Gpu, label: &'static str) -> Self {
        Self { gpu: gpu.clone(), label, stage: label, params: Vec::new(), recorded: Vec::new() }
    }

    /// Names the stage that the following dispatches belong to in a profile.
    pub fn stage(&mut self, stage: &'static str) {
        self.stage = stage;
    }

    /// Appends a dispatch of `workgroups` with tensors bound by name.
    ///
    /// # Panics
    /// If names or element types differ from the shader's, or a dimension is 0 or over 65,535 workgroups.
    #[track_caller]
    pub fn dispatch<P: Uniform>(
        &mut self,
        kernel: &Kernel,
        params: &P,
        workgroups: [usize; 3],
        bindings: &[(&str, Binding)],
    ) -> DispatchId {
        let workgroups = workgroups.map(|count| u32::try_from(count).unwrap_or(u32::MAX));
        let fits = workgroups.iter().all(|&count| (1..=MAX_WORKGROUPS).contains(&count));
        assert!(fits, "kernel `{}`: {workgroups:?} workgroups; each must be 1 to {MAX_WORKGROUPS}", kernel.name);
        let bytes = params.to_bytes();
        let params_offset = self.params.len();
        self.params.extend_from_slice(&bytes);
        self.params.resize(self.params.len().next_multiple_of(UNIFORM_ALIGNMENT), 0);
        self.recorded.push(Recorded {
            kernel: kernel.clone(),
            bindings: kernel.arrange(bindings),
            params_offset,
            params_size: bytes.len(),
            workgroups,
            stage: self.stage,
            operations: 0.0,
        });
        DispatchId(self.recorded.len() - 1)
    }

    /// Says of the last dispatch how many multiplications and additions it does, for a profile.
    pub fn operations(&mut self, operations: usize) {
        self.recorded.last_mut().expect("a dispatch").operations = operations as f64;
    }

    /// Makes the parameter buffer and the bind groups.
    pub fn finish(self) -> Result<Plan> {
        let Self { gpu, label, params, recorded, .. } = self;
        let made = gpu.clone();
        gpu.catch_out_of_memory(|| {
            let params_buffer = made.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("params"),
                size: params.len().max(UNIFORM_ALIGNMENT) as u64,
                usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            });
            made.queue.write_buffer(&params_buffer, 0, &params);
            let params_offsets = recorded.iter().map(|entry| entry.params_offset as u64).collect();
            let dispatches = recorded.into_iter().map(|entry| entry.bind(&made, &params_buffer)).collect();
            Ok(Plan { gpu: made, label, dispatches, params_buffer, params_offsets })
        })
    }
}

impl Recorded {
    fn bind(self, gpu: &Gpu, params_buffer: &wgpu::Buffer) -> Dispatch {
        let range = |buffer, offset, size| {
            wgpu::BindingResource::Buffer(wgpu::BufferBinding { buffer, offset, size: wgpu::BufferSize::new(size) })
        };
        let mut entries: Vec<wgpu::BindGroupEntry<'_>> = self
            .bindings
            .iter()
            .map(|(index, tensor)| wgpu::BindGroupEntry {
                binding: *index,
                resource: match &tensor.image {
                    Some(image) => wgpu::BindingResource::TextureView(image),
                    None => range(&tensor.buffer, tensor.offset, tensor.size),
                },
            })
            .collect();
        if let Some(binding) = self.kernel.interface.params_index {
            let resource = range(params_buffer, self.params_offset as u64, self.params_size as u64);
            entries.push(wgpu::BindGroupEntry { binding, resource });
        }
        let bind_group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(self.kernel.name),
            layout: &self.kernel.pipeline.get_bind_group_layout(0),
            entries: &entries,
        });
        let Self { kernel, workgroups, stage, operations, bindings, .. } = self;
        let bytes = bindings.iter().map(|(_, binding)| binding.size as f64).sum();
        Dispatch { kernel, bind_group, workgroups, stage, operations, bytes }
    }
}

/// Dispatches that are ready to run, in order; each sees all that the earlier ones wrote.
pub struct Plan {
    gpu: Gpu,
    label: &'static str,
    dispatches: Vec<Dispatch>,
    params_buffer: wgpu::Buffer,
    params_offsets: Vec<u64>,
}

/// Time spent in the dispatches of one kernel within one stage of a plan.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct KernelTime {
    /// The name given to [`Recorder::stage`].
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
    /// Number of dispatches.
    pub fn len(&self) -> usize {
        self.dispatches.len()
    }

    /// True when nothing was recorded.
    pub fn is_empty(&self) -> bool {
        self.dispatches.is_empty()
    }

    /// Changes the parameters of one dispatch for the submits that follow.
    pub fn set_params<P: Uniform>(&self, id: DispatchId, params: &P) {
        self.gpu.queue.write_buffer(&self.params_buffer, self.params_offsets[id.0], &params.to_bytes());
    }

    /// Chooses what a dispatch with the parameters `seed` and `counter` draws in the submits that follow.
    ///
    /// # Panics
    /// If it has no such parameter.
    pub fn set_counter(&self, id: DispatchId, counter: u32) {
        let kernel = &self.dispatches[id.0].kernel;
        let field = kernel.interface.params.iter().position(|(name, _)| name == "counter");
        let field = field.unwrap_or_else(|| panic!("kernel `{}` draws nothing", kernel.name));
        let offset = self.params_offsets[id.0] + 4 * field as u64;
        self.gpu.queue.write_buffer(&self.params_buffer, offset, &counter.to_le_bytes());
    }

    /// Queues one run of the whole list: one command buffer, one compute pass.
    pub fn submit(&self) -> Result<()> {
        self.queue().map(|_| ())
    }

    /// Like [`Plan::submit`]; says by what [`Gpu::wait_for`] waits for it.
    pub fn queue(&self) -> Result<Submission> {
        self.gpu.check_lost()?;
        let mut encoder =
            self.gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some(self.label) });
        let mut pass = encoder
            .begin_compute_pass(&wgpu::ComputePassDescriptor { label: Some(self.label), timestamp_writes: None });
        for dispatch in &self.dispatches {
            dispatch.encode(&mut pass);
        }
        drop(pass);
        Ok(Submission(self.gpu.queue.submit([encoder.finish()])))
    }

    /// Runs the list once with a pass per run of equal kernels and returns the time of each kernel of each stage, in order
    /// of first appearance, or `None` where the adapter has no timestamps.
    pub fn profile(&self) -> Result<Option<Vec<KernelTime>>> {
        if !self.gpu.device.features().contains(wgpu::Features::TIMESTAMP_QUERY) {
            return Ok(None);
        }
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

impl Dispatch {
    fn encode(&self, pass: &mut wgpu::ComputePass<'_>) {
        let [x, y, z] = self.workgroups;
        pass.set_pipeline(&self.kernel.pipeline);
        pass.set_bind_group(0, &self.bind_group, &[]);
        pass.dispatch_workgroups(x, y, z);
    }
}
