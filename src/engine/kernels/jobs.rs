//! Jobs of one kernel that do not need each other and share a dispatch, because their tensors lie in the same buffers.

use std::ops::Range;

use crate::engine::gpu::Binding;

/// Jobs that the shaders have room for.
pub(super) const MOST: usize = 8;

/// Jobs that one dispatch does.
pub(crate) struct Run<const N: usize> {
    /// Which of all jobs.
    pub(crate) jobs: Range<usize>,
    /// What is bound: from the first to the last of their tensors in each place.
    pub(crate) bindings: [Binding; N],
}

/// Divides jobs, of which the tensors are given, among dispatches: those next to each other share one.
pub(crate) fn runs<const N: usize>(tensors: &[[Binding; N]]) -> Vec<Run<N>> {
    let together = |one: &[Binding; N], next: &[Binding; N]| one.iter().zip(next).all(|(a, b)| a.shares_buffer(b));
    let mut end = 0;
    let run = |run: &[[Binding; N]]| {
        let first = end;
        end += run.len();
        let bindings = std::array::from_fn(|place| Binding::spanning(run.iter().map(|tensors| &tensors[place])));
        Run { jobs: first..end, bindings }
    };
    tensors.chunk_by(together).flat_map(|run| run.chunks(MOST)).map(run).collect()
}
