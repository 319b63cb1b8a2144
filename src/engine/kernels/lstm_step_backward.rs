//! One LSTM time step backward. Math and layout: `shaders/lstm_step_backward.wgsl`.

use super::variants::{self, ACTIVATION, LSTM_CELL, Tiled, Tiles, Variants, WORKGROUP_STEP};
use super::{LstmState, u32_from};
use crate::engine::gpu::{Family, Gpu, KernelSource, Recorder, Tensor, Uniform as _, params};

const TEXTS: Variants = Variants {
    portable: include_str!("../../../shaders/lstm_step_backward.wgsl"),
    workgroup_tile: &[include_str!("../../../shaders/workgroup_tile/lstm_step_backward.wgsl"), WORKGROUP_STEP],
    subgroup8: include_str!("../../../shaders/subgroup8/lstm_step_backward.wgsl"),
};

params! { step: u32, seq_len: u32, batch_size: u32, hidden_size: u32, units: u32 }

pub(super) fn source(family: Family) -> KernelSource {
    variants::choose("lstm_step_backward", family, &TEXTS, &[LSTM_CELL, ACTIVATION], Params::FIELDS)
}

/// The text of all steps in one dispatch.
pub(super) fn all_steps() -> KernelSource {
    let text = include_str!("../../../shaders/all_steps/lstm_step_backward.wgsl");
    KernelSource { name: "lstm_step_backward", parts: vec![text, LSTM_CELL, ACTIVATION], params: Params::FIELDS }
}

/// Steps of backpropagation through time.
pub struct LstmStepBackward {
    one: Tiles,
    all: Option<Tiled>,
}

impl LstmStepBackward {
    pub(super) fn new(gpu: &Gpu) -> Self {
        // batch rows and units
        let one = Tiles::new(gpu, source(gpu.family()), [16, 32], [16, 16]);
        Self { one, all: variants::all_steps(gpu, all_steps()) }
    }

    /// All steps of a batch, from the last to the first, in one dispatch where the adapter has a text for it that suits
    /// their size, else in one each. Shapes are those of [`LstmStepBackward::record`].
    #[track_caller]
    pub fn record_all(
        &self,
        recorder: &mut Recorder,
        weight_hh: &Tensor<f32, 3>,
        reset: &Tensor<u32, 2>,
        doutput: &Tensor<f32, 3>,
        state: &LstmState,
        dcell: &Tensor<f32, 2>,
    ) {
        let (seq_len, hidden_size) = (doutput.shape()[0], weight_hh.shape()[1]);
        match &self.all {
            Some(tiled) if variants::fits_all_steps(recorder.gpu(), seq_len, hidden_size) => {
                dispatch(recorder, tiled, 0, weight_hh, reset, doutput, state, dcell);
                recorder.operations(8 * hidden_size * doutput.len());
            }
            _ => {
                for step in (0..seq_len).rev() {
                    self.record(recorder, step, weight_hh, reset, doutput, state, dcell);
                }
            }
        }
    }

    /// `weight_hh`: [U/H, H, 4H], reset: [T, B], doutput: [T, B, U], dcell: [B, U]. Overwrites slot `step` of
    /// `state.gates` with the gradients of the pre-activations. Steps are recorded from the last to the first.
    #[track_caller]
    pub fn record(
        &self,
        recorder: &mut Recorder,
        step: usize,
        weight_hh: &Tensor<f32, 3>,
        reset: &Tensor<u32, 2>,
        doutput: &Tensor<f32, 3>,
        state: &LstmState,
        dcell: &Tensor<f32, 2>,
    ) {
        let [_, batch_size, units] = doutput.shape();
        let hidden_size = weight_hh.shape()[1];
        let tiled = self.one.choose(&[[batch_size, hidden_size]], &weight_hh.into());
        dispatch(recorder, tiled, step, weight_hh, reset, doutput, state, dcell);
        recorder.operations(8 * batch_size * hidden_size * units);
    }
}

#[track_caller]
fn dispatch(
    recorder: &mut Recorder,
    tiled: &Tiled,
    step: usize,
    weight_hh: &Tensor<f32, 3>,
    reset: &Tensor<u32, 2>,
    doutput: &Tensor<f32, 3>,
    state: &LstmState,
    dcell: &Tensor<f32, 2>,
) {
    let [seq_len, batch_size, units] = doutput.shape();
    let [blocks, hidden_size, _] = weight_hh.shape();
    state.check(step, weight_hh, reset);
    state.gates.expect_shape([seq_len, batch_size, 4 * units]);
    dcell.expect_shape([batch_size, units]);
    let params = Params {
        step: u32_from(step),
        seq_len: u32_from(seq_len),
        batch_size: u32_from(batch_size),
        hidden_size: u32_from(hidden_size),
        units: u32_from(units),
    };
    let [x, y] = tiled.grid([batch_size, hidden_size]);
    recorder.dispatch(
        &tiled.kernel,
        &params,
        [x, y, blocks],
        &[
            ("weight_hh", weight_hh.into()),
            ("reset", reset.into()),
            ("doutput", doutput.into()),
            ("cell", (&state.cell).into()),
            ("gates", (&state.gates).into()),
            ("dcell", dcell.into()),
        ],
    );
}
