//! The sum of each column: the gradient of a bias. Math and layout: `shaders/column_sum.wgsl`.

use super::u32_from;
use crate::engine::gpu::{Family, Gpu, Kernel, KernelSource, Recorder, Tensor, Uniform as _, params};

params! { rows: u32, columns: u32 }

pub(super) fn source(_: Family) -> KernelSource {
    KernelSource {
        name: "column_sum",
        parts: vec![include_str!("../../../shaders/column_sum.wgsl")],
        params: Params::FIELDS,
    }
}

/// Invocations of a workgroup: side by side, each with four columns, and groups of them that share the rows.
const LANES: usize = 8;
const GROUPS: usize = 32;

/// The sum of each column: the gradient of a bias.
pub struct ColumnSum(Kernel);

impl ColumnSum {
    pub(super) fn new(gpu: &Gpu) -> Self {
        Self(Kernel::new(gpu, &source(gpu.family())))
    }

    /// a: [.., N] with all other dimensions as rows, out: N values, written.
    #[track_caller]
    pub fn record<const R: usize, const Q: usize>(
        &self,
        recorder: &mut Recorder,
        a: &Tensor<f32, R>,
        out: &Tensor<f32, Q>,
    ) {
        let columns = a.shape()[R - 1];
        let rows = a.len() / columns;
        assert_eq!(out.len(), columns, "{}: columns of {}", out.label(), a.label());
        assert!(columns.is_multiple_of(4), "{}: {columns} columns", a.label());
        assert!(
            rows.div_ceil(GROUPS) <= recorder.gpu().loop_budget(),
            "{}: {rows} rows are too many to add up",
            a.label()
        );
        let params = Params { rows: u32_from(rows), columns: u32_from(columns) };
        let workgroups = (columns / 4).div_ceil(LANES);
        recorder.dispatch(&self.0, &params, [workgroups, 1, 1], &[("a", a.into()), ("out", out.into())]);
    }
}
