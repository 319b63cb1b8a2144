//! Names and shapes of all parameters: the contract with `PyTorch` and with the checkpoint.

use crate::engine::kernels::Table;
use crate::model::conditioning::{condition_tables, input_tables};
use crate::model::config::ModelConfig;
use crate::music::events::Field;

/// Width of the evidence for a candidate.
const CANDIDATE_SIZE: usize = 32;

/// Every parameter's name and shape, in the order in which the forward pass meets them.
pub fn parameters(config: &ModelConfig) -> Vec<(String, Vec<usize>)> {
    let mut list = Vec::new();
    let tables = |tables: Vec<Table>, size: usize| {
        tables.into_iter().map(move |table| (format!("{}.weight", table.name), vec![table.rows, size]))
    };
    list.extend(tables(input_tables(config), config.embedding_size));
    for (_, field) in config.streams() {
        let sizes = (config.embedding_size, config.stream_size);
        list.extend(lstm(&format!("lstm_{}", field.name()), 0, sizes));
    }
    let mut input_size = config.streams().count() * config.stream_size;
    for layer in 0..config.combined_layers {
        list.extend(lstm("lstm_combined", layer, (input_size, config.combined_size)));
        input_size = config.combined_size;
    }
    list.extend(linear("shared", (config.combined_size, config.shared_size)));
    list.extend(tables(condition_tables(config), config.head_size));
    for (&field, &vocab_size) in config.fields.iter().zip(&config.output_vocab_sizes) {
        let stream = field.name();
        let hidden = (config.shared_size, config.head_size);
        list.extend(linear(&format!("head_{stream}.0"), hidden));
        list.extend(linear(&format!("head_{stream}.2"), (config.head_size, vocab_size)));
        if config.matches && Field::CORE.contains(&field) {
            let name = format!("candidate_{stream}");
            list.extend(linear(&format!("{name}.query"), (config.head_size, CANDIDATE_SIZE)));
            let tables = [("runs", 81), ("rhythm", 9), ("count", 6), ("distance", 6), ("rounds", 24)];
            list.extend(tables.map(|(table, rows)| (format!("{name}.{table}.weight"), vec![rows, CANDIDATE_SIZE])));
            list.extend(linear(&format!("{name}.score"), (CANDIDATE_SIZE, 1)));
        }
        if config.relative && field == Field::Pitch {
            list.extend(linear("relative_note", (config.head_size, 4 * 75)));
        }
    }
    list
}

/// Whether training moves the parameter of this name: all but the second bias of an LSTM.
pub fn is_trained(name: &str) -> bool {
    !name.contains(".bias_hh_l")
}

fn lstm(name: &str, layer: usize, (input_size, hidden_size): (usize, usize)) -> [(String, Vec<usize>); 4] {
    [
        ("weight_ih", vec![4 * hidden_size, input_size]),
        ("weight_hh", vec![4 * hidden_size, hidden_size]),
        ("bias_ih", vec![4 * hidden_size]),
        ("bias_hh", vec![4 * hidden_size]),
    ]
    .map(|(part, shape)| (format!("{name}.{part}_l{layer}"), shape))
}

fn linear(name: &str, (input_size, output_size): (usize, usize)) -> [(String, Vec<usize>); 2] {
    [(format!("{name}.weight"), vec![output_size, input_size]), (format!("{name}.bias"), vec![output_size])]
}
