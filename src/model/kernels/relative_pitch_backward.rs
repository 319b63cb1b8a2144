//! The gradient of what is predicted at intervals. Math and layout: `shaders/relative_pitch_backward.wgsl`.

use super::relative_pitch::{Params, REFERENCES, RELATIVE_SIZE};
use crate::engine::gpu::{Family, Gpu, Kernel, KernelSource, Recorder, Tensor, Uniform as _};

pub(super) fn source(_: Family) -> KernelSource {
    KernelSource {
        name: "relative_pitch_backward",
        parts: vec![include_str!("../../../shaders/relative_pitch_backward.wgsl"), REFERENCES],
        params: Params::FIELDS,
    }
}

/// The gradient of what is predicted at intervals.
pub struct RelativePitchBackward(Kernel);

impl RelativePitchBackward {
    pub(super) fn new(gpu: &Gpu) -> Self {
        Self(Kernel::new(gpu, &source(gpu.family())))
    }

    /// context: [T, B, 73]; dlogits: [T, B, N], updated: the first `pitches` columns are the pitches, and what is predicted at
    /// intervals, [4, 76], begins at column `relative`.
    #[track_caller]
    pub fn record(
        &self,
        recorder: &mut Recorder,
        context: &Tensor<u32, 3>,
        pitches: usize,
        relative: usize,
        dlogits: &Tensor<f32, 3>,
    ) {
        let params = Params::new(context, pitches, relative, dlogits);
        let bindings = [("context", context.into()), ("dlogits", dlogits.into())];
        let lanes = pitches.next_multiple_of(8) + RELATIVE_SIZE;
        let [along, layers] = params.grid();
        recorder.dispatch(&self.0, &params, [lanes.div_ceil(64), along, layers], &bindings);
    }
}
