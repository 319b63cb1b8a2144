//! A matrix copied into an image.
//!
//! A kernel that uses each value of a matrix once is as fast as it can be read, and images can be read faster than
//! buffers where every load from a buffer is checked lane by lane: more than twice as fast on Mesa's software adapter.

use super::{Gpu, Tensor};

/// Columns of a strip. An image has a layer for each strip of a matrix, so that a strip lies in memory as one piece.
pub(crate) const STRIP: usize = 128;

impl<const RANK: usize> Tensor<f32, RANK> {
    /// The same tensor together with an image of what it holds now, for kernels that can use one. The last dimension is
    /// the columns, the others together are the rows. A matrix too large for an image stays without.
    ///
    /// Later writes to the tensor do not reach the image: this is for parameters that stay as they are.
    ///
    /// # Panics
    /// If the number of columns is not a multiple of 4.
    pub fn with_image(&self, gpu: &Gpu) -> Self {
        let columns = self.shape()[RANK - 1];
        assert!(columns.is_multiple_of(4), "{}: {columns} columns; an image needs a multiple of 4", self.label());
        let (rows, strips, limits) = (self.len() / columns, columns.div_ceil(STRIP), gpu.device.limits());
        if rows > limits.max_texture_dimension_2d as usize || strips > limits.max_texture_array_layers as usize {
            return self.clone();
        }
        let extent = |columns: usize, rows: usize, strips: usize| wgpu::Extent3d {
            width: (columns / 4) as u32,
            height: rows as u32,
            depth_or_array_layers: strips as u32,
        };
        let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
            label: Some(self.label()),
            size: extent(STRIP, rows, strips),
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: wgpu::TextureFormat::Rgba32Float,
            usage: wgpu::TextureUsages::STORAGE_BINDING | wgpu::TextureUsages::COPY_DST,
            view_formats: &[],
        });

        let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("image") });
        let width = (4 * columns) as u32;
        // A copy of several rows needs rows of a multiple of 256 bytes.
        let at_once = if width.is_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT) { rows } else { 1 };
        for first in (0..columns).step_by(STRIP) {
            for row in (0..rows).step_by(at_once) {
                let layout = wgpu::TexelCopyBufferLayout {
                    offset: 4 * (self.offset + row * columns + first) as u64,
                    bytes_per_row: (at_once > 1).then_some(width),
                    rows_per_image: None,
                };
                let from = wgpu::TexelCopyBufferInfo { buffer: &self.buffer, layout };
                let mut to = texture.as_image_copy();
                to.origin = wgpu::Origin3d { x: 0, y: row as u32, z: (first / STRIP) as u32 };
                encoder.copy_buffer_to_texture(from, to, extent(STRIP.min(columns - first), at_once, 1));
            }
        }
        gpu.queue.submit([encoder.finish()]);

        let mut tensor = self.clone();
        tensor.image = Some(texture.create_view(&wgpu::TextureViewDescriptor {
            dimension: Some(wgpu::TextureViewDimension::D2Array),
            ..Default::default()
        }));
        tensor
    }
}
