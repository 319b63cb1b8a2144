//! One LSTM time step forward. Math and layout: `shaders/lstm_step_forward.wgsl`.

use super::variants::{self, ACTIVATION, LSTM_CELL, Tiled, Tiles, Variants, WORKGROUP_STEP};
use super::{FEATURE_ALIGNMENT, u32_from};
use crate::engine::gpu::{Family, Gpu, KernelSource, Recorder, Tensor, Uniform as _, params};

const TEXTS: Variants = Variants {
    portable: include_str!("../../../shaders/lstm_step_forward.wgsl"),
    workgroup_tile: &[include_str!("../../../shaders/workgroup_tile/lstm_step_forward.wgsl"), WORKGROUP_STEP],
    subgroup8: include_str!("../../../shaders/subgroup8/lstm_step_forward.wgsl"),
};

params! { step: u32, seq_len: u32, batch_size: u32, hidden_size: u32, units: u32, back: u32 }

pub(super) fn source(family: Family) -> KernelSource {
    variants::choose("lstm_step_forward", family, &TEXTS, &[LSTM_CELL, ACTIVATION], Params::FIELDS)
}

/// The text for few rows.
pub(super) fn rowwise() -> KernelSource {
    let text = include_str!("../../../shaders/rowwise/lstm_step_forward.wgsl");
    variants::rowwise("lstm_step_forward", text, &[LSTM_CELL, ACTIVATION], Params::FIELDS)
}

/// The text of all steps in one dispatch.
pub(super) fn all_steps() -> KernelSource {
    let text = include_str!("../../../shaders/all_steps/lstm_step_forward.wgsl");
    KernelSource { name: "lstm_step_forward", parts: vec![text, LSTM_CELL, ACTIVATION], params: Params::FIELDS }
}

/// What a layer of one LSTM, or of several side by side, keeps of a batch. U is the units of all of them.
#[derive(Clone, Debug)]
pub struct LstmState {
    /// [T, B, 4U], unit by unit (i, f, g, o): the input product, then the activations, then their gradients.
    pub gates: Tensor<f32, 3>,
    /// [T + 1, B, U]; slot t goes into step t, slot t + 1 into a step back.
    pub hidden: Tensor<f32, 3>,
    /// [T + 1, B, U]; as `hidden`.
    pub cell: Tensor<f32, 3>,
    /// [T, B, U]
    pub output: Tensor<f32, 3>,
}

impl LstmState {
    /// Checks the shapes that steps forward and backward have in common, against those of the gates.
    #[track_caller]
    pub(super) fn check(&self, step: usize, weight_hh: &Tensor<f32, 3>, reset: &Tensor<u32, 2>) {
        let ([seq_len, batch_size, gates], [blocks, hidden_size, _]) = (self.gates.shape(), weight_hh.shape());
        assert!(step < seq_len, "step {step} of {seq_len}");
        assert!(hidden_size.is_multiple_of(FEATURE_ALIGNMENT), "hidden size {hidden_size} is not padded");
        assert_eq!(gates, 4 * blocks * hidden_size, "gates of all LSTMs");
        weight_hh.expect_shape([blocks, hidden_size, 4 * hidden_size]);
        reset.expect_shape([seq_len, batch_size]);
        self.cell.expect_shape([seq_len + 1, batch_size, gates / 4]);
    }
}

/// LSTM time steps.
pub struct LstmStepForward {
    one: Tiles,
    all: Option<Tiled>,
}

impl LstmStepForward {
    pub(super) fn new(gpu: &Gpu) -> Self {
        // batch rows and gates
        let source = source(gpu.family());
        let one = Tiles::new(gpu, source.clone(), [16, 128], [16, 64]).with_few_rows(gpu, &source, rowwise());
        Self { one, all: variants::all_steps(gpu, all_steps()) }
    }

    /// All steps of a batch, from the first to the last, in one dispatch where the adapter has a text for it that suits
    /// their size, else in one each. Shapes are those of [`LstmStepForward::record`].
    #[track_caller]
    pub fn record_all(
        &self,
        recorder: &mut Recorder,
        weight_hh: &Tensor<f32, 3>,
        reset: &Tensor<u32, 2>,
        state: &LstmState,
    ) {
        let (seq_len, hidden_size) = (state.output.shape()[0], weight_hh.shape()[1]);
        match &self.all {
            Some(tiled) if variants::fits_all_steps(recorder.gpu(), seq_len, hidden_size) => {
                dispatch(recorder, tiled, [state.output.shape()[1], hidden_size], 0, weight_hh, reset, state, false);
                recorder.operations(8 * hidden_size * state.output.len());
            }
            _ => {
                for step in 0..seq_len {
                    self.record(recorder, step, weight_hh, reset, state, false);
                }
            }
        }
    }

    /// `weight_hh`: [U/H, H, 4H], reset: [T, B]. Reads slot `step` of the state and writes slot `step + 1`, or the other
    /// way with `back`.
    #[track_caller]
    pub fn record(
        &self,
        recorder: &mut Recorder,
        step: usize,
        weight_hh: &Tensor<f32, 3>,
        reset: &Tensor<u32, 2>,
        state: &LstmState,
        back: bool,
    ) {
        let [_, batch_size, units] = state.output.shape();
        let gates = weight_hh.shape()[2];
        let tiled = self.one.choose(&[[batch_size, gates]], &weight_hh.into());
        dispatch(recorder, tiled, [batch_size, gates], step, weight_hh, reset, state, back);
        recorder.operations(2 * batch_size * gates * units);
    }
}

/// Records the text `tiled` for a product of `rows` by `columns` for each LSTM.
#[track_caller]
fn dispatch(
    recorder: &mut Recorder,
    tiled: &Tiled,
    [rows, columns]: [usize; 2],
    step: usize,
    weight_hh: &Tensor<f32, 3>,
    reset: &Tensor<u32, 2>,
    state: &LstmState,
    back: bool,
) {
    let [seq_len, batch_size, units] = state.output.shape();
    let [blocks, hidden_size, _] = weight_hh.shape();
    state.check(step, weight_hh, reset);
    state.gates.expect_shape([seq_len, batch_size, 4 * units]);
    state.hidden.expect_shape([seq_len + 1, batch_size, units]);
    let params = Params {
        step: u32_from(step),
        seq_len: u32_from(seq_len),
        batch_size: u32_from(batch_size),
        hidden_size: u32_from(hidden_size),
        units: u32_from(units),
        back: u32::from(back),
    };
    let [x, y] = tiled.grid([rows, columns]);
    recorder.dispatch(
        &tiled.kernel,
        &params,
        [x, y, blocks],
        &[
            ("weight_hh", weight_hh.into()),
            ("reset", reset.into()),
            ("gates", (&state.gates).into()),
            ("hidden", (&state.hidden).into()),
            ("cell", (&state.cell).into()),
            ("output", (&state.output).into()),
        ],
    );
}
