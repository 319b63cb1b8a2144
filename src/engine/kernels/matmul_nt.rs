//! Matrix product with the second factor transposed: the gradient of a linear layer's input.
//! Math and layout: `shaders/matmul_nt.wgsl`.

use super::matrix::by_dispatch;
use super::variants::{self, Tiles, Variants, WORKGROUP, WORKGROUP_32};
use super::{Matrix, u32_from};
use crate::engine::gpu::{Family, Gpu, KernelSource, Recorder, Uniform as _, params};

const TEXTS: Variants = Variants {
    portable: include_str!("../../../shaders/matmul_nt.wgsl"),
    workgroup_tile: &[include_str!("../../../shaders/workgroup_tile/matmul_nt.wgsl"), WORKGROUP, WORKGROUP_32],
    subgroup8: include_str!("../../../shaders/subgroup8/matmul_nt.wgsl"),
};

params! {
    m: u32, n: u32, k: u32,
    a_offset: u32, a_stride: u32, b_offset: u32, b_stride: u32, out_offset: u32, out_stride: u32,
}

pub(super) fn source(family: Family) -> KernelSource {
    variants::choose("matmul_nt", family, &TEXTS, &[], Params::FIELDS)
}

/// `out = a · bᵀ`.
pub struct MatmulNt(Tiles);

impl MatmulNt {
    pub(super) fn new(gpu: &Gpu) -> Self {
        Self(Tiles::new(gpu, source(gpu.family()), [64, 64], [32, 32]))
    }

    /// a: [M, K], b: [N, K], out: [M, N], written.
    #[track_caller]
    pub fn record(&self, recorder: &mut Recorder, a: &Matrix, b: &Matrix, out: &Matrix) {
        self.record_all(recorder, &[[a, b, out].map(Matrix::clone)]);
    }

    /// Products `[a, b, out]` that do not need each other, as of [`MatmulNt::record`]. Those next to each other whose matrices
    /// lie in the same buffers are one dispatch.
    #[track_caller]
    pub fn record_all(&self, recorder: &mut Recorder, products: &[[Matrix; 3]]) {
        for ([a, b, out], run) in by_dispatch(products) {
            let jobs: Vec<_> = run.iter().map(params).collect();
            assert!(
                jobs.iter().all(|job| job.k as usize <= recorder.gpu().loop_budget()),
                "matmul_nt: an inner dimension is too long"
            );
            let sizes: Vec<_> = run.iter().map(|[.., out]| [out.rows, out.columns]).collect();
            let tiled = self.0.choose(&sizes, &b);
            let bindings = [("a", a), ("b", b), ("out", out)];
            recorder.dispatch_jobs(&tiled.kernel, &jobs, tiled.grid_of_all(&sizes), &bindings);
            recorder.operations(run.iter().map(|[a, _, out]| 2 * out.rows * out.columns * a.columns).sum());
        }
    }
}

#[track_caller]
fn params([a, b, out]: &[Matrix; 3]) -> Params {
    let (m, n, k) = (out.rows, out.columns, a.columns);
    assert_eq!((a.rows, b.rows, b.columns), (m, n, k), "matmul_nt: rows of a, rows and columns of b");
    Params {
        m: u32_from(m),
        n: u32_from(n),
        k: u32_from(k),
        a_offset: u32_from(a.offset),
        a_stride: u32_from(a.stride),
        b_offset: u32_from(b.offset),
        b_stride: u32_from(b.stride),
        out_offset: u32_from(out.offset),
        out_stride: u32_from(out.stride),
    }
}
