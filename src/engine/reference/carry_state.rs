//! Carries the state of an LSTM layer from one batch into the next. Twin of `shaders/carry_state.wgsl`.

/// `state[0] = state[T]`, or 0 in each lane where a song begins at step 0 (`reset[0, b] != 0`).
///
/// `reset` is `[T, B]`; `state`, `[T + 1, B, H]`, is the layer's `hidden` or `cell`: slot T, read, is what the previous
/// batch left; slot 0, written, is what the next one starts from. A lane that resets is not read at all, so that a
/// state that is not a number cannot pass.
pub fn carry_state(batch_size: usize, hidden_size: usize, seq_len: usize, reset: &[u32], state: &mut [f64]) {
    assert_eq!(reset.len(), seq_len * batch_size, "reset");
    assert_eq!(state.len(), (seq_len + 1) * batch_size * hidden_size, "state");
    for b in 0..batch_size {
        for h in 0..hidden_size {
            state[b * hidden_size + h] =
                if reset[b] != 0 { 0.0 } else { state[(seq_len * batch_size + b) * hidden_size + h] };
        }
    }
}
