//! Matrix product with the second factor transposed: the gradient of a linear layer's input.
//! Math and layout: `shaders/matmul_nt.wgsl`.

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
        let (m, n, k) = (out.rows, out.columns, a.columns);
        assert_eq!((a.rows, b.rows, b.columns), (m, n, k), "matmul_nt: rows of a, rows and columns of b");
        assert!(k <= recorder.gpu().loop_budget(), "matmul_nt: inner dimension {k} is too long");
        let params = Params {
            m: u32_from(m),
            n: u32_from(n),
            k: u32_from(k),
            a_offset: u32_from(a.offset),
            a_stride: u32_from(a.stride),
            b_offset: u32_from(b.offset),
            b_stride: u32_from(b.stride),
            out_offset: u32_from(out.offset),
            out_stride: u32_from(out.stride),
        };
        let tiled = self.0.choose(m, n, &b.binding);
        let [x, y] = tiled.grid(m, n);
        recorder.dispatch(
            &tiled.kernel,
            &params,
            [x, y, 1],
            &[("a", a.binding.clone()), ("b", b.binding.clone()), ("out", out.binding.clone())],
        );
        recorder.operations(2 * m * n * k);
    }
}
