use gpu_lstm::engine::kernels::LstmState;
use gpu_lstm::engine::reference;

use crate::common::POINTWISE;
use crate::common::device::{devices, rounded};
use crate::common::numeric::random;

#[test]
fn carries_the_last_slots_unless_a_song_begins() {
    for (seq_len, batch_size, units) in [(1, 1, 8), (3, 5, 24), (2, 33, 72)] {
        let slots = [seq_len + 1, batch_size, units];
        let before = [1, 2].map(|seed| rounded(random(seed, slots.iter().product())));
        let reset: Vec<u32> = (0..seq_len * batch_size).map(|at| u32::from(at % 3 == 1)).collect();
        let mut want = before.clone();
        want.iter_mut().for_each(|state| reference::carry_state(batch_size, units, seq_len, &reset, state));
        for device in devices() {
            let [hidden, cell] = before.each_ref().map(|values| device.tensor(slots, values));
            let of_steps = |size: usize| device.nan([seq_len, batch_size, size]);
            let state = LstmState { gates: of_steps(4 * units), hidden, cell, output: of_steps(units) };
            let reset = device.upload([seq_len, batch_size], &reset);
            device.run(|recorder, kernels| kernels.carry_state.record(recorder, &reset, &state));
            for (field, got, want) in [("hidden", &state.hidden, &want[0]), ("cell", &state.cell, &want[1])] {
                let what = format!("carry_state.{field} {seq_len} {batch_size} {units}");
                device.assert_parity(&what, got, want, POINTWISE);
            }
        }
    }
}
