use gpu_lstm::engine::reference;

use crate::common::POINTWISE;
use crate::common::device::{devices, rounded};
use crate::common::numeric::random;

#[test]
fn carries_the_last_slot_unless_a_song_begins() {
    for (seq_len, batch_size, units) in [(1, 1, 8), (3, 5, 24), (2, 33, 72)] {
        let mut state = rounded(random(1, (seq_len + 1) * batch_size * units));
        let reset: Vec<u32> = (0..seq_len * batch_size).map(|at| u32::from(at % 3 == 1)).collect();
        let before = state.clone();
        reference::carry_state(batch_size, units, seq_len, &reset, &mut state);
        for device in devices() {
            let got = device.tensor([seq_len + 1, batch_size, units], &before);
            let reset = device.upload([seq_len, batch_size], &reset);
            device.run(|recorder, kernels| kernels.carry_state.record(recorder, &reset, &got));
            device.assert_parity(&format!("carry_state {seq_len} {batch_size} {units}"), &got, &state, POINTWISE);
        }
    }
}
