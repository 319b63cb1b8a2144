//! A buffer on the device with an element type, a shape and a label.

use std::marker::PhantomData;
use std::sync::Arc;

use super::Gpu;
use crate::error::{Error, Result};

/// What a tensor holds: `f32` or `u32`.
pub trait Element: bytemuck::Pod {
    /// The name of the type in WGSL.
    const WGSL: &'static str;
}

impl Element for f32 {
    const WGSL: &'static str = "f32";
}

impl Element for u32 {
    const WGSL: &'static str = "u32";
}

/// A row-major array of rank `RANK` on the device; a whole buffer or a slice of one. Clones share the memory.
///
/// There are no strides, views or broadcasts: a tensor is a place with a shape.
#[derive(Clone, Debug)]
pub struct Tensor<T, const RANK: usize> {
    pub(crate) buffer: wgpu::Buffer,
    /// First element within the buffer.
    pub(crate) offset: usize,
    /// A copy of all elements, see [`Tensor::with_image`].
    pub(super) image: Option<wgpu::TextureView>,
    shape: [usize; RANK],
    label: Arc<str>,
    element: PhantomData<T>,
}

impl<T: Element, const RANK: usize> Tensor<T, RANK> {
    /// Allocates a tensor of zeros.
    pub fn zeros(gpu: &Gpu, label: &str, shape: [usize; RANK]) -> Result<Self> {
        let bytes = (shape.iter().product::<usize>() * size_of::<T>()).next_multiple_of(16).max(16) as u64;
        let allowed = gpu.device.limits().max_storage_buffer_binding_size.min(gpu.device.limits().max_buffer_size);
        if bytes > allowed {
            return Err(Error::TooLarge { what: label.into(), needed: bytes, allowed, adapter: gpu.name().into() });
        }
        let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST;
        let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(label),
            size: bytes,
            usage,
            mapped_at_creation: false,
        });
        Ok(Self { buffer, offset: 0, image: None, shape, label: label.into(), element: PhantomData })
    }

    /// Allocates tensors of zeros in one buffer, so that a dispatch can do the jobs of all.
    pub fn zeros_together(gpu: &Gpu, label: &str, shapes: &[[usize; RANK]]) -> Result<Vec<Self>> {
        let mut end: usize = 0;
        let place = |shape: &[usize; RANK]| {
            let first = end.next_multiple_of(64);
            end = first + shape.iter().product::<usize>();
            first
        };
        let places: Vec<usize> = shapes.iter().map(place).collect();
        let all = Tensor::<T, 1>::zeros(gpu, label, [end])?;
        Ok(places.into_iter().zip(shapes).map(|(first, &shape)| all.slice(label, first, shape)).collect())
    }

    /// Allocates a tensor that holds `values`.
    pub fn from_slice(gpu: &Gpu, label: &str, shape: [usize; RANK], values: &[T]) -> Result<Self> {
        let tensor = Self::zeros(gpu, label, shape)?;
        tensor.write(gpu, values);
        Ok(tensor)
    }

    /// The part of this tensor that starts at element `offset`, with a shape of its own.
    ///
    /// To be bound to a kernel, `offset` must be a multiple of 64 elements (256 bytes).
    ///
    /// # Panics
    /// If the part reaches beyond the tensor.
    pub fn slice<const R: usize>(&self, label: &str, offset: usize, shape: [usize; R]) -> Tensor<T, R> {
        let len: usize = shape.iter().product();
        assert!(offset + len <= self.len(), "{label}: {offset} + {len} elements do not fit into {}", self.label);
        let buffer = self.buffer.clone();
        Tensor { buffer, offset: self.offset + offset, image: None, shape, label: label.into(), element: PhantomData }
    }

    /// The same elements under another shape.
    ///
    /// # Panics
    /// If the number of elements differs.
    #[track_caller]
    pub fn reshape<const R: usize>(&self, shape: [usize; R]) -> Tensor<T, R> {
        assert_eq!(
            self.len(),
            shape.iter().product::<usize>(),
            "{}: {:?} reshaped to {shape:?}",
            self.label,
            self.shape
        );
        let Self { buffer, offset, label, .. } = self.clone();
        Tensor { buffer, offset, image: None, shape, label, element: PhantomData }
    }

    /// Queues a copy of all elements of `other`, which has the same shape and lies in another buffer.
    #[track_caller]
    pub fn copy_from(&self, gpu: &Gpu, other: &Self) {
        other.expect_shape(self.shape);
        let width = size_of::<T>() as u64;
        let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("copy") });
        let [from, to] = [other, self].map(|tensor| tensor.offset as u64 * width);
        encoder.copy_buffer_to_buffer(&other.buffer, from, &self.buffer, to, self.len() as u64 * width);
        gpu.queue.submit([encoder.finish()]);
    }

    /// Queues a write of all elements.
    ///
    /// # Panics
    /// If the number of values is not the number of elements.
    #[track_caller]
    pub fn write(&self, gpu: &Gpu, values: &[T]) {
        assert_eq!(values.len(), self.len(), "{}: number of values", self.label);
        gpu.queue.write_buffer(&self.buffer, (self.offset * size_of::<T>()) as u64, bytemuck::cast_slice(values));
    }

    /// Queues a write of the first elements.
    ///
    /// # Panics
    /// If there are more values than elements.
    #[track_caller]
    pub fn write_first(&self, gpu: &Gpu, values: &[T]) {
        assert!(values.len() <= self.len(), "{}: {} values for {}", self.label, values.len(), self.len());
        gpu.queue.write_buffer(&self.buffer, (self.offset * size_of::<T>()) as u64, bytemuck::cast_slice(values));
    }

    /// Waits for the device and reads all elements.
    pub fn read(&self, gpu: &Gpu) -> Result<Vec<T>> {
        let bytes = (self.len() * size_of::<T>()) as u64;
        let usage = wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST;
        let staging = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("staging"),
            size: bytes,
            usage,
            mapped_at_creation: false,
        });
        let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("read") });
        encoder.copy_buffer_to_buffer(&self.buffer, (self.offset * size_of::<T>()) as u64, &staging, 0, bytes);
        gpu.queue.submit([encoder.finish()]);
        let mapped = Arc::new(std::sync::Mutex::new(None));
        let slot = Arc::clone(&mapped);
        staging.map_async(wgpu::MapMode::Read, .., move |result| {
            *slot.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some(result);
        });
        gpu.wait()?;
        if let Some(Err(error)) = mapped.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take() {
            return Err(Error::DeviceLost(error.to_string()));
        }
        let view = staging.get_mapped_range(..).map_err(|error| Error::DeviceLost(error.to_string()))?;
        Ok(bytemuck::pod_collect_to_vec(&view))
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// True when a dimension is 0.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Sizes, outermost first.
    pub fn shape(&self) -> [usize; RANK] {
        self.shape
    }

    /// The name given at allocation.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Panics with the tensor's name unless it has this shape. Every kernel wrapper begins with these.
    #[track_caller]
    pub fn expect_shape(&self, shape: [usize; RANK]) {
        assert_eq!(self.shape, shape, "{}: shape", self.label);
    }
}
