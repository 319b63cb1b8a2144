//! Small networks and batches for the reference's model.

use gpu_lstm::engine::reference::IGNORE;
use gpu_lstm::model::config::ModelConfig;
use gpu_lstm::model::reference::network::{Batch, StateDict, parameters};
use gpu_lstm::music::candidates::{CANDIDATES, Evidence};
use gpu_lstm::music::context::{
    CONTEXT_SIZE, EXTRA, HISTORY, HISTORY_SIZE, LAST, LAST_EVENTS, POSITIONS, VOICES, last_column, next_column,
    recent_column,
};
use gpu_lstm::music::events::{FIELDS, Field, Token, core_token};

use super::numeric::{random, random_ids};

/// Sizes that all differ, so that one in the place of another is noticed.
pub fn small_config(combined_layers: usize) -> ModelConfig {
    ModelConfig {
        fields: Field::CORE.to_vec(),
        input_vocab_sizes: vec![5, 7, 4],
        output_vocab_sizes: vec![6, 5, 3],
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
    // Ids of the network's fields, and `other` of all others.
    let events = |seed: u64, sizes: &[usize], other: u32| -> Vec<Token> {
        let mut events = vec![[other; FIELDS]; rows];
        for ((seed, &size), field) in (seed..).zip(sizes).zip(&config.fields) {
            let ids = random_ids(seed, rows, size as u32);
            events.iter_mut().zip(ids).for_each(|(event, id)| event[field.index()] = id);
        }
        events
    };
    let heads = config.heads() as u64;
    let mut targets = events(seed + heads, &config.output_vocab_sizes, IGNORE);
    for target in targets.iter_mut().skip(3).step_by(7) {
        config.fields[1..].iter().for_each(|field| target[field.index()] = IGNORE);
    }
    targets[rows - 1] = [IGNORE; FIELDS];
    let context = context(config, &events(seed, &config.input_vocab_sizes, 0), &targets);
    let targets = targets.concat();
    let reset = (0..rows).map(|row| u32::from(row % 5 == 4)).collect();
    Batch { seq_len, batch_size, context, candidates: candidates(config, seed, rows), targets, reset }
}

/// Distinct tokens with random classes for each field of `rows` events, from none to as many as there are.
pub fn candidates(config: &ModelConfig, seed: u64, rows: usize) -> Vec<u32> {
    let numbers = random_ids(seed + 9, 3 * CANDIDATES * rows, 1 << 20);
    let of_field = |(at, numbers): (usize, &[u32])| -> Vec<u32> {
        // A field that the network does not predict has candidates that nobody asks for.
        let head = config.fields.iter().position(|field| field.index() == at % 3);
        let tokens = head.map_or(5, |head| config.output_vocab_sizes[head]) as u32;
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

/// Tokens with the velocity and the instrument of a network that predicts neither.
pub fn with_defaults(tokens: Vec<Token>) -> Vec<Token> {
    tokens.into_iter().map(|[offset, pitch, duration, ..]| core_token(offset, pitch, duration)).collect()
}

/// A network of all fields, and one of a single field.
pub fn with_other_fields(config: &ModelConfig) -> [ModelConfig; 2] {
    let all = ModelConfig {
        fields: Field::ORDER.to_vec(),
        input_vocab_sizes: vec![5, 4, 7, 4, 6],
        output_vocab_sizes: vec![6, 3, 5, 3, 4],
        ..config.clone()
    };
    let one = ModelConfig {
        fields: vec![Field::Pitch],
        input_vocab_sizes: vec![7],
        output_vocab_sizes: vec![5],
        matches: false,
        ..config.clone()
    };
    [all, one]
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

/// The context of events, at positions that cross beats and bars, with any numbers for what sounds and for the last events.
fn context(config: &ModelConfig, tokens: &[Token], targets: &[Token]) -> Vec<u32> {
    let known = |target: u32| if target == IGNORE { 0 } else { target };
    let row = |(row, (token, target)): (usize, (&Token, &Token))| {
        let position = 31 * row as u32;
        let mut context = [0; CONTEXT_SIZE];
        let mut history = random_ids(row as u64, HISTORY_SIZE, 97);
        // Last pitches and voices among the few that there are.
        for column in (LAST + LAST_EVENTS..LAST + 2 * LAST_EVENTS).chain(VOICES..VOICES + 3) {
            history[column - HISTORY] %= 6;
        }
        context[HISTORY..EXTRA].copy_from_slice(&history);
        for (head, field) in config.fields() {
            context[last_column(field)] = token[field.index()];
            context[next_column(field)] = known(target[field.index()]);
            if !Field::CORE.contains(&field) {
                let ids = random_ids(7 * row as u64, LAST_EVENTS, config.output_vocab_sizes[head] as u32 + 1);
                context[recent_column(field)..][..LAST_EVENTS].copy_from_slice(&ids);
            }
        }
        let [last, next] = POSITIONS;
        (context[last], context[next]) = (position, position + 17 * token[0]);
        context
    };
    tokens.iter().zip(targets).enumerate().flat_map(row).collect()
}
