//! Adds the scores of candidates to logits. Math and layout: `shaders/candidate_bias.wgsl`.

use super::{grid_of_rows, u32_from};
use crate::engine::gpu::{Binding, Family, Gpu, Kernel, KernelSource, Recorder, Tensor, Uniform as _, params};
use crate::engine::kernels::jobs::{Run, runs};
use crate::music::candidates::{CANDIDATE_COLUMNS, CANDIDATE_ROWS, CANDIDATES};

pub(super) const ROWS: &str = include_str!("../../../shaders/common/candidate_rows.wgsl");

/// Width of the query, of the rows of the tables, and of the score but for its bias.
pub const CANDIDATE_SIZE: usize = 32;

/// A head's score: its weights, its bias, and padding.
pub const SCORE_SIZE: usize = 40;

params! { head: u32, stride: u32, query: u32, logits_offset: u32 }

pub(super) fn source(_: Family) -> KernelSource {
    KernelSource {
        name: "candidate_bias",
        parts: vec![include_str!("../../../shaders/candidate_bias.wgsl"), ROWS],
        params: Params::FIELDS,
    }
}

/// A head that has candidates.
#[derive(Clone, Copy, Debug)]
pub struct CandidateHead<'a> {
    /// Which head.
    pub head: usize,
    /// The column at which its query begins.
    pub query: usize,
    /// [T, B, N]: its logits, of which the first columns are the classes; backward, their gradients.
    pub logits: &'a Tensor<f32, 3>,
}

/// Adds the scores of candidates to logits.
pub struct CandidateBias(Kernel);

impl CandidateBias {
    pub(super) fn new(gpu: &Gpu) -> Self {
        Self(Kernel::new(gpu, &source(gpu.family())))
    }

    /// candidates: [T, B, 48]; table: [378, 32], that of each head below the one before; score: [1, 120]; evidence: [T, B, 3 · 8 ·
    /// 32], that of the candidates of these heads is written. Heads whose logits lie in one buffer are one dispatch.
    #[track_caller]
    pub fn record(
        &self,
        recorder: &mut Recorder,
        heads: &[CandidateHead<'_>],
        candidates: &Tensor<u32, 3>,
        table: &Tensor<f32, 2>,
        score: &Tensor<f32, 2>,
        evidence: &Tensor<f32, 3>,
    ) {
        table.expect_shape([3 * CANDIDATE_ROWS, CANDIDATE_SIZE]);
        let tensors: Vec<[Binding; 1]> = heads.iter().map(|head| [head.logits.into()]).collect();
        for Run { jobs, bindings: [logits] } in runs(&tensors) {
            let params = |(head, [of_head]): (&CandidateHead<'_>, &[Binding; 1])| Params {
                head: u32_from(head.head),
                stride: u32_from(head.logits.shape()[2]),
                query: u32_from(head.query),
                logits_offset: u32_from(of_head.place_in(&logits)),
            };
            let params: Vec<_> = heads[jobs.clone()].iter().zip(&tensors[jobs]).map(params).collect();
            let bindings = [
                ("candidates", candidates.into()),
                ("table", table.into()),
                ("score", score.into()),
                ("logits", logits),
                ("evidence", evidence.into()),
            ];
            let grid = grid_of_heads(heads, candidates, score, evidence);
            recorder.dispatch_jobs(&self.0, &params, [grid[0], grid[1], params.len()], &bindings);
        }
    }
}

/// Workgroups of one head, after a check of the shapes that forward and backward have in common.
#[track_caller]
pub(super) fn grid_of_heads(
    heads: &[CandidateHead<'_>],
    candidates: &Tensor<u32, 3>,
    score: &Tensor<f32, 2>,
    evidence: &Tensor<f32, 3>,
) -> [usize; 2] {
    let [seq_len, batch_size, _] = candidates.shape();
    candidates.expect_shape([seq_len, batch_size, CANDIDATE_COLUMNS]);
    evidence.expect_shape([seq_len, batch_size, 3 * CANDIDATES * CANDIDATE_SIZE]);
    score.expect_shape([1, 3 * SCORE_SIZE]);
    for CandidateHead { head, query, logits } in heads {
        let stride = logits.shape()[2];
        logits.expect_shape([seq_len, batch_size, stride]);
        assert!(*head < 3, "head {head} of 3");
        assert!(query.is_multiple_of(4) && query + CANDIDATE_SIZE <= stride, "{}: query at {query}", logits.label());
    }
    grid_of_rows(seq_len * batch_size)
}
