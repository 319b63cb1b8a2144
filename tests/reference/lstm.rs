//! One LSTM layer, all its steps.

use gpu_lstm::engine::reference::{carry_state, lstm_step_backward, lstm_step_forward, matmul_tn};

use crate::common::numeric::{central_differences, dot, random};
use crate::common::{DIFFERENCES, assert_all_zero, assert_close_f64};

/// (`seq_len`, `batch_size`, `hidden_size`)
const SHAPES: [(usize, usize, usize); 4] = [(1, 1, 1), (2, 3, 5), (6, 2, 3), (7, 1, 2)];

/// A layer between its inputs and outputs; `gates` are z without the recurrent share.
#[derive(Clone)]
struct Layer {
    seq_len: usize,
    batch_size: usize,
    hidden_size: usize,
    weight_hh: Vec<f64>,
    reset: Vec<u32>,
    gates: Vec<f64>,
    hidden_in: Vec<f64>,
    cell_in: Vec<f64>,
}

struct Forward {
    gates: Vec<f64>,
    hidden: Vec<f64>,
    cell: Vec<f64>,
    output: Vec<f64>,
}

impl Layer {
    fn random((seq_len, batch_size, hidden_size): (usize, usize, usize)) -> Self {
        let state_len = batch_size * hidden_size;
        Self {
            seq_len,
            batch_size,
            hidden_size,
            weight_hh: random(1, 4 * hidden_size * hidden_size),
            reset: vec![0; seq_len * batch_size],
            gates: random(2, 4 * seq_len * state_len),
            hidden_in: random(3, state_len),
            cell_in: random(4, state_len),
        }
    }

    /// With songs that begin in every third place, so in the middle, at the end, and twice in a row with one lane.
    fn with_resets(shape: (usize, usize, usize)) -> Self {
        let mut layer = Self::random(shape);
        for (index, reset) in layer.reset.iter_mut().enumerate() {
            *reset = u32::from(index % 3 == 2 || index % 7 == 6);
        }
        layer
    }

    fn forward(&self) -> Forward {
        let state_len = self.batch_size * self.hidden_size;
        let slots = |first: &[f64]| {
            let mut slots = first.to_vec();
            slots.resize((self.seq_len + 1) * state_len, f64::NAN);
            slots
        };
        let mut all = Forward {
            gates: self.gates.clone(),
            hidden: slots(&self.hidden_in),
            cell: slots(&self.cell_in),
            output: vec![f64::NAN; self.seq_len * state_len],
        };
        for t in 0..self.seq_len {
            lstm_step_forward(
                t,
                self.seq_len,
                self.batch_size,
                self.hidden_size,
                &self.weight_hh,
                &self.reset,
                &mut all.gates,
                &mut all.hidden,
                &mut all.cell,
                &mut all.output,
            );
        }
        all
    }

    /// `dgates` of all steps, and the derivative by the carried cell.
    fn backward(&self, forward: &Forward, doutput: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let mut dgates = forward.gates.clone();
        // The last step must not read it.
        let mut dcell = vec![f64::NAN; self.batch_size * self.hidden_size];
        for t in (0..self.seq_len).rev() {
            lstm_step_backward(
                t,
                self.seq_len,
                self.batch_size,
                self.hidden_size,
                &self.weight_hh,
                &self.reset,
                doutput,
                &forward.cell,
                &mut dgates,
                &mut dcell,
            );
        }
        (dgates, dcell)
    }

    fn assert_gradients_are_right(&self, what: &str) {
        let (rows, hidden_size) = (self.seq_len * self.batch_size, self.hidden_size);
        let doutput = random(5, rows * hidden_size);
        let forward = self.forward();
        let (dgates, dcell) = self.backward(&forward, &doutput);
        let mut dweight_hh = vec![f64::NAN; self.weight_hh.len()];
        let hidden = &forward.hidden[..rows * hidden_size];
        matmul_tn(rows, 4 * hidden_size, hidden_size, &dgates, hidden, false, &mut dweight_hh);

        let loss = |change: &dyn Fn(&mut Self)| {
            let mut layer = self.clone();
            change(&mut layer);
            dot(&layer.forward().output, &doutput)
        };
        let want = central_differences(&self.gates, |at| loss(&|l| l.gates = at.to_vec()));
        assert_close_f64(&format!("{what}: dgates"), &dgates, &want, DIFFERENCES);
        let want = central_differences(&self.weight_hh, |at| loss(&|l| l.weight_hh = at.to_vec()));
        assert_close_f64(&format!("{what}: dweight_hh"), &dweight_hh, &want, DIFFERENCES);
        let want = central_differences(&self.cell_in, |at| loss(&|l| l.cell_in = at.to_vec()));
        assert_close_f64(&format!("{what}: dcell"), &dcell, &want, DIFFERENCES);
    }
}

#[test]
fn gradients_equal_central_differences() {
    for shape in SHAPES {
        Layer::random(shape).assert_gradients_are_right(&format!("{shape:?}"));
    }
}

#[test]
fn gradients_with_songs_that_begin_in_the_middle_equal_central_differences() {
    for shape in SHAPES.into_iter().skip(1) {
        let layer = Layer::with_resets(shape);
        assert!(layer.reset[layer.batch_size..].contains(&1), "{shape:?}");
        layer.assert_gradients_are_right(&format!("{shape:?}"));
    }
}

#[test]
fn gradients_of_saturated_gates_equal_central_differences() {
    let mut layer = Layer::with_resets((6, 2, 3));
    for (index, gate) in layer.gates.iter_mut().enumerate() {
        match index % 5 {
            0 => *gate = 100.0,
            2 => *gate = -100.0,
            _ => {}
        }
    }
    layer.assert_gradients_are_right("some at ±100");
}

#[test]
fn gates_at_plus_and_minus_a_thousand_give_exact_numbers() {
    let layer =
        Layer { weight_hh: vec![0.0; 4], gates: vec![1000.0, -1000.0, -1000.0, 1000.0], ..Layer::random((1, 1, 1)) };
    let forward = layer.forward();
    assert_eq!(forward.gates, [1.0, 0.0, -1.0, 1.0]);
    assert_eq!(forward.cell[1], -1.0);
    assert_eq!(forward.output[0], (-1.0f64).tanh());
    let (dgates, dcell) = layer.backward(&forward, &[1.0]);
    assert_all_zero("dgates", &dgates);
    assert_all_zero("dcell", &dcell);
}

#[test]
fn a_song_that_begins_clears_the_state_but_not_the_output() {
    let mut layer = Layer::random((3, 2, 2));
    layer.reset = vec![0, 0, 0, 1, 0, 0];
    let forward = layer.forward();
    // Slot 1, lane 1.
    assert_all_zero("hidden", &forward.hidden[6..8]);
    assert_all_zero("cell", &forward.cell[6..8]);
    assert_eq!(forward.hidden[4..6], forward.output[0..2]);
    assert!(forward.output.iter().all(|&output| output != 0.0));
}

#[test]
fn a_song_that_begins_is_played_as_if_nothing_came_before() {
    let mut layer = Layer::random((5, 1, 3));
    layer.reset[2] = 1;
    let rest = Layer {
        seq_len: 3,
        reset: vec![0; 3],
        gates: layer.gates[2 * 12..].to_vec(),
        hidden_in: vec![0.0; 3],
        cell_in: vec![0.0; 3],
        ..layer.clone()
    };
    assert_eq!(layer.forward().output[2 * 3..], rest.forward().output);
}

#[test]
fn one_step_at_a_time_with_carried_state_equals_all_steps_at_once() {
    let layer = Layer::with_resets((6, 2, 3));
    let (lanes, state_len) = (2, 6);
    let mut hidden = layer.hidden_in.clone();
    let mut cell = layer.cell_in.clone();
    let mut output = Vec::new();
    for t in 0..6 {
        let reset = layer.reset[t * lanes..][..lanes].to_vec();
        let mut slots = [vec![f64::NAN; state_len], vec![f64::NAN; state_len]];
        for (slots, state) in slots.iter_mut().zip([&hidden, &cell]) {
            slots.extend(state);
            carry_state(lanes, 3, 1, &reset, slots);
        }
        let [hidden_slots, cell_slots] = slots;
        let step = Layer {
            seq_len: 1,
            reset,
            gates: layer.gates[t * 4 * state_len..][..4 * state_len].to_vec(),
            hidden_in: hidden_slots[..state_len].to_vec(),
            cell_in: cell_slots[..state_len].to_vec(),
            ..layer.clone()
        };
        let forward = step.forward();
        hidden = forward.hidden[state_len..].to_vec();
        cell = forward.cell[state_len..].to_vec();
        output.extend(forward.output);
    }
    // `with_resets` leaves step 0 alone, so that both start from the same state.
    assert_eq!(layer.reset[..lanes], [0, 0]);
    let all = layer.forward();
    assert_eq!(output, all.output);
    assert_eq!(hidden, all.hidden[6 * state_len..]);
    assert_eq!(cell, all.cell[6 * state_len..]);
}

#[test]
fn the_last_step_has_no_future_even_if_a_song_begins_there() {
    let mut layer = Layer::random((2, 2, 3));
    layer.reset = vec![0, 0, 1, 1];
    let forward = layer.forward();
    let mut doutput = vec![0.0; 12];
    doutput[6..].copy_from_slice(&random(6, 6));
    let (dgates, dcell) = layer.backward(&forward, &doutput);
    assert_all_zero("step 0, before the songs", &dgates[..24]);
    assert_all_zero("dcell", &dcell);
    assert!(dgates[24..].iter().any(|&dgate| dgate != 0.0));
}

#[test]
fn no_gradient_in_gives_none_out() {
    let layer = Layer::random((3, 2, 3));
    let (dgates, dcell) = layer.backward(&layer.forward(), &[0.0; 18]);
    assert_all_zero("dgates", &dgates);
    assert_all_zero("dcell", &dcell);
}

#[test]
fn a_lane_that_begins_a_song_carries_nothing_not_even_nan() {
    let mut state = vec![9.0, 9.0, 9.0, 9.0, 8.0, 8.0, 8.0, 8.0, 1.0, 2.0, f64::NAN, 4.0];
    carry_state(2, 2, 2, &[0, 1, 1, 1], &mut state);
    assert_eq!(state[..4], [1.0, 2.0, 0.0, 0.0]);
    assert_eq!(state[4..10], [8.0, 8.0, 8.0, 8.0, 1.0, 2.0]);
}
