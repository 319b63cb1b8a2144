//! What followed when the passage that a piece now plays was played before. Math and layout: `shaders/recall_event.wgsl`.

use super::u32_from;
use crate::features::CONTEXT_SIZE;
use crate::gpu::{Family, Gpu, Kernel, KernelSource, MAX_LOOP_ITERATIONS, Recorder, Tensor, Uniform as _, params};

/// Numbers by which `events` events of a piece are remembered.
pub const fn recall_memory_size(events: usize) -> usize {
    1 + 4 * events
}

params! { window: u32, offsets: u32, notes: u32, durations: u32 }

pub(super) fn source(_: Family) -> KernelSource {
    KernelSource {
        name: "recall_event",
        parts: vec![include_str!("../../shaders/recall_event.wgsl")],
        params: Params::FIELDS,
    }
}

/// What followed when the passage that a piece now plays was played before.
pub struct RecallEvent(Kernel);

impl RecallEvent {
    pub(super) fn new(gpu: &Gpu) -> Self {
        Self(Kernel::new(gpu, &source(gpu.family())))
    }

    /// After an event, tokens [1, R, 3], has been drawn. memory: [R, [`recall_memory_size`]] and context: [1, R, 64], updated;
    /// vocab_sizes: classes of each head.
    #[track_caller]
    pub fn record(
        &self,
        recorder: &mut Recorder,
        tokens: &Tensor<u32, 3>,
        vocab_sizes: [usize; 3],
        memory: &Tensor<u32, 2>,
        context: &Tensor<u32, 3>,
    ) {
        let [rows, size] = memory.shape();
        let window = (size - 1) / 4;
        memory.expect_shape([rows, recall_memory_size(window)]);
        tokens.expect_shape([1, rows, 3]);
        context.expect_shape([1, rows, CONTEXT_SIZE]);
        assert!((2..MAX_LOOP_ITERATIONS / 2).contains(&window), "{}: {window} events", memory.label());
        let [offsets, notes, durations] = vocab_sizes.map(u32_from);
        let params = Params { window: u32_from(window), offsets, notes, durations };
        let bindings = [("tokens", tokens.into()), ("memory", memory.into()), ("context", context.into())];
        recorder.dispatch(&self.0, &params, [rows, 1, 1], &bindings);
    }
}
