//! One time step of one LSTM layer, forward. Twin of `shaders/lstm_step_forward.wgsl`.
//!
//! ```text
//! z       = gates[t] + hidden[t]·weight_hhᵀ        gates[t] comes in as x[t]·weight_ihᵀ + bias
//! i, f, o = sigmoid(z_i), sigmoid(z_f), sigmoid(z_o)
//! g       = tanh(z_g)
//! c       = f·cell[t] + i·g
//! h       = o·tanh(c)
//! ```
//!
//! Slot t of `hidden` and `cell` is the state carried *into* step t, already 0 in a lane where a song begins at t.
//! So the step that ends a song clears what it hands on, and nobody has to look at `reset` when reading a state.
//! `output` is never cleared. The clearing at step 0 is `carry_state`'s.

/// Computes step `t`, which must follow step `t - 1`. The shader's steps back are these with the two slots exchanged.
///
/// | argument | shape | |
/// |---|---|---|
/// | `weight_hh` | `[4H, H]` | gate blocks i, f, g, o |
/// | `reset` | `[T, B]` | not 0 where a song begins |
/// | `gates` | `[T, B, 4H]` | slot t: in, the input's share of z with the bias; out, the activated gates |
/// | `hidden`, `cell` | `[T + 1, B, H]` | slot t is read, slot t + 1 is written |
/// | `output` | `[T, B, H]` | slot t is written |
pub fn lstm_step_forward(
    t: usize,
    seq_len: usize,
    batch_size: usize,
    hidden_size: usize,
    weight_hh: &[f64],
    reset: &[u32],
    gates: &mut [f64],
    hidden: &mut [f64],
    cell: &mut [f64],
    output: &mut [f64],
) {
    let state_len = batch_size * hidden_size;
    assert!(t < seq_len, "t");
    assert_eq!(weight_hh.len(), 4 * hidden_size * hidden_size, "weight_hh");
    assert_eq!(reset.len(), seq_len * batch_size, "reset");
    assert_eq!(gates.len(), 4 * seq_len * state_len, "gates");
    assert_eq!(hidden.len(), (seq_len + 1) * state_len, "hidden");
    assert_eq!(cell.len(), (seq_len + 1) * state_len, "cell");
    assert_eq!(output.len(), seq_len * state_len, "output");

    for b in 0..batch_size {
        let song_begins_next = t + 1 < seq_len && reset[(t + 1) * batch_size + b] != 0;
        for unit in 0..hidden_size {
            let now = (t * batch_size + b) * hidden_size;
            let next = ((t + 1) * batch_size + b) * hidden_size;
            let gate_at = |gate: usize| 4 * now + gate * hidden_size + unit;

            let z = [0, 1, 2, 3].map(|gate| {
                let row = gate * hidden_size + unit;
                let mut sum = gates[gate_at(gate)];
                for k in 0..hidden_size {
                    sum += hidden[now + k] * weight_hh[row * hidden_size + k];
                }
                sum
            });
            let [i, f, g, o] = [sigmoid(z[0]), sigmoid(z[1]), z[2].tanh(), sigmoid(z[3])];
            let c = f * cell[now + unit] + i * g;
            let h = o * c.tanh();

            for (gate, value) in [i, f, g, o].into_iter().enumerate() {
                gates[gate_at(gate)] = value;
            }
            output[now + unit] = h;
            hidden[next + unit] = if song_begins_next { 0.0 } else { h };
            cell[next + unit] = if song_begins_next { 0.0 } else { c };
        }
    }
}

/// `1 / (1 + e^-x)`. For very negative x the exponential is infinite and the quotient exactly 0, as it should be.
fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}
