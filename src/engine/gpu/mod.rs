//! The machine: an adapter, buffers with shapes, kernels reflected from their WGSL, and recorded plans.
//!
//! Nothing in here depends on LSTMs.

mod adapter;
mod binding;
mod image;
mod kernel;
mod plan;
mod profile;
mod tensor;

pub use adapter::{AdapterReport, Family, Gpu};
pub use binding::Binding;
pub(crate) use image::STRIP;
pub(crate) use kernel::params;
pub use kernel::{Interface, Kernel, KernelSource, ParamsLayout, Uniform};
pub use plan::{DispatchId, Plan, Recorder, Submission};
pub use profile::KernelTime;
pub use tensor::{Element, Tensor};
