//! One LSTM time step forward. Math and layout: `shaders/lstm_step_forward.wgsl`.

use super::variants::{self, ACTIVATION, LSTM_CELL, Tiles, Variants, WORKGROUP_STEP};
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

/// One LSTM time step.
pub struct LstmStepForward(Tiles);

impl LstmStepForward {
    pub(super) fn new(gpu: &Gpu) -> Self {
        // batch rows and gates
        let source = source(gpu.family());
        Self(Tiles::new(gpu, source.clone(), [16, 128], [16, 64]).with_few_rows(gpu, &source, rowwise()))
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
        let [seq_len, batch_size, units] = state.output.shape();
        let [blocks, hidden_size, _] = weight_hh.shape();
        assert!(step < seq_len, "step {step} of {seq_len}");
        assert!(hidden_size.is_multiple_of(FEATURE_ALIGNMENT), "hidden size {hidden_size} is not padded");
        assert_eq!(units, blocks * hidden_size, "units of all LSTMs");
        weight_hh.expect_shape([blocks, hidden_size, 4 * hidden_size]);
        reset.expect_shape([seq_len, batch_size]);
        state.gates.expect_shape([seq_len, batch_size, 4 * units]);
        state.hidden.expect_shape([seq_len + 1, batch_size, units]);
        state.cell.expect_shape([seq_len + 1, batch_size, units]);
        let params = Params {
            step: u32_from(step),
            seq_len: u32_from(seq_len),
            batch_size: u32_from(batch_size),
            hidden_size: u32_from(hidden_size),
            units: u32_from(units),
            back: u32::from(back),
        };
        let tiled = self.0.choose(batch_size, 4 * hidden_size, &weight_hh.into());
        let [x, y] = tiled.grid(batch_size, 4 * hidden_size);
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
        recorder.operations(8 * batch_size * hidden_size * units);
    }
}
