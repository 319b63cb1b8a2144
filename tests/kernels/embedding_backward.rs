use gpu_lstm::features::{CONTEXT_SIZE, Table, first_rows};
use gpu_lstm::kernels::sort_places;
use gpu_lstm::reference;

use super::embedding_forward::{chosen_rows, contexts, tables};
use crate::common::device::{devices, rounded};
use crate::common::numeric::random;
use crate::common::{POINTWISE, sum_of};

#[test]
fn adds_up_the_places_that_chose_each_row() {
    let tables = tables();
    let (_, table_rows) = first_rows(&tables);
    for (rows, size) in [(1, 4), (15, 8), (67, 36)] {
        let context = contexts(rows);
        let dout = rounded(random(9, 3 * rows * size));
        let mut want = Vec::new();
        for table in &tables {
            let block = dout.chunks(size).skip(table.block).step_by(3).flatten().copied().collect::<Vec<_>>();
            let mut sum = vec![0.0; table.rows * size];
            for chosen in chosen_rows(&context, table) {
                let mut dweight = vec![0.0; sum.len()];
                reference::embedding_backward(size, &block, &chosen, &mut dweight);
                sum.iter_mut().zip(dweight).for_each(|(sum, dweight)| *sum += dweight);
            }
            want.extend(sum);
        }
        let (starts, places) = sort_places(&context, &tables);
        for device in devices() {
            let (dout, dweight) = (device.tensor([1, rows, 3 * size], &dout), device.nan([table_rows, size]));
            let starts = device.upload([starts.len()], &starts);
            let places = device.upload([places.len()], &places);
            device.run(|recorder, kernels| {
                kernels.embedding_backward.record(recorder, &dout, &starts, &places, &dweight);
            });
            device.assert_parity(&format!("embedding_backward {rows} {size}"), &dweight, &want, sum_of(6 * rows));
        }
    }
}

/// More places of one row than an invocation of Mesa's software adapter may go round loops.
#[test]
fn a_row_that_nearly_all_events_choose_several_times_is_added_up_whole() {
    let (rows, size) = (12_000, 4);
    let tables = [Table { name: String::new(), block: 1, rows: 9, columns: 12..18, divisor: 1 }];
    let (starts, places) = sort_places(&vec![0; CONTEXT_SIZE * rows], &tables);
    let dout = vec![1.0; 3 * rows * size];
    let want: Vec<f64> = (0..9 * size).map(|at| if at < size { 6.0 * rows as f64 } else { 0.0 }).collect();
    for device in devices() {
        let (dout, dweight) = (device.tensor([1, rows, 3 * size], &dout), device.nan([9, size]));
        let starts = device.upload([starts.len()], &starts);
        let places = device.upload([places.len()], &places);
        device.run(|recorder, kernels| {
            kernels.embedding_backward.record(recorder, &dout, &starts, &places, &dweight);
        });
        device.assert_parity("embedding_backward of 72,000 places", &dweight, &want, POINTWISE);
    }
}
