//! Small networks and batches for the reference's model.

use gpu_lstm::config::ModelConfig;
use gpu_lstm::features::HEARD_SIZE;
use gpu_lstm::reference::IGNORE;
use gpu_lstm::reference::model::{Batch, StateDict, parameters};

use super::numeric::{random, random_ids};

/// Sizes that all differ, so that one in the place of another is noticed.
pub fn small_config(combined_layers: usize) -> ModelConfig {
    ModelConfig {
        input_vocab_sizes: [5, 7, 4],
        output_vocab_sizes: [6, 5, 3],
        embedding_size: 2,
        stream_size: 3,
        combined_size: 4,
        combined_layers,
        shared_size: 5,
        head_size: 6,
        chained_heads: true,
        metre: true,
        chord: true,
        scale: true,
        last: true,
        recall: true,
    }
}

/// Every parameter uniform in ±`range`, both LSTM biases included.
pub fn random_state_dict(config: &ModelConfig, seed: u64, range: f64) -> StateDict {
    parameters(config)
        .into_iter()
        .zip(seed..)
        .map(|((name, shape), seed)| {
            let values = random(seed, shape.iter().product());
            (name, values.iter().map(|value| value * range).collect())
        })
        .collect()
}

/// Random events. A song begins in every fifth place, and every seventh event predicts the end of one: its offset has a
/// target, its note and duration have none. The very last event predicts nothing.
pub fn random_batch(config: &ModelConfig, seed: u64, seq_len: usize, batch_size: usize) -> Batch {
    let rows = seq_len * batch_size;
    let events = |seed: u64, sizes: [usize; 3]| -> Vec<u32> {
        let streams: Vec<_> = (seed..).zip(sizes).map(|(seed, size)| random_ids(seed, rows, size as u32)).collect();
        (0..rows).flat_map(|row| [streams[0][row], streams[1][row], streams[2][row]]).collect()
    };
    let mut targets = events(seed + 3, config.output_vocab_sizes);
    for row in (0..rows).filter(|row| row % 7 == 3) {
        targets[3 * row + 1..3 * row + 3].fill(IGNORE);
    }
    targets[3 * rows - 3..].fill(IGNORE);
    let context = context(&events(seed, config.input_vocab_sizes), &targets);
    Batch { seq_len, batch_size, context, targets, reset: (0..rows).map(|row| u32::from(row % 5 == 4)).collect() }
}

/// The same network with each of its switches off, and with all of them.
pub fn with_switches_off(config: &ModelConfig) -> Vec<ModelConfig> {
    let switches: [fn(&mut ModelConfig) -> &mut bool; 6] = [
        |config| &mut config.chained_heads,
        |config| &mut config.metre,
        |config| &mut config.chord,
        |config| &mut config.scale,
        |config| &mut config.last,
        |config| &mut config.recall,
    ];
    let mut all_off = config.clone();
    let one_off = |switch: &fn(&mut ModelConfig) -> &mut bool| {
        let mut config = config.clone();
        *switch(&mut config) = false;
        *switch(&mut all_off) = false;
        config
    };
    let mut configs: Vec<_> = switches.iter().map(one_off).collect();
    configs.push(all_off);
    configs
}

/// The context of events `[rows, 3]`, at positions that cross beats and bars, with any numbers for what sounds.
pub fn context(tokens: &[u32], targets: &[u32]) -> Vec<u32> {
    let known = |target: u32| if target == IGNORE { 0 } else { target };
    let row = |(row, (token, target)): (usize, (&[u32], &[u32]))| {
        let position = 31 * row as u32;
        let next = [known(target[0]), known(target[1]), known(target[2])];
        let heard = random_ids(row as u64, HEARD_SIZE, 97);
        let event = [[token[0], token[1], token[2], position], [next[0], next[1], next[2], position + 17 * token[0]]];
        [&event.concat()[..], &heard].concat()
    };
    tokens.chunks(3).zip(targets.chunks(3)).enumerate().flat_map(row).collect()
}
