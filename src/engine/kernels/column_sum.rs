//! The sum of each column: the gradient of a bias. Math and layout: `shaders/column_sum.wgsl`.

use super::matrix::by_dispatch;
use super::{Matrix, u32_from};
use crate::engine::gpu::{Family, Gpu, Kernel, KernelSource, Recorder, Uniform as _, params};

params! { rows: u32, columns: u32, a_offset: u32, a_stride: u32, out_offset: u32 }

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

    /// a: [M, N], out: [1, N], written.
    #[track_caller]
    pub fn record(&self, recorder: &mut Recorder, a: &Matrix, out: &Matrix) {
        self.record_all(recorder, &[[a, out].map(Matrix::clone)]);
    }

    /// Sums `[a, out]` that do not need each other, as of [`ColumnSum::record`]. Those next to each other whose matrices lie in
    /// the same buffers are one dispatch.
    #[track_caller]
    pub fn record_all(&self, recorder: &mut Recorder, sums: &[[Matrix; 2]]) {
        let budget = recorder.gpu().loop_budget();
        for ([a, out], run) in by_dispatch(sums) {
            let jobs: Vec<_> = run.iter().map(|sum| params(sum, budget)).collect();
            let columns = run.iter().map(|[a, _]| a.columns).max().expect("a sum");
            let workgroups = [(columns / 4).div_ceil(LANES), 1, jobs.len()];
            recorder.dispatch_jobs(&self.0, &jobs, workgroups, &[("a", a), ("out", out)]);
        }
    }
}

/// `budget` is how often an invocation may loop.
#[track_caller]
fn params([a, out]: &[Matrix; 2], budget: usize) -> Params {
    assert_eq!([out.rows, out.columns], [1, a.columns], "column_sum: shape of out");
    assert!(a.rows.div_ceil(GROUPS) <= budget, "column_sum: {} rows are too many to add up", a.rows);
    Params {
        rows: u32_from(a.rows),
        columns: u32_from(a.columns),
        a_offset: u32_from(a.offset),
        a_stride: u32_from(a.stride),
        out_offset: u32_from(out.offset),
    }
}
