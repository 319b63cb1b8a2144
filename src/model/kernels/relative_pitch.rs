//! Adds to pitch logits what is predicted at intervals. Math and layout: `shaders/relative_pitch.wgsl`.

use super::{grid_of_rows, u32_from};
use crate::engine::gpu::{Family, Gpu, Kernel, KernelSource, Recorder, Tensor, Uniform as _, params};
use crate::music::context::CONTEXT_SIZE;

pub(super) const REFERENCES: &str = include_str!("../../../shaders/common/references.wgsl");

/// Numbers that are predicted at intervals: 76 for each of four notes.
pub const RELATIVE_SIZE: usize = 4 * RELATIVE_STRIDE;

/// From note to note; the last number is not used.
pub const RELATIVE_STRIDE: usize = 76;

params! { rows: u32, pitches: u32, stride: u32, relative: u32 }

pub(super) fn source(_: Family) -> KernelSource {
    KernelSource {
        name: "relative_pitch",
        parts: vec![include_str!("../../../shaders/relative_pitch.wgsl"), REFERENCES],
        params: Params::FIELDS,
    }
}

/// Adds to pitch logits what is predicted at intervals.
pub struct RelativePitch(Kernel);

impl RelativePitch {
    pub(super) fn new(gpu: &Gpu) -> Self {
        Self(Kernel::new(gpu, &source(gpu.family())))
    }

    /// context: [T, B, 53]; logits: [T, B, N], updated: the first `pitches` columns are the pitches, and what is predicted at
    /// intervals, [4, 76], begins at column `relative`.
    #[track_caller]
    pub fn record(
        &self,
        recorder: &mut Recorder,
        context: &Tensor<u32, 3>,
        pitches: usize,
        relative: usize,
        logits: &Tensor<f32, 3>,
    ) {
        let [seq_len, batch_size, stride] = logits.shape();
        context.expect_shape([seq_len, batch_size, CONTEXT_SIZE]);
        assert!(
            pitches <= relative && relative + RELATIVE_SIZE <= stride,
            "{}: {relative} of {stride}",
            logits.label()
        );
        let rows = seq_len * batch_size;
        let params = Params {
            rows: u32_from(rows),
            pitches: u32_from(pitches),
            stride: u32_from(stride),
            relative: u32_from(relative),
        };
        let bindings = [("context", context.into()), ("logits", logits.into())];
        let [along, layers] = grid_of_rows(rows);
        recorder.dispatch(&self.0, &params, [pitches.div_ceil(64), along, layers], &bindings);
    }
}
