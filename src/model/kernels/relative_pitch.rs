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

impl Params {
    /// Checks the shapes; those of the gradient are the same.
    #[track_caller]
    pub(super) fn new(context: &Tensor<u32, 3>, pitches: usize, relative: usize, logits: &Tensor<f32, 3>) -> Self {
        let [seq_len, batch_size, stride] = logits.shape();
        context.expect_shape([seq_len, batch_size, CONTEXT_SIZE]);
        let fits = pitches <= relative && relative + RELATIVE_SIZE <= stride;
        assert!(fits, "{}: {relative} of {stride}", logits.label());
        let [rows, pitches, stride, relative] = [seq_len * batch_size, pitches, stride, relative].map(u32_from);
        Self { rows, pitches, stride, relative }
    }

    /// Workgroups for the rows.
    pub(super) fn grid(&self) -> [usize; 2] {
        grid_of_rows(self.rows as usize)
    }
}

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

    /// context: [T, B, 73]; logits: [T, B, N], updated: the first `pitches` columns are the pitches, and what is predicted at
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
        let params = Params::new(context, pitches, relative, logits);
        let bindings = [("context", context.into()), ("logits", logits.into())];
        let [along, layers] = params.grid();
        recorder.dispatch(&self.0, &params, [pitches.div_ceil(64), along, layers], &bindings);
    }
}
