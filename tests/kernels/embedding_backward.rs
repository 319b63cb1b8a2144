use gpu_lstm::engine::kernels;
use gpu_lstm::engine::kernels::{GatherIndex, Lookup, LookupDropout, Row, Table, first_rows, gather_index};
use gpu_lstm::engine::reference;
use gpu_lstm::music::context::CONTEXT_SIZE;

use super::embedding_forward::{COUNTER, DROPOUT, chosen_rows, contexts, tables};
use crate::common::device::{Device, devices, rounded};
use crate::common::numeric::random;
use crate::common::{POINTWISE, sum_of};

fn check(device: &Device, context: &[u32], tables: &[Table], dropout: LookupDropout, dout: &[f64], want: &[f64]) {
    let (_, table_rows) = first_rows(tables);
    let lookup = Lookup::new(&device.gpu, 3, tables.to_vec()).expect("it fits");
    let GatherIndex { starts, places } =
        gather_index(table_rows, kernels::chosen_rows(context, CONTEXT_SIZE, &lookup, dropout, COUNTER));
    let rows = context.len() / CONTEXT_SIZE;
    let size = dout.len() / (3 * rows);
    let (dout, dweight) = (device.tensor([1, rows, 3 * size], dout), device.nan([want.len() / size, size]));
    let starts = device.upload([starts.len()], &starts);
    let places = device.upload([places.len()], &places);
    device.run(|recorder, kernels| {
        kernels.embedding_backward.record(recorder, &dout, &starts, &places, dropout.probability, &dweight);
    });
    let what = format!("embedding_backward {rows} {size} {}", dropout.probability);
    let tolerance = if rows > 1000 { POINTWISE } else { sum_of(2 * 8 * rows) };
    device.assert_parity(&what, &dweight, want, tolerance);
}

#[test]
fn adds_up_the_places_that_chose_each_row() {
    let tables = tables();
    let (_, table_rows) = first_rows(&tables);
    for (rows, size) in [(1, 4), (15, 8), (67, 36)] {
        let context = contexts(rows);
        let dout = rounded(random(9, 3 * rows * size));
        for dropout in [LookupDropout::OFF, DROPOUT] {
            let mut want = vec![0.0; table_rows * size];
            for lookup in chosen_rows(&context, &tables, dropout) {
                let block = dout.chunks(size).skip(lookup.block).step_by(3);
                let scaled = block.zip(&lookup.factors).flat_map(|(dout, factor)| dout.iter().map(move |d| factor * d));
                let mut dweight = vec![0.0; want.len() - lookup.first * size];
                reference::embedding_backward(size, &scaled.collect::<Vec<_>>(), &lookup.rows, &mut dweight);
                want[lookup.first * size..].iter_mut().zip(dweight).for_each(|(sum, dweight)| *sum += dweight);
            }
            devices().iter().for_each(|device| check(device, &context, &tables, dropout, &dout, &want));
        }
    }
}

fn table(rows: usize) -> Table {
    Table { name: String::new(), block: 1, rows, columns: 12..18, row: Row::Number(1), dropped: false }
}

/// More places of one row than an invocation of Mesa's software adapter may go round loops.
#[test]
fn a_row_that_nearly_all_events_choose_several_times_is_added_up_whole() {
    let (rows, size) = (12_000, 4);
    let (context, dout) = (vec![0; CONTEXT_SIZE * rows], vec![1.0; 3 * rows * size]);
    let want: Vec<f64> = (0..9 * size).map(|at| if at < size { 6.0 * rows as f64 } else { 0.0 }).collect();
    devices().iter().for_each(|device| check(device, &context, &[table(9)], LookupDropout::OFF, &dout, &want));
}

/// More workgroups than fit into one dimension, and rows that end within one.
#[test]
fn tables_may_be_large() {
    let (rows, size) = (4001, 1036);
    let mut context = vec![0; CONTEXT_SIZE];
    context[12..18].copy_from_slice(&[4000, 0, 4000, 1, 1, 1]);
    let dout = rounded(random(4, 3 * size));
    let mut want = vec![0.0; rows * size];
    for (row, times) in [(0, 1.0), (1, 3.0), (4000, 2.0)] {
        want[row * size..][..size].iter_mut().zip(&dout[size..]).for_each(|(want, dout)| *want = times * dout);
    }
    devices().iter().for_each(|device| check(device, &context, &[table(rows)], LookupDropout::OFF, &dout, &want));
}
