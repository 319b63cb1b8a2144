//! The squares of all gradients, added up in partial sums. Math and layout: `shaders/sum_squares.wgsl`.

use super::u32_from;
use crate::engine::gpu::{Family, Gpu, Kernel, KernelSource, Recorder, Tensor, Uniform as _, params};

params! { len: u32 }

pub(super) fn source(_: Family) -> KernelSource {
    KernelSource {
        name: "sum_squares",
        parts: vec![include_str!("../../../shaders/sum_squares.wgsl")],
        params: Params::FIELDS,
    }
}

/// The squares of all gradients, added up in partial sums.
pub struct SumSquares(Kernel);

impl SumSquares {
    pub(super) fn new(gpu: &Gpu) -> Self {
        Self(Kernel::new(gpu, &source(gpu.family())))
    }

    /// values: [N], partials: one value per workgroup, written.
    #[track_caller]
    pub fn record(&self, recorder: &mut Recorder, values: &Tensor<f32, 1>, partials: &Tensor<f32, 1>) {
        assert!(values.len().is_multiple_of(4), "{}: {} values", values.label(), values.len());
        let bindings = [("values", values.into()), ("partials", partials.into())];
        recorder.dispatch(&self.0, &Params { len: u32_from(values.len()) }, [partials.len(), 1, 1], &bindings);
    }
}
