//! The gradients of the scores of candidates. Math and layout: `shaders/candidate_bias_backward.wgsl`.

use super::candidate_bias::{CandidateHead, SCORE_SIZE, grid_of_heads};
use super::u32_from;
use crate::engine::gpu::{Binding, Family, Gpu, Kernel, KernelSource, Recorder, Tensor, Uniform as _, params};
use crate::engine::kernels::jobs::{Run, runs};
use crate::engine::kernels::plain_place;
use crate::music::candidates::{CANDIDATE_ROWS, CANDIDATES, stacked_rows};

params! { head: u32, stride: u32, query: u32, dlogits_offset: u32 }

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

    /// The arguments are those of the forward pass, but for the heads, whose `logits` are the gradients of the logits: their
    /// columns of the query are written. evidence, as the forward pass left it, becomes its gradient; dscore: [T, B, 120], those
    /// of the heads are written.
    #[track_caller]
    pub fn record(
        &self,
        recorder: &mut Recorder,
        heads: &[CandidateHead<'_>],
        candidates: &Tensor<u32, 3>,
        score: &Tensor<f32, 2>,
        evidence: &Tensor<f32, 3>,
        dscore: &Tensor<f32, 3>,
    ) {
        let [seq_len, batch_size, _] = candidates.shape();
        dscore.expect_shape([seq_len, batch_size, 3 * SCORE_SIZE]);
        let tensors: Vec<[Binding; 1]> = heads.iter().map(|head| [head.logits.into()]).collect();
        for Run { jobs, bindings: [dlogits] } in runs(&tensors) {
            let params = |(head, [of_head]): (&CandidateHead<'_>, &[Binding; 1])| Params {
                head: u32_from(head.head),
                stride: u32_from(head.logits.shape()[2]),
                query: u32_from(head.query),
                dlogits_offset: u32_from(of_head.place_in(&dlogits)),
            };
            let params: Vec<_> = heads[jobs.clone()].iter().zip(&tensors[jobs]).map(params).collect();
            let bindings = [
                ("candidates", candidates.into()),
                ("score", score.into()),
                ("dlogits", dlogits),
                ("evidence", evidence.into()),
                ("dscore", dscore.into()),
            ];
            let grid = grid_of_heads(heads, candidates, score, evidence);
            recorder.dispatch_jobs(&self.0, &params, [grid[0], grid[1], params.len()], &bindings);
        }
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
