use gpu_lstm::engine::kernels::LstmState;
use gpu_lstm::engine::reference;

use super::lstm_step_forward::{SHAPES, forward, join, resets, weights};
use crate::common::device::{Device, devices, interleave, rounded, side_by_side};
use crate::common::numeric::random;
use crate::common::{Tolerance, sum_of};

/// Step by step, then all of them at once.
fn check(device: &Device, shape: (usize, usize, usize, usize), range: f64, tolerance: Tolerance) {
    for at_once in [false, true] {
        check_steps(device, shape, range, at_once, tolerance);
    }
}

fn check_steps(device: &Device, shape: (usize, usize, usize, usize), range: f64, at_once: bool, tolerance: Tolerance) {
    let (seq_len, batch_size, hidden_size, count) = shape;
    let units = count * hidden_size;
    let reset = resets(seq_len, batch_size);
    let (mut blocks, _) = forward(shape, range, &reset);
    for block in &mut blocks {
        block.gates = rounded(std::mem::take(&mut block.gates));
        block.cell = rounded(std::mem::take(&mut block.cell));
    }
    let doutputs: Vec<_> =
        (0..count as u64).map(|seed| rounded(random(50 + seed, seq_len * batch_size * hidden_size))).collect();

    let activated = join(&blocks, 4 * hidden_size, |block| interleave(&block.gates, hidden_size));
    let state = LstmState {
        gates: device.tensor([seq_len, batch_size, 4 * units], &activated),
        hidden: device.nan([seq_len + 1, batch_size, units]),
        cell: device.tensor([seq_len + 1, batch_size, units], &join(&blocks, hidden_size, |block| block.cell.clone())),
        output: device.nan([seq_len, batch_size, units]),
    };
    let doutput = device.tensor([seq_len, batch_size, units], &side_by_side(&doutputs, hidden_size));
    let dcell = device.nan([batch_size, units]);
    let weight_hh = device.tensor([count, hidden_size, 4 * hidden_size], &weights(&blocks, hidden_size));
    let resets = device.upload([seq_len, batch_size], &reset);
    device.run(|recorder, kernels| match at_once {
        true => kernels.lstm_step_backward.record_all(recorder, &weight_hh, &resets, &doutput, &state, &dcell),
        false => {
            for step in (0..seq_len).rev() {
                kernels.lstm_step_backward.record(recorder, step, &weight_hh, &resets, &doutput, &state, &dcell);
            }
        }
    });

    let mut dcells = Vec::new();
    for (block, doutput) in blocks.iter_mut().zip(&doutputs) {
        let mut dcell = vec![0.0; batch_size * hidden_size];
        for t in (0..seq_len).rev() {
            let (weight_hh, cell, gates) = (&block.weight_hh, &block.cell, &mut block.gates);
            reference::lstm_step_backward(
                t,
                seq_len,
                batch_size,
                hidden_size,
                weight_hh,
                &reset,
                doutput,
                cell,
                gates,
                &mut dcell,
            );
        }
        dcells.push(dcell);
    }
    let dgates = join(&blocks, 4 * hidden_size, |block| interleave(&block.gates, hidden_size));
    let what =
        |field: &str| format!("lstm_step_backward.{field} {shape:?} ±{range}{}", if at_once { " at once" } else { "" });
    device.assert_parity(&what("dgates"), &state.gates, &dgates, tolerance);
    let dcells = side_by_side(&dcells, hidden_size);
    device.assert_parity(&what("dcell"), &dcell, &dcells, tolerance);
}

#[test]
fn matches_its_twin_over_several_steps_with_resets() {
    for shape in SHAPES {
        devices().iter().for_each(|device| check(device, shape, 0.5, sum_of(4 * shape.2)));
    }
}

#[test]
fn saturated_gates_give_finite_gradients() {
    // Nearly all gates are 0 or 1, so most gradients all but vanish.
    for device in devices() {
        check(device, (3, 5, 16, 1), 100.0, sum_of(4 * 16));
    }
}
