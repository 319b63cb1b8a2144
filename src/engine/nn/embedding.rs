//! Tables of vectors that tokens choose from.

use super::layout::{Initial, Layout, Slot};
use super::{Features, Gradients, Parameters};
use crate::engine::gpu::{Gpu, Recorder, Tensor};
use crate::engine::kernels::{Lookup, LookupDropout, Table, chosen_rows, gather_index, padded};
use crate::error::Result;

/// One table, or several side by side: token n of a row chooses a vector of table n, which is block n of the output.
#[derive(Clone, Debug)]
pub struct Embedding {
    rows: Vec<usize>,
    size: usize,
    weight: Slot,
}

/// The tokens of a batch on the device, and where each row of the tables was chosen: what the gradient goes by.
pub struct Tokens {
    lookup: Lookup,
    ids: Tensor<u32, 3>,
    starts: Tensor<u32, 1>,
    places: Tensor<u32, 1>,
}

impl Embedding {
    /// Adds tables of `rows` vectors of `size` values to a layout: `name.weight`, or `name.0.weight` and so on of several.
    ///
    /// # Panics
    /// If there is no table, or one has no row.
    pub fn new(layout: &mut Layout, name: &str, rows: &[usize], size: usize) -> Self {
        assert!(!rows.is_empty() && !rows.contains(&0), "{name}: tables of {rows:?} rows");
        let columns = padded(size);
        let weight = layout.slot(format!("{name}.weight"), [1, rows.iter().sum(), columns]);
        let mut first = weight.offset;
        for (number, &rows_of_table) in rows.iter().enumerate() {
            let label = if rows.len() == 1 { weight.label.clone() } else { format!("{name}.{number}.weight") };
            let start = first;
            layout.push(label, vec![rows_of_table, size], Initial::Normal, move |row, column| {
                start + row * columns + column
            });
            first += rows_of_table * columns;
        }
        Self { rows: rows.to_vec(), size, weight }
    }

    /// What the output holds.
    pub fn features(&self) -> Features {
        Features { blocks: self.rows.len(), size: self.size }
    }

    /// Allocates tokens for batches of `seq_len` steps and `batch_size` lanes, all of them 0 until they are written.
    ///
    /// # Errors
    /// If the adapter has too little memory.
    pub fn tokens(&self, parameters: &Parameters, seq_len: usize, batch_size: usize) -> Result<Tokens> {
        let columns = self.rows.len();
        let table = |(column, &rows)| Table::new(String::new(), column, rows, column..column + 1);
        let lookup = Lookup::new(parameters.gpu(), columns, self.rows.iter().enumerate().map(table).collect())?;
        let tokens = Tokens {
            ids: parameters.allocate("tokens", [seq_len, batch_size, columns])?,
            starts: parameters.allocate("starts", [lookup.rows + 1])?,
            places: parameters.allocate("places", [seq_len * batch_size * columns])?,
            lookup,
        };
        tokens.write(parameters.gpu(), &vec![0; tokens.ids.len()]);
        Ok(tokens)
    }

    /// Records the vectors of tokens, [T, B, tables · padded size].
    ///
    /// # Errors
    /// If the adapter has too little memory.
    pub fn forward(&self, r: &mut Recorder, parameters: &Parameters, tokens: &Tokens) -> Result<Tensor<f32, 3>> {
        let [seq_len, batch_size, blocks] = tokens.ids.shape();
        let output = parameters.allocate(&self.weight.label, [seq_len, batch_size, self.features().columns()])?;
        let (table, off) = (as_table(&parameters.tensor(&self.weight)), LookupDropout::OFF);
        let kernel = &parameters.kernels().embedding_forward;
        kernel.record(r, &table, &tokens.lookup, 0..blocks, &tokens.ids, false, off, &output);
        Ok(output)
    }

    /// Records the gradients of the tables from that of the output.
    pub fn backward(&self, r: &mut Recorder, gradients: &Gradients, tokens: &Tokens, doutput: &Tensor<f32, 3>) {
        let dtable = as_table(&gradients.tensor(&self.weight));
        let kernel = &gradients.parameters.kernels().embedding_backward;
        kernel.record(r, doutput, &tokens.starts, &tokens.places, 0.0, &dtable);
    }
}

impl Tokens {
    /// Queues a write of all ids, [T, B, tables].
    ///
    /// # Panics
    /// If their number is another, or a table has no row of an id.
    pub fn write(&self, gpu: &Gpu, ids: &[u32]) {
        let columns = self.lookup.tables.len();
        for (at, &id) in ids.iter().enumerate() {
            let rows = self.lookup.tables[at % columns].rows;
            assert!((id as usize) < rows, "token {id}, [{at}], of a table of {rows} rows");
        }
        self.ids.write(gpu, ids);
        let chosen = chosen_rows(ids, columns, &self.lookup, LookupDropout::OFF, 0);
        let index = gather_index(self.lookup.rows, chosen);
        self.starts.write(gpu, &index.starts);
        self.places.write(gpu, &index.places);
    }
}

fn as_table(weight: &Tensor<f32, 3>) -> Tensor<f32, 2> {
    let [_, rows, size] = weight.shape();
    weight.reshape([rows, size])
}
