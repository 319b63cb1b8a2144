use gpu_lstm::kernels::sort_places;
use gpu_lstm::reference;

use crate::common::device::{devices, rounded};
use crate::common::numeric::{random, random_ids};
use crate::common::sum_of;

#[test]
fn adds_up_the_places_of_each_token() {
    let (sizes, firsts, table) = ([5, 7, 3], [0, 5, 12], 15);
    for (rows, size) in [(1, 4), (15, 8), (67, 36)] {
        let streams = [0, 1, 2].map(|s| random_ids(s as u64, rows, sizes[s]));
        let tokens: Vec<u32> = (0..rows).flat_map(|row| [0, 1, 2].map(|s| streams[s][row])).collect();
        let table_rows: Vec<u32> = tokens.iter().enumerate().map(|(at, token)| firsts[at % 3] as u32 + token).collect();
        let dout = rounded(random(9, 3 * rows * size));
        let mut want = vec![0.0; table * size];
        reference::embedding_backward(size, &dout, &table_rows, &mut want);
        let (starts, places) = sort_places(&tokens, firsts, table);
        for device in devices() {
            let (dout, dweight) = (device.tensor([1, rows, 3 * size], &dout), device.nan([table, size]));
            let (starts, places) = (device.upload([table + 1], &starts), device.upload([3 * rows], &places));
            device.run(|recorder, kernels| {
                kernels.embedding_backward.record(recorder, &dout, &starts, &places, &dweight);
            });
            device.assert_parity(&format!("embedding_backward {rows} {size}"), &dweight, &want, sum_of(rows));
        }
    }
}
