//! The gradient of what is predicted at intervals. Math and layout: `shaders/relative_pitch_backward.wgsl`.

use super::relative_pitch::{REFERENCES, RELATIVE_SIZE};
use super::{grid_of_rows, u32_from};
use crate::engine::gpu::{Family, Gpu, Kernel, KernelSource, Recorder, Tensor, Uniform as _, params};
use crate::music::context::CONTEXT_SIZE;

params! { rows: u32, pitches: u32, stride: u32, relative: u32 }

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

    /// context: [T, B, 53]; dlogits: [T, B, N], updated: the first `pitches` columns are the pitches, and what is predicted at
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
        let [seq_len, batch_size, stride] = dlogits.shape();
        context.expect_shape([seq_len, batch_size, CONTEXT_SIZE]);
        assert!(
            pitches <= relative && relative + RELATIVE_SIZE <= stride,
            "{}: {relative} of {stride}",
            dlogits.label()
        );
        let rows = seq_len * batch_size;
        let params = Params {
            rows: u32_from(rows),
            pitches: u32_from(pitches),
            stride: u32_from(stride),
            relative: u32_from(relative),
        };
        let bindings = [("context", context.into()), ("dlogits", dlogits.into())];
        let lanes = pitches.next_multiple_of(8) + RELATIVE_SIZE;
        let [along, layers] = grid_of_rows(rows);
        recorder.dispatch(&self.0, &params, [lanes.div_ceil(64), along, layers], &bindings);
    }
}
