//! Small networks and batches for the reference's model.

use gpu_lstm::engine::reference::IGNORE;
use gpu_lstm::model::config::ModelConfig;
use gpu_lstm::model::reference::network::{Batch, StateDict, parameters};
use gpu_lstm::music::candidates::{CANDIDATES, Evidence};
use gpu_lstm::music::context::{HISTORY, HISTORY_SIZE, LAST, LAST_EVENTS, VOICES};

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
        metre: true,
        chord: true,
        last: true,
        relative: true,
        matches: true,
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
    let reset = (0..rows).map(|row| u32::from(row % 5 == 4)).collect();
    Batch { seq_len, batch_size, context, candidates: candidates(config, seed, rows), targets, reset }
}

/// Distinct tokens with random classes for each field of `rows` events, from none to as many as there are.
pub fn candidates(config: &ModelConfig, seed: u64, rows: usize) -> Vec<u32> {
    let numbers = random_ids(seed + 9, 3 * CANDIDATES * rows, 1 << 20);
    let of_field = |(field, numbers): (usize, &[u32])| -> Vec<u32> {
        let tokens = config.output_vocab_sizes[field % 3] as u32;
        let count = numbers[0] % (CANDIDATES as u32 + 1).min(tokens + 1);
        let candidate = |(k, number): (u32, &u32)| {
            let evidence = Evidence {
                both: number % 60,
                interval: number / 3 % 60,
                rhythm: number / 5 % 60,
                count: number % 12,
                distance: 1 + number % 700,
                rounds: number / 7 % 20,
                transposition: number % 3,
            };
            if k < count { [1 + (numbers[1] + k) % tokens, evidence.packed()] } else { [0, 0] }
        };
        (0..).zip(numbers).flat_map(candidate).collect()
    };
    numbers.chunks_exact(CANDIDATES).enumerate().flat_map(of_field).collect()
}

/// The same network with each of its switches off, and with all of them.
pub fn with_switches_off(config: &ModelConfig) -> Vec<ModelConfig> {
    let switches: [fn(&mut ModelConfig) -> &mut bool; 5] = [
        |config| &mut config.metre,
        |config| &mut config.chord,
        |config| &mut config.last,
        |config| &mut config.relative,
        |config| &mut config.matches,
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
        let mut history = random_ids(row as u64, HISTORY_SIZE, 97);
        // Last pitches and voices among the few that there are.
        for column in (LAST + LAST_EVENTS..LAST + 2 * LAST_EVENTS).chain(VOICES..VOICES + 3) {
            history[column - HISTORY] %= 6;
        }
        let event = [[token[0], token[1], token[2], position], [next[0], next[1], next[2], position + 17 * token[0]]];
        [&event.concat()[..], &history].concat()
    };
    tokens.chunks(3).zip(targets.chunks(3)).enumerate().flat_map(row).collect()
}
