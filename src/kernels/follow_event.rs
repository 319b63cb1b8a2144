//! What may be known of an event while it is drawn. Math and layout: `shaders/follow_event.wgsl`.

use super::u32_from;
use crate::features::{CONTEXT_SIZE, RECENT_NOTES};
use crate::gpu::{Family, Gpu, Kernel, KernelSource, Recorder, Tensor, Uniform as _, params};

/// Numbers by which recent notes are remembered, for each piece.
pub const RECENT_SIZE: usize = 1 + 3 * RECENT_NOTES;

const CHORD: &str = include_str!("../../shaders/common/follow_chord.wgsl");

params! { rows: u32, head: u32, offsets: u32 }

pub(super) fn source(_: Family) -> KernelSource {
    KernelSource {
        name: "follow_event",
        parts: vec![include_str!("../../shaders/follow_event.wgsl"), CHORD],
        params: Params::FIELDS,
    }
}

/// What may be known of an event while it is drawn.
pub struct FollowEvent(Kernel);

impl FollowEvent {
    pub(super) fn new(gpu: &Gpu) -> Self {
        Self(Kernel::new(gpu, &source(gpu.family())))
    }

    /// After head `head` has drawn column `head` of tokens, [1, R, 3]. ticks: of each of `offsets` offsets, then of each
    /// duration; recent: [R, [`RECENT_SIZE`]] and context: [1, R, 64], updated.
    #[track_caller]
    pub fn record(
        &self,
        recorder: &mut Recorder,
        head: usize,
        tokens: &Tensor<u32, 3>,
        ticks: &Tensor<u32, 1>,
        offsets: usize,
        recent: &Tensor<u32, 2>,
        context: &Tensor<u32, 3>,
    ) {
        let [rows, _] = recent.shape();
        recent.expect_shape([rows, RECENT_SIZE]);
        tokens.expect_shape([1, rows, 3]);
        context.expect_shape([1, rows, CONTEXT_SIZE]);
        assert!(head < 3 && offsets <= ticks.len(), "head {head}, {offsets} offsets of {} ticks", ticks.len());
        let params = Params { rows: u32_from(rows), head: u32_from(head), offsets: u32_from(offsets) };
        let bindings = [
            ("tokens", tokens.into()),
            ("ticks", ticks.into()),
            ("recent", recent.into()),
            ("context", context.into()),
        ];
        recorder.dispatch(&self.0, &params, [rows.div_ceil(8), 1, 1], &bindings);
    }
}
