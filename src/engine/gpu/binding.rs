//! What a kernel reads or writes: a part of a buffer, or an image.

use super::{Element, Tensor};

/// A tensor on its way into a binding: which buffer, which part, which element type.
#[derive(Clone, Debug)]
pub struct Binding {
    pub(super) buffer: wgpu::Buffer,
    pub(super) offset: u64,
    pub(super) size: u64,
    pub(super) image: Option<wgpu::TextureView>,
    pub(super) element: &'static str,
    pub(super) label: String,
}

impl<T: Element, const RANK: usize> From<&Tensor<T, RANK>> for Binding {
    fn from(tensor: &Tensor<T, RANK>) -> Self {
        let width = size_of::<T>();
        assert!(tensor.offset.is_multiple_of(64), "{}: a binding starts at a multiple of 64 elements", tensor.label());
        Self {
            buffer: tensor.buffer.clone(),
            offset: (tensor.offset * width) as u64,
            size: (tensor.len() * width).next_multiple_of(16) as u64,
            image: tensor.image.clone(),
            element: T::WGSL,
            label: tensor.label().into(),
        }
    }
}

impl Binding {
    /// Whether the tensor has an image.
    pub(crate) fn has_image(&self) -> bool {
        self.image.is_some()
    }

    /// Whether one binding can hold this tensor and the other.
    pub(crate) fn shares_buffer(&self, other: &Self) -> bool {
        self.buffer == other.buffer
    }

    /// What several tensors of one buffer and all between them are bound as.
    pub(crate) fn spanning<'a>(bindings: impl IntoIterator<Item = &'a Self>) -> Self {
        bindings.into_iter().cloned().reduce(|all, next| all.joined(&next)).expect("a binding")
    }

    fn joined(self, next: &Self) -> Self {
        assert!(self.shares_buffer(next), "{} and {} lie in two buffers", self.label, next.label);
        let offset = self.offset.min(next.offset);
        let size = (self.offset + self.size).max(next.offset + next.size) - offset;
        Self { offset, size, image: None, ..self }
    }

    /// Elements from the beginning of `all`, which spans this one, to its own.
    pub(crate) fn place_in(&self, all: &Self) -> usize {
        ((self.offset - all.offset) / 4) as usize
    }

    /// The tensor as a buffer alone.
    pub(crate) fn without_image(&self) -> Self {
        Self { image: None, ..self.clone() }
    }
}
