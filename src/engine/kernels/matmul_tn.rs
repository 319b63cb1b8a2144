//! Matrix product with the first factor transposed: the gradient of a weight.
//! Math and layout: `shaders/matmul_tn.wgsl`.

use super::matrix::by_dispatch;
use super::variants::{self, Tiles, Variants, WORKGROUP, WORKGROUP_32};
use super::{Matrix, u32_from};
use crate::engine::gpu::{Family, Gpu, KernelSource, Recorder, Uniform as _, params};

const TEXTS: Variants = Variants {
    portable: include_str!("../../../shaders/matmul_tn.wgsl"),
    workgroup_tile: &[include_str!("../../../shaders/workgroup_tile/matmul_tn.wgsl"), WORKGROUP, WORKGROUP_32],
    subgroup8: include_str!("../../../shaders/subgroup8/matmul_tn.wgsl"),
};

params! {
    m: u32, n: u32, k: u32,
    a_offset: u32, a_stride: u32, b_offset: u32, b_stride: u32, out_offset: u32, out_stride: u32,
    accumulate: u32,
}

pub(super) fn source(family: Family) -> KernelSource {
    variants::choose("matmul_tn", family, &TEXTS, &[], Params::FIELDS)
}

/// Rows of one dispatch. The sum over time and batch goes over long columns; in chunks the rows being read stay in a
/// processor's caches, and no invocation loops too often. On a GPU a chunk is long, for a product of few tiles is
/// expected to wait most of its time, and would wait again in each dispatch.
const fn chunk(family: Family) -> usize {
    match family {
        Family::Portable | Family::Subgroup8 => 640,
        Family::WorkgroupTile => 8192,
    }
}

/// `out = aᵀ · b`.
pub struct MatmulTn {
    tiles: Tiles,
    chunk: usize,
}

impl MatmulTn {
    pub(super) fn new(gpu: &Gpu) -> Self {
        let chunk = chunk(gpu.family());
        assert!(chunk <= gpu.loop_budget(), "matmul_tn: chunks of {chunk} rows are too long");
        Self { tiles: Tiles::new(gpu, source(gpu.family()), [64, 64], [32, 32]), chunk }
    }

    /// a: [K, M], b: [K, N], out: [M, N], written.
    #[track_caller]
    pub fn record(&self, recorder: &mut Recorder, a: &Matrix, b: &Matrix, out: &Matrix) {
        self.record_all(recorder, &[[a, b, out].map(Matrix::clone)]);
    }

    /// Products `[a, b, out]` that do not need each other, as of [`MatmulTn::record`]. All sum over as many
    /// rows. Those next to each other whose matrices lie in the same buffers share a dispatch for each chunk of rows.
    #[track_caller]
    pub fn record_all(&self, recorder: &mut Recorder, products: &[[Matrix; 3]]) {
        for ([a, b, out], run) in by_dispatch(products) {
            let sizes: Vec<_> = run.iter().map(|[.., out]| [out.rows, out.columns]).collect();
            let tiled = self.tiles.choose(&sizes, &b);
            let rows = run[0][0].rows;
            assert!(run.iter().all(|[a, ..]| a.rows == rows), "matmul_tn: rows of all products");
            for first in (0..rows).step_by(self.chunk) {
                let count = self.chunk.min(rows - first);
                let jobs: Vec<_> = run.iter().map(|product| params(product, first, count)).collect();
                let bindings = [("a", a.clone()), ("b", b.clone()), ("out", out.clone())];
                recorder.dispatch_jobs(&tiled.kernel, &jobs, tiled.grid_of_all(&sizes), &bindings);
                recorder.operations(sizes.iter().map(|[m, n]| 2 * m * n * count).sum());
            }
        }
    }
}

/// Of `count` rows from row `first` on.
#[track_caller]
fn params([a, b, out]: &[Matrix; 3], first: usize, count: usize) -> Params {
    let (m, n) = (out.rows, out.columns);
    assert_eq!((a.columns, b.rows, b.columns), (m, a.rows, n), "matmul_tn: columns of a, rows and columns of b");
    Params {
        m: u32_from(m),
        n: u32_from(n),
        k: u32_from(count),
        a_offset: u32_from(a.rows(first, count).offset),
        a_stride: u32_from(a.stride),
        b_offset: u32_from(b.rows(first, count).offset),
        b_stride: u32_from(b.stride),
        out_offset: u32_from(out.offset),
        out_stride: u32_from(out.stride),
        accumulate: u32::from(first > 0),
    }
}
