use gpu_lstm::engine::gpu::Recorder;
use gpu_lstm::engine::kernels::{Lookup, LookupDropout, Row, Table, first_rows};
use gpu_lstm::engine::reference;
use gpu_lstm::music::context::CONTEXT_SIZE;

use crate::common::device::{devices, rounded};
use crate::common::numeric::{random, random_ids};
use crate::common::sum_of;

/// What both kernels are tested with; the counter is that of a training step.
pub(crate) const DROPOUT: LookupDropout = LookupDropout { probability: 0.25, seed: 3 };
pub(crate) const COUNTER: u32 = 11;

/// Tables of three blocks: two of the first, none of the second, and of the third some that look at a part of a number or
/// at several, and more lookups than a workgroup has invocations. Some are dropped.
pub(crate) fn tables() -> Vec<Table> {
    let few = [
        (0, 0..1, Row::Number(1), 5),
        (0, 3..4, Row::Number(24), 12),
        (0, 12..18, Row::Difference(1), 129),
        (0, 5..6, Row::ValueDifference(4), 129),
        (2, 1..2, Row::Number(1), 7),
        (2, 12..18, Row::Number(1), 9),
        (2, 7..8, Row::Number(1), 24),
    ];
    let many = (0..5).map(|number| (2, 8 * number..8 * number + 8, Row::Number(1 + number), 11));
    few.into_iter()
        .chain(many)
        .enumerate()
        .map(|(number, (block, columns, row, rows))| Table {
            name: String::new(),
            block,
            rows,
            columns,
            row,
            dropped: number % 2 == 1,
        })
        .collect()
}

/// Contexts of `events` events, references between 0 and 150, and no pitches in some columns.
pub(crate) fn contexts(events: usize) -> Vec<u32> {
    let mut contexts = random_ids(7, CONTEXT_SIZE * events, 1000);
    for (event, context) in contexts.chunks_exact_mut(CONTEXT_SIZE).enumerate() {
        context[1] %= 151;
        context[4] %= 151;
        context[5] %= 128;
        context[12..18].iter_mut().for_each(|pitch| *pitch %= 129);
        context[12 + event % 6] = 0;
    }
    contexts
}

/// The row of a table by the definition.
fn row_of(table: &Table, column: usize, context: &[u32]) -> u32 {
    let reference = |column: usize| if context[column] < 128 { i64::from(context[column]) } else { 60 };
    let number = i64::from(context[column]);
    let row = match table.row {
        Row::Number(divisor) => number / divisor as i64 % table.rows as i64,
        Row::Difference(_) if number == 0 => 0,
        Row::Difference(from) => 65 + (number - 1 - reference(from)).clamp(-64, 63),
        Row::ValueDifference(from) => 65 + (number - reference(from)).clamp(-64, 63),
    };
    row as u32
}

/// One lookup of every event.
pub(crate) struct Chosen {
    pub(crate) block: usize,
    /// First row of the table.
    pub(crate) first: usize,
    /// The row of the table for each event.
    pub(crate) rows: Vec<u32>,
    /// What it is multiplied by.
    pub(crate) factors: Vec<f64>,
}

/// All lookups, by the definition.
pub(crate) fn chosen_rows(context: &[u32], tables: &[Table], dropout: LookupDropout) -> Vec<Chosen> {
    let events = context.len() / CONTEXT_SIZE;
    let mut drawn = vec![1.0; 64 * 3 * events];
    reference::dropout(&mut drawn, f64::from(dropout.probability), dropout.seed, COUNTER);
    let mut lookups = [0; 3];
    let (firsts, _) = first_rows(tables);
    let mut all = Vec::new();
    for (table, &first) in tables.iter().zip(&firsts) {
        for column in table.columns.clone() {
            let row = |event: usize| row_of(table, column, &context[CONTEXT_SIZE * event..][..CONTEXT_SIZE]);
            let place = |event: usize| 64 * (3 * event + table.block) + lookups[table.block];
            let factor = |event: usize| if table.dropped { drawn[place(event)] } else { 1.0 };
            let (rows, factors) = ((0..events).map(row).collect(), (0..events).map(factor).collect());
            all.push(Chosen { block: table.block, first, rows, factors });
            lookups[table.block] += 1;
        }
    }
    all
}

#[test]
fn sums_the_rows_that_an_event_chooses() {
    let tables = tables();
    let (_, table_rows) = first_rows(&tables);
    // The last has more rows than one dimension of a dispatch.
    for (seq_len, batch_size, size) in [(1, 1, 4), (3, 5, 8), (2, 7, 36), (1, 2, 260), (32_769, 1, 4)] {
        let rows = seq_len * batch_size;
        let weight = rounded(random(1, table_rows * size));
        let context = contexts(rows);
        let before = rounded(random(2, rows * 3 * size));
        for (onto, dropout) in [(false, LookupDropout::OFF), (true, LookupDropout::OFF), (true, DROPOUT)] {
            let mut sums = if onto { before.clone() } else { vec![0.0; before.len()] };
            for lookup in chosen_rows(&context, &tables, dropout) {
                let mut out = vec![0.0; rows * size];
                reference::embedding_forward(size, &weight[lookup.first * size..], &lookup.rows, &mut out);
                for (at, value) in out.iter().enumerate() {
                    sums[(at / size * 3 + lookup.block) * size + at % size] += lookup.factors[at / size] * value;
                }
            }
            let want: Vec<f64> = sums.iter().map(|&sum| if onto { sum.max(0.0) } else { sum }).collect();
            for device in devices() {
                let lookup = Lookup::new(&device.gpu, 3, tables.clone()).expect("it fits");
                let (weight, out) = (device.tensor([table_rows, size], &weight), [seq_len, batch_size, 3 * size]);
                let out = if onto { device.tensor(out, &before) } else { device.nan(out) };
                let context = device.upload([seq_len, batch_size, CONTEXT_SIZE], &context);
                let mut recorder = Recorder::new(&device.gpu, "test");
                let (embedding, r) = (&device.kernels.embedding_forward, &mut recorder);
                let sites = [0..1, 1..3]
                    .map(|blocks| embedding.record(r, &weight, &lookup, blocks, &context, onto, dropout, &out));
                let plan = recorder.finish().expect("a plan");
                sites.iter().for_each(|&site| plan.set_counter(site, COUNTER));
                plan.submit().expect("it runs");
                let what = format!("embedding_forward {rows} {size} {onto} {}", dropout.probability);
                device.assert_parity(&what, &out, &want, sum_of(2 * 48));
            }
        }
    }
}
