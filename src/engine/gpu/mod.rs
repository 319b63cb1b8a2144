//! The machine: an adapter, buffers with shapes, kernels reflected from their WGSL, and recorded plans.
//!
//! Nothing in here depends on LSTMs.

mod adapter;
mod image;
mod kernel;
mod plan;
mod profile;
mod tensor;

pub use adapter::{AdapterReport, Family, Gpu};
pub(crate) use image::STRIP;
pub(crate) use kernel::params;
pub use kernel::{Binding, Interface, Kernel, KernelSource, ParamsLayout, Uniform};
pub use plan::{DispatchId, Plan, Recorder, Submission};
pub use profile::KernelTime;
pub use tensor::{Element, Tensor};
