use gpu_lstm::reference;

use crate::common::POINTWISE;
use crate::common::device::{devices, rounded};
use crate::common::numeric::{random, random_ids};

#[test]
fn gathers_from_the_table_of_each_stream() {
    let sizes = [5, 7, 3];
    let firsts = [0, 5, 12];
    for (seq_len, batch_size, size) in [(1, 1, 4), (3, 5, 8), (2, 7, 36)] {
        let rows = seq_len * batch_size;
        let weight = rounded(random(1, 15 * size));
        let streams = [0, 1, 2].map(|s| random_ids(s as u64, rows, sizes[s]));
        let tokens: Vec<u32> = (0..rows).flat_map(|row| [0, 1, 2].map(|s| streams[s][row])).collect();
        let mut want = vec![0.0; rows * 3 * size];
        for s in 0..3 {
            let mut out = vec![0.0; rows * size];
            reference::embedding_forward(size, &weight[firsts[s] * size..], &streams[s], &mut out);
            for row in 0..rows {
                want[(3 * row + s) * size..][..size].copy_from_slice(&out[row * size..][..size]);
            }
        }
        for device in devices() {
            let (weight, out) = (device.tensor([15, size], &weight), device.nan([seq_len, batch_size, 3 * size]));
            let tokens = device.upload([seq_len, batch_size, 3], &tokens);
            device.run(|recorder, kernels| {
                kernels.embedding_forward.record(recorder, &weight, [firsts[1], firsts[2]], &tokens, &out);
            });
            device.assert_parity(&format!("embedding_forward {rows} {size}"), &out, &want, POINTWISE);
        }
    }
}
