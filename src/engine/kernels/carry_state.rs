//! The state after a batch becomes the state before the next. Math and layout: `shaders/carry_state.wgsl`.

use super::{LstmState, u32_from};
use crate::engine::gpu::{Family, Gpu, Kernel, KernelSource, Recorder, Tensor, Uniform as _, params};

params! { seq_len: u32, batch_size: u32, units: u32 }

pub(super) fn source(_: Family) -> KernelSource {
    KernelSource {
        name: "carry_state",
        parts: vec![include_str!("../../../shaders/carry_state.wgsl")],
        params: Params::FIELDS,
    }
}

/// The state after a batch becomes the state before the next.
pub struct CarryState(Kernel);

impl CarryState {
    pub(super) fn new(gpu: &Gpu) -> Self {
        Self(Kernel::new(gpu, &source(gpu.family())))
    }

    /// reset: [T, B]. Writes slot 0 of the hidden state and of the cell from slot T.
    #[track_caller]
    pub fn record(&self, recorder: &mut Recorder, reset: &Tensor<u32, 2>, state: &LstmState) {
        let [seq_len, batch_size] = reset.shape();
        let units = state.hidden.shape()[2];
        state.hidden.expect_shape([seq_len + 1, batch_size, units]);
        state.cell.expect_shape([seq_len + 1, batch_size, units]);
        let params = Params { seq_len: u32_from(seq_len), batch_size: u32_from(batch_size), units: u32_from(units) };
        let workgroups = (batch_size * units / 4).div_ceil(64);
        let bindings = [("reset", reset.into()), ("hidden", (&state.hidden).into()), ("cell", (&state.cell).into())];
        recorder.dispatch(&self.0, &params, [workgroups, 1, 1], &bindings);
    }
}
