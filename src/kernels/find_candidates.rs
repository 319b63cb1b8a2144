//! Finds what followed where a piece has played the same before. Math and layout: `shaders/find_candidates.wgsl`.

use super::u32_from;
use crate::candidates::{CANDIDATE_COLUMNS, FIGURE_CLASSES, WINDOW};
use crate::gpu::{Family, Gpu, Kernel, KernelSource, Recorder, Tensor, Uniform as _, params};

/// Numbers by which `events` events of a piece, and their runs, are remembered.
pub const fn match_memory_size(events: usize) -> usize {
    2 + 7 * events
}

const EVIDENCE: &str = include_str!("../../shaders/common/candidate_evidence.wgsl");

params! { window: u32, head: u32 }

pub(super) fn source(_: Family) -> KernelSource {
    KernelSource {
        name: "find_candidates",
        parts: vec![include_str!("../../shaders/find_candidates.wgsl"), EVIDENCE],
        params: Params::FIELDS,
    }
}

/// Finds what followed where a piece has played the same before.
pub struct FindCandidates(Kernel);

impl FindCandidates {
    pub(super) fn new(gpu: &Gpu) -> Self {
        Self(Kernel::new(gpu, &source(gpu.family())))
    }

    /// For head `head`, whose field of the next event is drawn afterwards; tokens, [1, R, 3], has the fields before. Head 0
    /// remembers the event in tokens first. memory: [R, [`match_memory_size`]], updated; candidates: [1, R, 48], those of the head
    /// written; most_rounds: [24], how often a figure may be repeated.
    #[track_caller]
    pub fn record(
        &self,
        recorder: &mut Recorder,
        head: usize,
        tokens: &Tensor<u32, 3>,
        memory: &Tensor<u32, 2>,
        candidates: &Tensor<u32, 3>,
        most_rounds: &Tensor<u32, 1>,
    ) {
        let [rows, size] = memory.shape();
        let window = (size - 2) / 7;
        memory.expect_shape([rows, match_memory_size(window)]);
        tokens.expect_shape([1, rows, 3]);
        candidates.expect_shape([1, rows, CANDIDATE_COLUMNS]);
        most_rounds.expect_shape([FIGURE_CLASSES]);
        assert!(head < 3, "head {head} of 3");
        assert!((2..=WINDOW).contains(&window), "{}: {window} events", memory.label());
        let params = Params { window: u32_from(window), head: u32_from(head) };
        let bindings = [
            ("tokens", tokens.into()),
            ("memory", memory.into()),
            ("candidates", candidates.into()),
            ("most_rounds", most_rounds.into()),
        ];
        recorder.dispatch(&self.0, &params, [rows, 1, 1], &bindings);
    }
}
