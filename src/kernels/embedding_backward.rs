//! The gradient of the embedding tables. Math and layout: `shaders/embedding_backward.wgsl`.

use super::u32_from;
use crate::gpu::{Family, Gpu, Kernel, KernelSource, MAX_LOOP_ITERATIONS, Recorder, Tensor, Uniform as _, params};

params! { rows: u32, size: u32 }

pub(super) fn source(_: Family) -> KernelSource {
    KernelSource {
        name: "embedding_backward",
        parts: vec![include_str!("../../shaders/embedding_backward.wgsl")],
        params: Params::FIELDS,
    }
}

/// The gradient of the embedding tables.
pub struct EmbeddingBackward(Kernel);

impl EmbeddingBackward {
    pub(super) fn new(gpu: &Gpu) -> Self {
        Self(Kernel::new(gpu, &source(gpu.family())))
    }

    /// dout: [T, B, 3E], starts: [V + 1], places: [3 T B], dweight: [V, E], written.
    #[track_caller]
    pub fn record(
        &self,
        recorder: &mut Recorder,
        dout: &Tensor<f32, 3>,
        starts: &Tensor<u32, 1>,
        places: &Tensor<u32, 1>,
        dweight: &Tensor<f32, 2>,
    ) {
        let [rows, size] = dweight.shape();
        starts.expect_shape([rows + 1]);
        assert_eq!(dout.len(), places.len() * size, "{}: values of {}", dout.label(), places.label());
        assert!(places.len() / 3 <= MAX_LOOP_ITERATIONS, "{}: too many places of one token", places.label());
        let params = Params { rows: u32_from(rows), size: u32_from(size) };
        let workgroups = (rows * size / 4).div_ceil(8);
        let bindings =
            [("dout", dout.into()), ("starts", starts.into()), ("places", places.into()), ("dweight", dweight.into())];
        recorder.dispatch(&self.0, &params, [workgroups, 1, 1], &bindings);
    }
}

/// Sorts the places of each token for `embedding_backward`: `starts`, `[V + 1]`, and `places`, `[R]`.
///
/// `tokens` is `[R / 3, 3]`; table s begins at row `firsts[s]`; `rows` is V.
pub fn sort_places(tokens: &[u32], firsts: [usize; 3], rows: usize) -> (Vec<u32>, Vec<u32>) {
    let row_of = |(place, &token): (usize, &u32)| firsts[place % 3] + token as usize;
    let mut starts = vec![0; rows + 1];
    for row in tokens.iter().enumerate().map(row_of) {
        starts[row + 1] += 1;
    }
    for row in 0..rows {
        starts[row + 1] += starts[row];
    }
    let mut next = starts.clone();
    let mut places = vec![0; tokens.len()];
    for (place, row) in tokens.iter().enumerate().map(row_of).enumerate() {
        places[next[row] as usize] = u32_from(place);
        next[row] += 1;
    }
    (starts, places)
}
