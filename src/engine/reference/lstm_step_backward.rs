//! One time step of one LSTM layer, backward. Twin of `shaders/lstm_step_backward.wgsl`.
//!
//! # Derivation
//!
//! Write `d` + name for the derivative of the loss by that thing, everything at step t unless said otherwise. The
//! forward step is `c = f·c_in + i·g` and `h = o·tanh(c)`, with `c_in = cell[t]`.
//!
//! **Who reads h?** The layer above, which hands down `doutput[t]`, and step t + 1, whose z contains
//! `hidden[t+1]·weight_hhᵀ` with `hidden[t+1] = keep·h`. Here keep is 0 where a song begins at t + 1 and else 1. z enters
//! the loss only through the gates, so `dz[t+1]`, stored as `dgates[t+1]`, is all one needs to know of the future:
//!
//! ```text
//! dh = doutput[t] + keep·(dgates[t+1]·weight_hh)
//! ```
//!
//! **Who reads c?** h of this step (`dh/dc = o·(1 - tanh²c)`) and step t + 1, by `c[t+1] = f[t+1]·cell[t+1] + …` with
//! `cell[t+1] = keep·c`. The running `dcell` holds `dc[t+1]·f[t+1]`, the derivative by `cell[t+1]`:
//!
//! ```text
//! dc = dh·o·(1 - tanh²c) + keep·dcell
//! ```
//!
//! **Gates.** From the two equations of the step, `di = dc·g`, `df = dc·c_in`, `dg = dc·i`, `do = dh·tanh(c)`. Through
//! the nonlinearities, whose derivatives follow from their values, `sigmoid' = s·(1 - s)` and `tanh' = 1 - y²`:
//!
//! ```text
//! dz_i = dc·g·i·(1-i)    dz_f = dc·c_in·f·(1-f)    dz_g = dc·i·(1-g²)    dz_o = dh·tanh(c)·o·(1-o)
//! ```
//!
//! and the step before inherits `dcell = dc·f`. At the last step there is no future: whatever `dcell` and the gates
//! beyond hold is not read. c is recomputed, since slot t + 1 of `cell` may have been cleared for a new song.
//!
//! **Weights.** `z = x·weight_ihᵀ + bias + hidden[t]·weight_hhᵀ`, summed over all steps, gives
//! `dweight_ih = Σ dgatesᵀ·x`, `dweight_hh = Σ dgatesᵀ·hidden[t]` and `dbias = Σ dgates`: one matrix product each over
//! T·B rows, with slots 0..T of `hidden`, after the last step here. Slot 0 is a constant, so no gradient passes into the batch
//! before, and none comes back through slot T: truncated backpropagation through time.

/// Computes step `t`, which must follow step `t + 1`; the first call is for `seq_len - 1`.
///
/// | argument | shape | |
/// |---|---|---|
/// | `weight_hh` | `[4H, H]` | gate blocks i, f, g, o |
/// | `reset` | `[T, B]` | not 0 where a song begins |
/// | `doutput` | `[T, B, H]` | slot t is read |
/// | `cell` | `[T + 1, B, H]` | of the forward pass; slot t is read |
/// | `gates` | `[T, B, 4H]` | slot t: in, the activated gates; out, `dgates`, the gradients by z. Slot t + 1, read, holds `dgates` |
/// | `dcell` | `[B, H]` | in, the derivative by `cell[t+1]` (at the last step anything); out, by `cell[t]` |
pub fn lstm_step_backward(
    t: usize,
    seq_len: usize,
    batch_size: usize,
    hidden_size: usize,
    weight_hh: &[f64],
    reset: &[u32],
    doutput: &[f64],
    cell: &[f64],
    gates: &mut [f64],
    dcell: &mut [f64],
) {
    let state_len = batch_size * hidden_size;
    assert!(t < seq_len, "t");
    assert_eq!(weight_hh.len(), 4 * hidden_size * hidden_size, "weight_hh");
    assert_eq!(reset.len(), seq_len * batch_size, "reset");
    assert_eq!(doutput.len(), seq_len * state_len, "doutput");
    assert_eq!(cell.len(), (seq_len + 1) * state_len, "cell");
    assert_eq!(gates.len(), 4 * seq_len * state_len, "gates");
    assert_eq!(dcell.len(), state_len, "dcell");

    for b in 0..batch_size {
        let keep = t + 1 < seq_len && reset[(t + 1) * batch_size + b] == 0;
        for unit in 0..hidden_size {
            let now = (t * batch_size + b) * hidden_size;
            let next = ((t + 1) * batch_size + b) * hidden_size;
            let gate_at = |gate: usize| 4 * now + gate * hidden_size + unit;
            let [i, f, g, o] = [0, 1, 2, 3].map(|gate| gates[gate_at(gate)]);

            let mut dh = doutput[now + unit];
            let mut dc = 0.0;
            if keep {
                for row in 0..4 * hidden_size {
                    dh += gates[4 * next + row] * weight_hh[row * hidden_size + unit];
                }
                dc = dcell[b * hidden_size + unit];
            }

            let c_in = cell[now + unit];
            let tanh_c = (f * c_in + i * g).tanh();
            dc += dh * o * (1.0 - tanh_c * tanh_c);

            gates[gate_at(0)] = dc * g * i * (1.0 - i);
            gates[gate_at(1)] = dc * c_in * f * (1.0 - f);
            gates[gate_at(2)] = dc * i * (1.0 - g * g);
            gates[gate_at(3)] = dh * tanh_c * o * (1.0 - o);
            dcell[b * hidden_size + unit] = dc * f;
        }
    }
}
