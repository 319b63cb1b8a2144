//! The sum of each column: the gradient of a bias. Math and layout: `shaders/column_sum.wgsl`.

use super::jobs::MOST;
use super::{Matrix, u32_from};
use crate::engine::gpu::{Binding, Family, Gpu, Kernel, KernelSource, Recorder, Uniform as _, params};

params! { rows: u32, columns: u32, source: u32, a_offset: u32, a_stride: u32, out_offset: u32 }

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

/// The buffers that the sums of a dispatch read.
const SOURCES: [&str; 6] = ["a_0", "a_1", "a_2", "a_3", "a_4", "a_5"];

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

    /// Sums `[a, out]` that do not need each other, as of [`ColumnSum::record`]: of up to six buffers and into one, eight are a
    /// dispatch.
    #[track_caller]
    pub fn record_all(&self, recorder: &mut Recorder, sums: &[[Matrix; 2]]) {
        let mut rest = sums;
        while !rest.is_empty() {
            let (sources, taken) = sources(rest);
            let (dispatched, others) = rest.split_at(taken);
            self.dispatch(recorder, &sources, dispatched);
            rest = others;
        }
    }

    #[track_caller]
    fn dispatch(&self, recorder: &mut Recorder, sources: &[Binding], sums: &[[Matrix; 2]]) {
        let budget = recorder.gpu().loop_budget();
        let outs = Binding::spanning(sums.iter().map(|[_, out]| &out.binding));
        let params = |[a, out]: &[Matrix; 2]| {
            assert_eq!([out.rows, out.columns], [1, a.columns], "column_sum: shape of out");
            assert!(a.rows.div_ceil(GROUPS) <= budget, "column_sum: {} rows are too many to add up", a.rows);
            let source = sources.iter().position(|source| source.shares_buffer(&a.binding)).expect("one of them");
            Params {
                rows: u32_from(a.rows),
                columns: u32_from(a.columns),
                source: u32_from(source),
                a_offset: u32_from(a.offset + a.binding.place_in(&sources[source])),
                a_stride: u32_from(a.stride),
                out_offset: u32_from(out.offset + out.binding.place_in(&outs)),
            }
        };
        let jobs: Vec<_> = sums.iter().map(params).collect();
        let columns = sums.iter().map(|[a, _]| a.columns).max().expect("a sum");
        // Where there are fewer sources, the last stands for those that no sum reads.
        let source = |at: usize| sources[at.min(sources.len() - 1)].clone();
        let mut bindings: Vec<_> = SOURCES.iter().enumerate().map(|(at, &name)| (name, source(at))).collect();
        bindings.push(("out", outs));
        recorder.dispatch_jobs(&self.0, &jobs, [(columns / 4).div_ceil(LANES), 1, jobs.len()], &bindings);
        recorder.bytes(sums.iter().map(|[a, out]| 4 * (a.rows + out.rows) * a.columns).sum());
    }
}

/// The buffers that the first sums read, each from the first to the last of their matrices, and how many sums that are.
fn sources(sums: &[[Matrix; 2]]) -> (Vec<Binding>, usize) {
    let mut sources: Vec<Binding> = Vec::new();
    let mut taken = 0;
    for [a, out] in sums.iter().take(MOST) {
        let known = sources.iter().position(|source| source.shares_buffer(&a.binding));
        if !out.binding.shares_buffer(&sums[0][1].binding) || known.is_none() && sources.len() == SOURCES.len() {
            break;
        }
        match known {
            Some(known) => sources[known] = Binding::spanning([&sources[known], &a.binding]),
            None => sources.push(a.binding.clone()),
        }
        taken += 1;
    }
    (sources, taken)
}
