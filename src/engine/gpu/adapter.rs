//! Choosing and opening an adapter.

use std::any::{Any, TypeId};
use std::sync::{Arc, Mutex, Weak};

use super::Submission;
use crate::error::{Error, Result};

/// What to install or try when no adapter is found.
const NO_ADAPTER_HELP: &str = "no Vulkan, Metal or DX12 adapter found. Install your GPU's driver; on Linux without a GPU, \
     `apt install mesa-vulkan-drivers` (Debian, Ubuntu) or your system's package of Mesa's lavapipe gives a software adapter";

/// Which family of kernels an adapter runs best. See `kernels::variants` for what it selects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Any adapter: register tiles, no subgroup operations, default limits.
    Portable,
    /// GPUs: tiles in workgroup memory, shared by many small invocations, default limits.
    WorkgroupTile,
    /// A processor that runs eight invocations as one vector (Mesa's lavapipe): tiles spread by subgroup shuffles.
    Subgroup8,
}

impl Family {
    /// Every family.
    pub const ALL: [Self; 3] = [Self::Portable, Self::WorkgroupTile, Self::Subgroup8];

    /// The one for a kind of adapter; `subgroups` are the lowest and the highest size of its subgroups, if it has any.
    ///
    /// Lane shuffles need subgroups that are exactly the eight invocations of a workgroup row. To a processor, workgroup
    /// memory is memory like any other, so a tile there gains nothing.
    pub fn suited_to(device_type: wgpu::DeviceType, subgroups: Option<[u32; 2]>) -> Self {
        match device_type {
            wgpu::DeviceType::Cpu if subgroups == Some([8, 8]) => Self::Subgroup8,
            wgpu::DeviceType::DiscreteGpu | wgpu::DeviceType::IntegratedGpu | wgpu::DeviceType::VirtualGpu => {
                Self::WorkgroupTile
            }
            wgpu::DeviceType::Cpu | wgpu::DeviceType::Other => Self::Portable,
        }
    }
}

/// An open adapter: device, queue and what the rest needs to know about them. Clones share the device.
#[derive(Clone)]
pub struct Gpu {
    pub(crate) device: wgpu::Device,
    pub(crate) queue: wgpu::Queue,
    info: wgpu::AdapterInfo,
    family: Family,
    lost: Arc<Mutex<Option<String>>>,
    kept: Arc<Mutex<Vec<Kept>>>,
}

/// What was made for a device and may be used again as long as somebody holds it.
struct Kept {
    family: Family,
    kind: TypeId,
    value: Weak<dyn Any + Send + Sync>,
}

impl std::fmt::Debug for Gpu {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gpu").field("adapter", &self.info.name).field("family", &self.family).finish()
    }
}

impl Gpu {
    /// Opens an adapter.
    ///
    /// `selector` is a position in [`AdapterReport::all`] or a part of a name (any case). Without it the environment's
    /// `WGPU_ADAPTER_NAME` decides, then the order discrete, integrated, virtual, software. `WGPU_BACKEND` limits the
    /// backends as everywhere in wgpu.
    pub fn new(selector: Option<&str>) -> Result<Self> {
        let adapters = enumerate();
        let environment = std::env::var("WGPU_ADAPTER_NAME").ok();
        let adapter = choose(&adapters, selector.or(environment.as_deref()))?;
        Self::open(adapter)
    }

    fn open(adapter: &wgpu::Adapter) -> Result<Self> {
        let info = adapter.get_info();
        let family = family_of(adapter);
        if info.device_type == wgpu::DeviceType::Cpu && info.subgroup_min_size > 8 {
            log::warn!(
                "{} runs subgroups of {}; with LP_NATIVE_VECTOR_WIDTH=256 in the environment it runs the faster kernels for \
                 subgroups of eight",
                info.name,
                info.subgroup_min_size
            );
        }
        let mut wanted = wgpu::Features::TIMESTAMP_QUERY;
        if family == Family::Subgroup8 {
            wanted |= wgpu::Features::SUBGROUP;
        }
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("gpu-lstm"),
            required_features: wanted & adapter.features(),
            required_limits: limits(&adapter.limits()),
            ..Default::default()
        };
        let (device, queue) = pollster::block_on(adapter.request_device(&descriptor))
            .map_err(|source| Error::OpenAdapter { adapter: info.name.clone(), source })?;
        let lost = Arc::new(Mutex::new(None));
        let report = Arc::clone(&lost);
        device.set_device_lost_callback(move |reason, message| {
            if reason != wgpu::DeviceLostReason::Destroyed {
                *report.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some(message);
            }
        });
        let is_lost = Arc::clone(&lost);
        device.on_uncaptured_error(Arc::new(move |error| {
            // Whatever is made on a lost device is invalid. Who waits for it is given the loss, see `check_lost`.
            let lost = is_lost.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            assert!(lost.is_some(), "wgpu error: {error}");
        }));
        Ok(Self { device, queue, info, family, lost, kept: Arc::default() })
    }

    /// The same device with the kernels of another family, if it runs them. Tests and benches compare families.
    pub fn with_family(&self, family: Family) -> Option<Self> {
        let runs = family != Family::Subgroup8 || self.family == Family::Subgroup8;
        runs.then(|| Self { family, ..self.clone() })
    }

    /// The `T` of this device and family of kernels: made once, and again when nobody holds it any more.
    pub fn shared<T: Any + Send + Sync>(&self, make: impl FnOnce(&Self) -> T) -> Arc<T> {
        let mut kept = self.kept.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        kept.retain(|kept| kept.value.strong_count() > 0);
        let mine = kept.iter().filter(|kept| (kept.family, kept.kind) == (self.family, TypeId::of::<T>()));
        let found = mine.filter_map(|kept| kept.value.upgrade()).find_map(|value| value.downcast().ok());
        found.unwrap_or_else(|| {
            let made = Arc::new(make(self));
            let value: Weak<dyn Any + Send + Sync> = Arc::downgrade(&made) as _;
            kept.push(Kept { family: self.family, kind: TypeId::of::<T>(), value });
            made
        })
    }

    /// Name of the adapter.
    pub fn name(&self) -> &str {
        &self.info.name
    }

    /// One line for logs: name, backend, driver.
    pub fn describe(&self) -> String {
        let info = &self.info;
        format!("{} ({}, {} {})", info.name, info.backend, info.driver, info.driver_info)
    }

    /// The kernels this adapter runs best.
    pub fn family(&self) -> Family {
        self.family
    }

    /// How often the loops of one invocation may run together. Mesa's software adapter leaves every loop after one pass
    /// beyond that, silently, so wrappers refuse what would come near; a GPU has no such limit.
    pub(crate) fn loop_budget(&self) -> usize {
        if self.info.device_type == wgpu::DeviceType::Cpu { 60_000 } else { usize::MAX }
    }

    /// Runs `allocate` and turns an allocation that the device refused into an error.
    pub fn catch_out_of_memory<R>(&self, allocate: impl FnOnce() -> Result<R>) -> Result<R> {
        let scope = self.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let result = allocate();
        match pollster::block_on(scope.pop()) {
            Some(error) => Err(Error::OutOfMemory { adapter: self.info.name.clone(), what: error.to_string() }),
            None => result,
        }
    }

    /// Gives the device and its memory back at once, for all clones. What is queued need not run, and what is still asked of
    /// the device ends in [`Error::DeviceLost`], as after a reset of the driver.
    pub fn destroy(&self) {
        *self.lost.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some("it was given back".into());
        self.device.destroy();
    }

    /// Waits until everything submitted so far has run.
    pub fn wait(&self) -> Result<()> {
        self.device.poll(wgpu::PollType::wait_indefinitely()).map_err(|error| Error::DeviceLost(error.to_string()))?;
        self.check_lost()
    }

    /// Waits until a run of a plan has ended; what was submitted after it may go on.
    pub fn wait_for(&self, submission: &Submission) -> Result<()> {
        let submission_index = Some(submission.0.clone());
        let waited = self.device.poll(wgpu::PollType::Wait { submission_index, timeout: None });
        waited.map_err(|error| Error::DeviceLost(error.to_string()))?;
        self.check_lost()
    }

    /// An error if the device has been lost since it was opened.
    pub fn check_lost(&self) -> Result<()> {
        let lost = self.lost.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        lost.as_ref().map_or(Ok(()), |message| Err(Error::DeviceLost(message.clone())))
    }
}

/// The default limits of WebGPU, with larger buffers where the adapter has them.
fn limits(adapter: &wgpu::Limits) -> wgpu::Limits {
    wgpu::Limits {
        max_buffer_size: adapter.max_buffer_size,
        max_storage_buffer_binding_size: adapter.max_storage_buffer_binding_size,
        ..wgpu::Limits::defaults()
    }
}

fn family_of(adapter: &wgpu::Adapter) -> Family {
    let info = adapter.get_info();
    let subgroups = adapter.features().contains(wgpu::Features::SUBGROUP);
    Family::suited_to(info.device_type, subgroups.then_some([info.subgroup_min_size, info.subgroup_max_size]))
}

/// All adapters, best first: discrete, integrated, virtual, other, software.
fn enumerate() -> Vec<wgpu::Adapter> {
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    descriptor.backends = wgpu::Backends::VULKAN | wgpu::Backends::METAL | wgpu::Backends::DX12;
    let instance = wgpu::Instance::new(descriptor.with_env());
    let mut adapters = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::all()));
    adapters.sort_by_key(|adapter| match adapter.get_info().device_type {
        wgpu::DeviceType::DiscreteGpu => 0,
        wgpu::DeviceType::IntegratedGpu => 1,
        wgpu::DeviceType::VirtualGpu => 2,
        wgpu::DeviceType::Other => 3,
        wgpu::DeviceType::Cpu => 4,
    });
    adapters
}

fn choose<'a>(adapters: &'a [wgpu::Adapter], selector: Option<&str>) -> Result<&'a wgpu::Adapter> {
    let Some(selector) = selector else {
        return adapters.first().ok_or_else(|| Error::NoAdapter(NO_ADAPTER_HELP.into()));
    };
    if let Ok(index) = selector.parse::<usize>() {
        return adapters.get(index).ok_or_else(|| {
            Error::NoAdapter(format!("there is no adapter {index}; `gpu-lstm devices` lists {}", adapters.len()))
        });
    }
    let wanted = selector.to_lowercase();
    adapters.iter().find(|adapter| adapter.get_info().name.to_lowercase().contains(&wanted)).ok_or_else(|| {
        let names: Vec<String> = adapters.iter().map(|adapter| adapter.get_info().name).collect();
        let found = if names.is_empty() { NO_ADAPTER_HELP.into() } else { format!("found: {}", names.join(", ")) };
        Error::NoAdapter(format!("no adapter's name contains \"{selector}\"; {found}"))
    })
}

/// What `gpu-lstm devices` prints of one adapter.
#[derive(Debug)]
pub struct AdapterReport {
    /// Name, backend and driver.
    pub title: String,
    /// Kind of device, as wgpu names it.
    pub device_type: String,
    /// Largest buffer binding, in bytes.
    pub max_binding_bytes: u64,
    /// Subgroup sizes, smallest and largest.
    pub subgroup_sizes: [u32; 2],
    /// Whether stages can be timed on the device.
    pub timestamps: bool,
    /// The kernel family that training uses there.
    pub family: Family,
}

impl AdapterReport {
    /// One report per adapter, in the order in which `--adapter INDEX` counts.
    pub fn all() -> Vec<Self> {
        enumerate().iter().map(Self::of).collect()
    }

    fn of(adapter: &wgpu::Adapter) -> Self {
        let info = adapter.get_info();
        Self {
            title: format!("{} ({}, {} {})", info.name, info.backend, info.driver, info.driver_info),
            device_type: format!("{:?}", info.device_type),
            max_binding_bytes: adapter.limits().max_storage_buffer_binding_size,
            subgroup_sizes: [info.subgroup_min_size, info.subgroup_max_size],
            timestamps: adapter.features().contains(wgpu::Features::TIMESTAMP_QUERY),
            family: family_of(adapter),
        }
    }
}
