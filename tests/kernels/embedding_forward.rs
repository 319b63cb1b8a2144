use gpu_lstm::features::{CONTEXT_SIZE, Table, first_rows};
use gpu_lstm::kernels::Lookup;
use gpu_lstm::reference;

use crate::common::device::{devices, rounded};
use crate::common::numeric::{random, random_ids};
use crate::common::sum_of;

/// Six tables: two for the first block, none for the second, four for the third; some look at a part of a number, one at
/// several numbers.
pub(crate) fn tables() -> Vec<Table> {
    [(0, 0..1, 1, 5), (0, 3..4, 24, 12), (2, 1..2, 1, 7), (2, 12..18, 1, 9), (2, 7..8, 1, 24), (2, 7..8, 24, 12)]
        .map(|(block, columns, divisor, rows)| Table { name: String::new(), block, rows, columns, divisor })
        .to_vec()
}

/// Contexts of `events` events.
pub(crate) fn contexts(events: usize) -> Vec<u32> {
    random_ids(7, CONTEXT_SIZE * events, 1000)
}

/// For each column of a table the row that each event chooses, by the definition.
pub(crate) fn chosen_rows(context: &[u32], table: &Table) -> Vec<Vec<u32>> {
    let row = |number: u32| number / table.divisor as u32 % table.rows as u32;
    table
        .columns
        .clone()
        .map(|column| context.chunks(CONTEXT_SIZE).map(|context| row(context[column])).collect())
        .collect()
}

#[test]
fn sums_the_rows_that_an_event_chooses() {
    let tables = tables();
    let (firsts, table_rows) = first_rows(&tables);
    for (seq_len, batch_size, size) in [(1, 1, 4), (3, 5, 8), (2, 7, 36)] {
        let rows = seq_len * batch_size;
        let weight = rounded(random(1, table_rows * size));
        let context = contexts(rows);
        let before = rounded(random(2, rows * 3 * size));
        for onto in [false, true] {
            let mut sums = if onto { before.clone() } else { vec![0.0; before.len()] };
            for (table, first) in tables.iter().zip(&firsts) {
                for chosen in chosen_rows(&context, table) {
                    let mut out = vec![0.0; rows * size];
                    reference::embedding_forward(size, &weight[first * size..], &chosen, &mut out);
                    for (at, value) in out.iter().enumerate() {
                        sums[(at / size * 3 + table.block) * size + at % size] += value;
                    }
                }
            }
            let want: Vec<f64> = sums.iter().map(|&sum| if onto { sum.max(0.0) } else { sum }).collect();
            for device in devices() {
                let lookup = Lookup::new(&device.gpu, tables.clone()).expect("it fits");
                let (weight, out) = (device.tensor([table_rows, size], &weight), [seq_len, batch_size, 3 * size]);
                let out = if onto { device.tensor(out, &before) } else { device.nan(out) };
                let context = device.upload([seq_len, batch_size, CONTEXT_SIZE], &context);
                device.run(|recorder, kernels| {
                    for blocks in [0..1, 1..3] {
                        kernels.embedding_forward.record(recorder, &weight, &lookup, blocks, &context, onto, &out);
                    }
                });
                device.assert_parity(&format!("embedding_forward {rows} {size} {onto}"), &out, &want, sum_of(9));
            }
        }
    }
}
