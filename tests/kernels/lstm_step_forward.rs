use gpu_lstm::engine::gpu::{Family, Recorder};
use gpu_lstm::engine::kernels::LstmState;
use gpu_lstm::engine::reference;

use crate::common::device::{Device, devices, engine_weight, interleave, rounded, side_by_side};
use crate::common::numeric::{random, random_ids};
use crate::common::{POINTWISE, Tolerance, sum_of};

/// (T, B, H, LSTMs side by side): one of everything, primes, exactly a tile, one past it; large tiles, of which some
/// rows and units, or half of them, are past the end.
pub(crate) const SHAPES: [(usize, usize, usize, usize); 10] = [
    (1, 1, 8, 1),
    (2, 3, 8, 3),
    (3, 16, 32, 1),
    (2, 17, 40, 1),
    (4, 32, 16, 3),
    (3, 33, 72, 2),
    (5, 6, 96, 2),
    (2, 125, 112, 2),
    (2, 130, 128, 1),
    (2, 128, 136, 1),
];

/// One LSTM on the host, in PyTorch's order.
pub(crate) struct Block {
    pub(crate) weight_hh: Vec<f64>,
    pub(crate) gates: Vec<f64>,
    pub(crate) hidden: Vec<f64>,
    pub(crate) cell: Vec<f64>,
    pub(crate) output: Vec<f64>,
}

/// `blocks` LSTMs with inputs of their gates in ±`range`, after their forward pass, and those inputs.
pub(crate) fn forward(
    (seq_len, batch_size, hidden_size, blocks): (usize, usize, usize, usize),
    range: f64,
    reset: &[u32],
) -> (Vec<Block>, Vec<Vec<f64>>) {
    let state = batch_size * hidden_size;
    let block = |seed: u64| {
        let scaled =
            |seed: u64, len: usize, range: f64| rounded(random(seed, len).iter().map(|value| value * range).collect());
        let inputs = scaled(10 * seed + 1, seq_len * 4 * state, range);
        let mut block = Block {
            weight_hh: scaled(10 * seed + 2, 4 * hidden_size * hidden_size, 0.5),
            gates: inputs.clone(),
            hidden: [rounded(random(10 * seed + 3, state)), vec![0.0; seq_len * state]].concat(),
            cell: [rounded(random(10 * seed + 4, state)), vec![0.0; seq_len * state]].concat(),
            output: vec![0.0; seq_len * state],
        };
        for t in 0..seq_len {
            let Block { weight_hh, gates, hidden, cell, output } = &mut block;
            reference::lstm_step_forward(
                t,
                seq_len,
                batch_size,
                hidden_size,
                weight_hh,
                reset,
                gates,
                hidden,
                cell,
                output,
            );
        }
        (block, inputs)
    };
    (0..blocks as u64).map(block).unzip()
}

/// Blocks side by side.
pub(crate) fn join(blocks: &[Block], size: usize, field: impl Fn(&Block) -> Vec<f64>) -> Vec<f64> {
    side_by_side(&blocks.iter().map(field).collect::<Vec<_>>(), size)
}

/// Resets in about every third place, never the same for all rows of a step.
pub(crate) fn resets(seq_len: usize, batch_size: usize) -> Vec<u32> {
    random_ids(99, seq_len * batch_size, 3).into_iter().map(|id| u32::from(id == 0)).collect()
}

/// The engine's `weight_hh` of all blocks, one below the other.
pub(crate) fn weights(blocks: &[Block], hidden_size: usize) -> Vec<f64> {
    blocks.iter().flat_map(|block| engine_weight(&block.weight_hh, hidden_size, hidden_size)).collect()
}

/// Step by step, then all of them at once.
fn check(device: &Device, shape: (usize, usize, usize, usize), range: f64, image: bool, tolerance: Tolerance) {
    for at_once in [false, true] {
        check_steps(device, shape, range, image, at_once, tolerance);
    }
}

fn check_steps(
    device: &Device,
    shape: (usize, usize, usize, usize),
    range: f64,
    image: bool,
    at_once: bool,
    tolerance: Tolerance,
) {
    let (seq_len, batch_size, hidden_size, count) = shape;
    let units = count * hidden_size;
    let reset = resets(seq_len, batch_size);
    let (blocks, inputs) = forward(shape, range, &reset);
    let inputs: Vec<_> = inputs.iter().map(|inputs| interleave(inputs, hidden_size)).collect();
    let first = |all: Vec<f64>| [&all[..batch_size * units], &vec![f64::NAN; seq_len * batch_size * units]].concat();
    let slots = [seq_len + 1, batch_size, units];
    let state = LstmState {
        gates: device.tensor([seq_len, batch_size, 4 * units], &side_by_side(&inputs, 4 * hidden_size)),
        hidden: device.tensor(slots, &first(join(&blocks, hidden_size, |block| block.hidden.clone()))),
        cell: device.tensor(slots, &first(join(&blocks, hidden_size, |block| block.cell.clone()))),
        output: device.nan([seq_len, batch_size, units]),
    };
    let mut weight_hh = device.tensor([count, hidden_size, 4 * hidden_size], &weights(&blocks, hidden_size));
    if image {
        weight_hh = weight_hh.with_image(&device.gpu);
    }
    let reset = device.upload([seq_len, batch_size], &reset);
    device.run(|recorder, kernels| match at_once {
        true => kernels.lstm_step_forward.record_all(recorder, &weight_hh, &reset, &state),
        false => {
            for step in 0..seq_len {
                kernels.lstm_step_forward.record(recorder, step, &weight_hh, &reset, &state, false);
            }
        }
    });
    let what = |field: &str| {
        let notes = [if image { " of an image" } else { "" }, if at_once { " at once" } else { "" }].concat();
        format!("lstm_step_forward.{field} {shape:?} ±{range}{notes}")
    };
    let gates = join(&blocks, 4 * hidden_size, |block| interleave(&block.gates, hidden_size));
    device.assert_parity(&what("gates"), &state.gates, &gates, tolerance);
    device.assert_parity(
        &what("cell"),
        &state.cell,
        &join(&blocks, hidden_size, |block| block.cell.clone()),
        tolerance,
    );
    device.assert_parity(
        &what("hidden"),
        &state.hidden,
        &join(&blocks, hidden_size, |block| block.hidden.clone()),
        tolerance,
    );
    device.assert_parity(
        &what("output"),
        &state.output,
        &join(&blocks, hidden_size, |block| block.output.clone()),
        tolerance,
    );
}

#[test]
fn matches_its_twin_over_several_steps_with_resets() {
    for shape in SHAPES {
        devices().iter().for_each(|device| check(device, shape, 0.5, false, sum_of(shape.2)));
    }
}

/// On GPUs the steps of a small LSTM are one dispatch, elsewhere and with more units one each.
#[test]
fn all_steps_of_a_small_lstm_are_one_dispatch_on_gpus() {
    for device in devices() {
        for (hidden_size, small) in [(8, true), (128, true), (136, false)] {
            let units = 2 * hidden_size;
            let state = LstmState {
                gates: device.nan([7, 3, 4 * units]),
                hidden: device.nan([8, 3, units]),
                cell: device.nan([8, 3, units]),
                output: device.nan([7, 3, units]),
            };
            let (weight_hh, dcell) = (device.nan([2, hidden_size, 4 * hidden_size]), device.nan([3, units]));
            let reset = device.upload([7, 3], &[0; 21]);
            let mut forward = Recorder::new(&device.gpu, "forward");
            device.kernels.lstm_step_forward.record_all(&mut forward, &weight_hh, &reset, &state);
            let mut backward = Recorder::new(&device.gpu, "backward");
            let doutput = &state.output;
            device.kernels.lstm_step_backward.record_all(&mut backward, &weight_hh, &reset, doutput, &state, &dcell);
            let want = if small && device.gpu.family() == Family::WorkgroupTile { 1 } else { 7 };
            let counts = [forward, backward].map(|recorder| recorder.finish().expect("it fits").len());
            assert_eq!(counts, [want; 2], "{:?}, {hidden_size} units", device.gpu.family());
        }
    }
}

/// A step back is a step forward from slots that change places.
#[test]
fn a_step_back_reads_slot_1_and_writes_slot_0() {
    for (shape, image) in [((1, 3, 16, 2), false), ((1, 33, 40, 1), false), ((1, 2, 40, 3), true)] {
        let (_, batch_size, hidden_size, count) = shape;
        let units = count * hidden_size;
        let (blocks, inputs) = forward(shape, 0.5, &vec![0; batch_size]);
        let inputs: Vec<_> = inputs.iter().map(|inputs| interleave(inputs, hidden_size)).collect();
        for device in devices() {
            let turned = |all: Vec<f64>| [&vec![f64::NAN; batch_size * units], &all[..batch_size * units]].concat();
            let slots = |all: Vec<f64>| device.tensor([2, batch_size, units], &turned(all));
            let state = LstmState {
                gates: device.tensor([1, batch_size, 4 * units], &side_by_side(&inputs, 4 * hidden_size)),
                hidden: slots(join(&blocks, hidden_size, |block| block.hidden.clone())),
                cell: slots(join(&blocks, hidden_size, |block| block.cell.clone())),
                output: device.nan([1, batch_size, units]),
            };
            let mut weight_hh = device.tensor([count, hidden_size, 4 * hidden_size], &weights(&blocks, hidden_size));
            if image {
                weight_hh = weight_hh.with_image(&device.gpu);
            }
            let reset = device.upload([1, batch_size], &vec![0; batch_size]);
            device.run(|recorder, kernels| {
                kernels.lstm_step_forward.record(recorder, 0, &weight_hh, &reset, &state, true);
            });
            let exchanged = |all: Vec<f64>| [&all[batch_size * units..], &all[..batch_size * units]].concat();
            for (field, got, want) in [
                ("hidden", &state.hidden, join(&blocks, hidden_size, |block| block.hidden.clone())),
                ("cell", &state.cell, join(&blocks, hidden_size, |block| block.cell.clone())),
            ] {
                let what = format!("lstm_step_forward.{field} back {shape:?}");
                device.assert_parity(&what, got, &exchanged(want), sum_of(hidden_size));
            }
        }
    }
}

/// The row-wise text, whose strips are the gates of 32 units, and beyond the number of rows it is for.
#[test]
fn few_rows_match_with_weights_that_have_an_image() {
    for shape in [(1, 1, 8, 1), (3, 1, 40, 3), (2, 2, 72, 2), (4, 3, 32, 1), (2, 8, 16, 3), (2, 9, 16, 1)] {
        devices().iter().for_each(|device| check(device, shape, 0.5, true, sum_of(shape.2)));
    }
}

#[test]
fn saturated_gates_stay_finite_and_match() {
    // A pre-activation of 100 is rounded by up to 100 · 2^-24, which a gate near its steepest point hands on.
    let tolerance = Tolerance { abs: 100.0 * f64::from(f32::EPSILON), rel: POINTWISE.rel };
    for device in devices() {
        check(device, (3, 5, 16, 1), 100.0, false, tolerance);
        check(device, (3, 2, 16, 1), 100.0, true, tolerance);
    }
}
