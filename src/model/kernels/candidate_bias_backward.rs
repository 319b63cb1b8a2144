//! The gradients of the scores of candidates. Math and layout: `shaders/candidate_bias_backward.wgsl`.

use super::candidate_bias::{SCORE_SIZE, check};
use super::{grid_of_rows, u32_from};
use crate::engine::gpu::{Family, Gpu, Kernel, KernelSource, Recorder, Tensor, Uniform as _, params};
use crate::engine::kernels::plain_place;
use crate::music::candidates::{CANDIDATE_ROWS, CANDIDATES, stacked_rows};

params! { head: u32, stride: u32, query: u32 }

pub(super) fn source(_: Family) -> KernelSource {
    KernelSource {
        name: "candidate_bias_backward",
        parts: vec![include_str!("../../../shaders/candidate_bias_backward.wgsl")],
        params: Params::FIELDS,
    }
}

/// The gradients of the scores of candidates.
pub struct CandidateBiasBackward(Kernel);

impl CandidateBiasBackward {
    pub(super) fn new(gpu: &Gpu) -> Self {
        Self(Kernel::new(gpu, &source(gpu.family())))
    }

    /// The first arguments are those of the forward pass. dlogits: [T, B, N], its columns of the query are written; evidence, as
    /// the forward pass left it, becomes its gradient; dscore: [T, B, 120], those of the head are written.
    #[track_caller]
    pub fn record(
        &self,
        recorder: &mut Recorder,
        head: usize,
        candidates: &Tensor<u32, 3>,
        score: &Tensor<f32, 2>,
        query: usize,
        dlogits: &Tensor<f32, 3>,
        evidence: &Tensor<f32, 3>,
        dscore: &Tensor<f32, 3>,
    ) {
        check(head, candidates, score, query, dlogits, evidence);
        let [seq_len, batch_size, stride] = dlogits.shape();
        dscore.expect_shape([seq_len, batch_size, 3 * SCORE_SIZE]);
        let params = Params { head: u32_from(head), stride: u32_from(stride), query: u32_from(query) };
        let bindings = [
            ("candidates", candidates.into()),
            ("score", score.into()),
            ("dlogits", dlogits.into()),
            ("evidence", evidence.into()),
            ("dscore", dscore.into()),
        ];
        let [along, layers] = grid_of_rows(seq_len * batch_size);
        recorder.dispatch(&self.0, &params, [along, layers, 1], &bindings);
    }
}

/// The rows of the tables that candidates, `[R, 3, 8, 2]`, chose, for [`gather_index`](crate::engine::kernels::gather_index): each with the place
/// in the gradient of the evidence that is part of its gradient.
pub fn candidate_rows(candidates: &[u32]) -> impl Iterator<Item = (usize, u32)> {
    candidates.chunks_exact(2).enumerate().filter(|(_, candidate)| candidate[0] > 0).flat_map(|(at, candidate)| {
        let first = CANDIDATE_ROWS * (at / CANDIDATES % 3);
        stacked_rows(candidate[1]).into_iter().map(move |row| (first + row, plain_place(at)))
    })
}
