//! Matrix product with bias and optional ReLU: a linear layer forward.
//! Math and layout: `shaders/matmul_nn.wgsl`.

use super::matrix::by_dispatch;
use super::variants::{self, Tiles, Variants, WORKGROUP, WORKGROUP_32};
use super::{Matrix, u32_from};
use crate::engine::gpu::{Family, Gpu, KernelSource, Recorder, Uniform as _, params};

const TEXTS: Variants = Variants {
    portable: include_str!("../../../shaders/matmul_nn.wgsl"),
    workgroup_tile: &[include_str!("../../../shaders/workgroup_tile/matmul_nn.wgsl"), WORKGROUP, WORKGROUP_32],
    subgroup8: include_str!("../../../shaders/subgroup8/matmul_nn.wgsl"),
};

params! {
    m: u32, n: u32, k: u32,
    a_offset: u32, a_stride: u32, b_offset: u32, b_stride: u32, out_offset: u32, out_stride: u32,
    bias_offset: u32, relu: u32,
}

pub(super) fn source(family: Family) -> KernelSource {
    variants::choose("matmul_nn", family, &TEXTS, &[], Params::FIELDS)
}

/// The text for few rows.
pub(super) fn rowwise() -> KernelSource {
    variants::rowwise("matmul_nn", include_str!("../../../shaders/rowwise/matmul_nn.wgsl"), &[], Params::FIELDS)
}

/// `out = a · b + bias`, optionally with ReLU.
pub struct MatmulNn(Tiles);

impl MatmulNn {
    pub(super) fn new(gpu: &Gpu) -> Self {
        let source = source(gpu.family());
        Self(Tiles::new(gpu, source.clone(), [64, 64], [32, 32]).with_few_rows(gpu, &source, rowwise()))
    }

    /// a: [M, K], b: [K, N], bias: [1, N], out: [M, N], written.
    #[track_caller]
    pub fn record(&self, recorder: &mut Recorder, a: &Matrix, b: &Matrix, bias: &Matrix, relu: bool, out: &Matrix) {
        self.record_all(recorder, &[[a, b, bias, out].map(Matrix::clone)], relu);
    }

    /// Products `[a, b, bias, out]` that do not need each other, as of [`MatmulNn::record`]. Those next to each other whose
    /// matrices lie in the same buffers are one dispatch.
    #[track_caller]
    pub fn record_all(&self, recorder: &mut Recorder, products: &[[Matrix; 4]], relu: bool) {
        for ([a, b, bias, out], run) in by_dispatch(products) {
            let jobs: Vec<_> = run.iter().map(|product| params(product, relu)).collect();
            assert!(
                jobs.iter().all(|job| job.k as usize <= recorder.gpu().loop_budget()),
                "matmul_nn: an inner dimension is too long"
            );
            let sizes: Vec<_> = run.iter().map(|[.., out]| [out.rows, out.columns]).collect();
            let tiled = self.0.choose(&sizes, &b);
            let bindings = [("a", a), ("b", b), ("bias", bias), ("out", out)];
            recorder.dispatch_jobs(&tiled.kernel, &jobs, tiled.grid_of_all(&sizes), &bindings);
            recorder.operations(run.iter().map(|[a, .., out]| 2 * out.rows * out.columns * a.columns).sum());
        }
    }
}

#[track_caller]
fn params([a, b, bias, out]: &[Matrix; 4], relu: bool) -> Params {
    let (m, n, k) = (out.rows, out.columns, a.columns);
    assert_eq!((a.rows, b.rows, b.columns), (m, k, n), "matmul_nn: rows of a, rows and columns of b");
    assert_eq!((bias.rows, bias.columns), (1, n), "matmul_nn: shape of bias");
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
        bias_offset: u32_from(bias.offset),
        relu: u32::from(relu),
    }
}
