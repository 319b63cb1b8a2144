use gpu_lstm::engine::nn::{Embedding, Features};
use gpu_lstm::engine::reference::{embedding_backward, embedding_forward};

use crate::common::device::rounded;
use crate::common::numeric::{random, random_ids};
use crate::common::{POINTWISE, assert_close, sum_of};
use crate::{BATCH_SIZE, ROWS, SEQ_LEN, networks};

#[test]
fn forward_and_backward_of_one_table_and_of_two_side_by_side() {
    let size = 13;
    for tables in [&[7][..], &[5, 9]] {
        let features = Features { blocks: tables.len(), size };
        let columns: Vec<Vec<u32>> =
            tables.iter().zip(1..).map(|(&rows, seed)| random_ids(seed, ROWS, rows as u32)).collect();
        let ids: Vec<u32> = (0..ROWS).flat_map(|row| columns.iter().map(move |column| column[row])).collect();
        let doutput = rounded(random(3, ROWS * features.values()));
        let block = |values: &[f64], table: usize| -> Vec<f64> {
            values.chunks_exact(size).skip(table).step_by(tables.len()).flatten().copied().collect()
        };
        for (network, layer) in networks(|layout| Embedding::new(layout, "table", tables, size)) {
            assert_eq!(layer.features(), features);
            let tokens = layer.tokens(&network.parameters, SEQ_LEN, BATCH_SIZE).expect("they fit");
            let given = network.input(features, &doutput);
            let (plan, output) = network.record(|r| {
                let output = layer.forward(r, &network.parameters, &tokens)?;
                layer.backward(r, &network.gradients, &tokens, &given);
                Ok(output)
            });
            tokens.write(&network.device.gpu, &ids);
            plan.submit().expect("it runs");

            let (gradients, mut want) = (network.gradients(), vec![0.0; doutput.len()]);
            for (table, &rows) in tables.iter().enumerate() {
                let name = if tables.len() == 1 { "table.weight".into() } else { format!("table.{table}.weight") };
                let mut of_table = vec![0.0; ROWS * size];
                embedding_forward(size, &network.parameter(&name), &columns[table], &mut of_table);
                for (row, values) in of_table.chunks_exact(size).enumerate() {
                    want[(row * tables.len() + table) * size..][..size].copy_from_slice(values);
                }
                let mut dweight = vec![0.0; rows * size];
                embedding_backward(size, &block(&doutput, table), &columns[table], &mut dweight);
                assert_close(&name, &gradients[&name].values, &dweight, sum_of(ROWS));
            }
            network.assert_holds("output", &output, features, &want, POINTWISE);
        }
    }
}

#[test]
#[should_panic(expected = "token 7, [2], of a table of 7 rows")]
fn a_token_without_a_row_is_refused() {
    let (network, layer) = networks(|layout| Embedding::new(layout, "table", &[7], 4)).swap_remove(0);
    layer.tokens(&network.parameters, 1, 3).expect("they fit").write(&network.device.gpu, &[0, 6, 7]);
}
