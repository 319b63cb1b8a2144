//! A recorded list of dispatches, replayed every step.
//!
//! The network is fixed, so a training step is the same list each time: pipelines, bind groups and parameters are made
//! once, and a step costs one command buffer with one compute pass, or a few where it takes long.

use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Binding, Gpu, Kernel, Uniform};
use crate::error::Result;

/// Bindings of uniforms start at multiples of this many bytes (WebGPU's default limit).
const UNIFORM_ALIGNMENT: usize = 256;

/// Structs in an array of a uniform begin at multiples of this many bytes.
const JOB_ALIGNMENT: usize = 16;

/// Largest number of workgroups in one dimension (WebGPU's default limit).
const MAX_WORKGROUPS: u32 = 65_535;

/// Seconds that one submit may take on the device: Windows resets a GPU that computes for two seconds without a pause.
const SUBMIT_SECONDS: f64 = 0.3;

/// Submits of a plan whose time is not known yet.
const FIRST_SUBMITS: usize = 8;

/// Stands for one run of a plan.
#[derive(Clone, Debug)]
pub struct Submission(pub(super) wgpu::SubmissionIndex);

/// Stands for one recorded dispatch when its parameters are to be changed later.
#[derive(Clone, Copy, Debug)]
pub struct DispatchId(usize);

pub(super) struct Dispatch {
    pub(super) kernel: Kernel,
    bind_group: wgpu::BindGroup,
    workgroups: [u32; 3],
    pub(super) stage: &'static str,
    pub(super) operations: f64,
    pub(super) bytes: f64,
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
    bytes: Option<f64>,
}

impl Recorder {
    /// An empty list.
    pub fn new(gpu: &Gpu, label: &'static str) -> Self {
        Self { gpu: gpu.clone(), label, stage: label, params: Vec::new(), recorded: Vec::new() }
    }

    /// The device that the plan is for.
    pub(crate) fn gpu(&self) -> &Gpu {
        &self.gpu
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
        self.dispatch_jobs(kernel, std::slice::from_ref(params), workgroups, bindings)
    }

    /// The same of a shader that has room for the parameters of several jobs.
    ///
    /// # Panics
    /// As [`Recorder::dispatch`], and if the shader has no room for so many.
    #[track_caller]
    pub fn dispatch_jobs<P: Uniform>(
        &mut self,
        kernel: &Kernel,
        jobs: &[P],
        workgroups: [usize; 3],
        bindings: &[(&str, Binding)],
    ) -> DispatchId {
        let workgroups = workgroups.map(|count| u32::try_from(count).unwrap_or(u32::MAX));
        let fits = workgroups.iter().all(|&count| (1..=MAX_WORKGROUPS).contains(&count));
        assert!(fits, "kernel `{}`: {workgroups:?} workgroups; each must be 1 to {MAX_WORKGROUPS}", kernel.name);
        let room = kernel.interface.jobs;
        assert!((1..=room).contains(&jobs.len()), "kernel `{}`: {} jobs; at most {room}", kernel.name, jobs.len());
        let params_offset = self.params.len();
        for params in jobs {
            self.params.extend_from_slice(&params.to_bytes());
            if room > 1 {
                self.params.resize(self.params.len().next_multiple_of(JOB_ALIGNMENT), 0);
            }
        }
        let params_size = (self.params.len() - params_offset) / jobs.len() * room;
        self.params.resize((params_offset + params_size).next_multiple_of(UNIFORM_ALIGNMENT), 0);
        self.recorded.push(Recorded {
            kernel: kernel.clone(),
            bindings: kernel.arrange(bindings),
            params_offset,
            params_size,
            workgroups,
            stage: self.stage,
            operations: 0.0,
            bytes: None,
        });
        DispatchId(self.recorded.len() - 1)
    }

    /// Says of the last dispatch how many multiplications and additions it does, for a profile.
    pub fn operations(&mut self, operations: usize) {
        self.recorded.last_mut().expect("a dispatch").operations = operations as f64;
    }

    /// Says of the last dispatch how many bytes it reads and writes, for a profile, if that is less than what it binds.
    pub fn bytes(&mut self, bytes: usize) {
        self.recorded.last_mut().expect("a dispatch").bytes = Some(bytes as f64);
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
            let params_offsets = recorded.iter().map(|entry| entry.params_offset).collect();
            let dispatches = recorded.into_iter().map(|entry| entry.bind(&made, &params_buffer)).collect();
            let params = Mutex::new(Params { changed: 0..params.len(), bytes: params });
            Ok(Plan {
                gpu: made,
                label,
                dispatches,
                params,
                params_buffer,
                params_offsets,
                submits: AtomicUsize::new(FIRST_SUBMITS),
            })
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
        let Self { kernel, workgroups, stage, operations, bytes, bindings, .. } = self;
        let bytes = bytes.unwrap_or_else(|| bindings.iter().map(|(_, binding)| binding.size as f64).sum());
        Dispatch { kernel, bind_group, workgroups, stage, operations, bytes }
    }
}

/// Dispatches that are ready to run, in order; each sees all that the earlier ones wrote.
pub struct Plan {
    pub(super) gpu: Gpu,
    label: &'static str,
    pub(super) dispatches: Vec<Dispatch>,
    params: Mutex<Params>,
    params_buffer: wgpu::Buffer,
    params_offsets: Vec<usize>,
    /// Into how many submits a run is cut.
    submits: AtomicUsize,
}

/// The parameters of all dispatches on the host, and which bytes have changed since they were uploaded.
struct Params {
    bytes: Vec<u8>,
    changed: Range<usize>,
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
        self.write_params(self.params_offsets[id.0], &params.to_bytes());
    }

    fn write_params(&self, offset: usize, bytes: &[u8]) {
        let mut params = self.params.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let end = offset + bytes.len();
        params.bytes[offset..end].copy_from_slice(bytes);
        params.changed = match params.changed.is_empty() {
            true => offset..end,
            false => params.changed.start.min(offset)..params.changed.end.max(end),
        };
    }

    /// Uploads what has changed, at once.
    pub(super) fn upload_params(&self) {
        let mut params = self.params.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let changed = std::mem::take(&mut params.changed);
        if !changed.is_empty() {
            self.gpu.queue.write_buffer(&self.params_buffer, changed.start as u64, &params.bytes[changed]);
        }
    }

    /// Chooses what a dispatch with the parameters `seed` and `counter` draws in the submits that follow.
    ///
    /// # Panics
    /// If it has no such parameter.
    pub fn set_counter(&self, id: DispatchId, counter: u32) {
        let kernel = &self.dispatches[id.0].kernel;
        let field = kernel.interface.params.iter().position(|(name, _)| name == "counter");
        let field = field.unwrap_or_else(|| panic!("kernel `{}` draws nothing", kernel.name));
        self.write_params(self.params_offsets[id.0] + 4 * field, &counter.to_le_bytes());
    }

    /// Cuts the runs that follow into submits of 0.3 s and less, going by the `seconds` that one took. What it computes
    /// stays the same to the last bit.
    pub fn cut_for(&self, seconds: f64) {
        self.set_submits((seconds / SUBMIT_SECONDS).ceil() as usize);
    }

    /// Cuts the runs that follow into so many submits, or as many as there are dispatches.
    pub fn set_submits(&self, submits: usize) {
        self.submits.store(submits.max(1), Ordering::Relaxed);
    }

    /// Into how many submits the next run is cut, unless it has fewer dispatches.
    pub fn submits(&self) -> usize {
        self.submits.load(Ordering::Relaxed)
    }

    /// Queues one run of the whole list, each of its submits one command buffer with one compute pass.
    pub fn submit(&self) -> Result<()> {
        self.queue().map(|_| ())
    }

    /// Like [`Plan::submit`]; says by what [`Gpu::wait_for`] waits for it.
    pub fn queue(&self) -> Result<Submission> {
        self.gpu.check_lost()?;
        self.upload_params();
        let submits = self.submits();
        let mut last = None;
        for part in self.dispatches.chunks(self.dispatches.len().div_ceil(submits).max(1)) {
            let descriptor = wgpu::CommandEncoderDescriptor { label: Some(self.label) };
            let mut encoder = self.gpu.device.create_command_encoder(&descriptor);
            let mut pass = encoder
                .begin_compute_pass(&wgpu::ComputePassDescriptor { label: Some(self.label), timestamp_writes: None });
            for dispatch in part {
                dispatch.encode(&mut pass);
            }
            drop(pass);
            last = Some(self.gpu.queue.submit([encoder.finish()]));
        }
        Ok(Submission(last.unwrap_or_else(|| self.gpu.queue.submit([]))))
    }
}

impl Dispatch {
    pub(super) fn encode(&self, pass: &mut wgpu::ComputePass<'_>) {
        let [x, y, z] = self.workgroups;
        pass.set_pipeline(&self.kernel.pipeline);
        pass.set_bind_group(0, &self.bind_group, &[]);
        pass.dispatch_workgroups(x, y, z);
    }
}
