//! Adds the scores of candidates to logits. Math and layout: `shaders/candidate_bias.wgsl`.

use super::{grid_of_rows, u32_from};
use crate::engine::gpu::{Family, Gpu, Kernel, KernelSource, Recorder, Tensor, Uniform as _, params};
use crate::music::candidates::{CANDIDATE_COLUMNS, CANDIDATE_ROWS, CANDIDATES};

pub(super) const ROWS: &str = include_str!("../../../shaders/common/candidate_rows.wgsl");

/// Width of the query, of the rows of the tables, and of the score but for its bias.
pub const CANDIDATE_SIZE: usize = 32;

/// A head's score: its weights, its bias, and padding.
pub const SCORE_SIZE: usize = 40;

params! { head: u32, stride: u32, query: u32 }

pub(super) fn source(_: Family) -> KernelSource {
    KernelSource {
        name: "candidate_bias",
        parts: vec![include_str!("../../../shaders/candidate_bias.wgsl"), ROWS],
        params: Params::FIELDS,
    }
}

/// Adds the scores of candidates to logits.
pub struct CandidateBias(Kernel);

impl CandidateBias {
    pub(super) fn new(gpu: &Gpu) -> Self {
        Self(Kernel::new(gpu, &source(gpu.family())))
    }

    /// candidates: [T, B, 48]; table: [378, 32], that of each head below the one before; score: [1, 120]; of logits, [T, B, N],
    /// the first columns are the classes of head `head`, and the query begins at column `query`; evidence: [T, B, 3 · 8 · 32], that
    /// of the head's candidates is written.
    #[track_caller]
    pub fn record(
        &self,
        recorder: &mut Recorder,
        head: usize,
        candidates: &Tensor<u32, 3>,
        table: &Tensor<f32, 2>,
        score: &Tensor<f32, 2>,
        query: usize,
        logits: &Tensor<f32, 3>,
        evidence: &Tensor<f32, 3>,
    ) {
        table.expect_shape([3 * CANDIDATE_ROWS, CANDIDATE_SIZE]);
        check(head, candidates, score, query, logits, evidence);
        let [seq_len, batch_size, stride] = logits.shape();
        let params = Params { head: u32_from(head), stride: u32_from(stride), query: u32_from(query) };
        let bindings = [
            ("candidates", candidates.into()),
            ("table", table.into()),
            ("score", score.into()),
            ("logits", logits.into()),
            ("evidence", evidence.into()),
        ];
        let [along, layers] = grid_of_rows(seq_len * batch_size);
        recorder.dispatch(&self.0, &params, [along, layers, 1], &bindings);
    }
}

/// Checks the shapes that forward and backward have in common.
#[track_caller]
pub(super) fn check(
    head: usize,
    candidates: &Tensor<u32, 3>,
    score: &Tensor<f32, 2>,
    query: usize,
    logits: &Tensor<f32, 3>,
    evidence: &Tensor<f32, 3>,
) {
    let [seq_len, batch_size, stride] = logits.shape();
    candidates.expect_shape([seq_len, batch_size, CANDIDATE_COLUMNS]);
    evidence.expect_shape([seq_len, batch_size, 3 * CANDIDATES * CANDIDATE_SIZE]);
    score.expect_shape([1, 3 * SCORE_SIZE]);
    assert!(head < 3, "head {head} of 3");
    assert!(query.is_multiple_of(4) && query + CANDIDATE_SIZE <= stride, "{}: query at {query}", logits.label());
}
