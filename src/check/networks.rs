//! The networks that an adapter is checked with, and what goes into them.

use rand::{RngExt as _, SeedableRng as _};
use rand_pcg::Pcg32;

use crate::model::config::ModelConfig;
use crate::model::reference::network as reference;
use crate::model::{Array, StateDict};
use crate::music::candidates::{CANDIDATES, Evidence};
use crate::music::context::{
    CONTEXT_SIZE, EXTRA, HISTORY, LAST, LAST_EVENTS, NEXT, POSITIONS, VOICES, last_column, next_column, recent_column,
};
use crate::music::dataset::{Batch, IGNORE};
use crate::music::events::{FIELDS, Field};
use crate::train::TrainConfig;

/// A network, and the size of the batches that it is given.
pub(super) struct Network {
    pub(super) name: &'static str,
    pub(super) config: ModelConfig,
    pub(super) seq_len: usize,
    pub(super) batch_size: usize,
    /// Whether all of it is checked, or the forward pass and the gradients alone.
    pub(super) whole: bool,
}

/// Sizes that are no multiple of any tile, sizes that are one, the smallest batch, every switch off, and the default network.
pub(super) fn networks() -> Vec<Network> {
    let sizes = |embedding_size, stream_size, combined_size, combined_layers, shared_size, head_size| ModelConfig {
        fields: Field::CORE.to_vec(),
        input_vocab_sizes: vec![5, 7, 4],
        output_vocab_sizes: vec![6, 5, 3],
        embedding_size,
        stream_size,
        combined_size,
        combined_layers,
        shared_size,
        head_size,
        metre: true,
        chord: true,
        last: true,
        relative: true,
        matches: true,
    };
    let awkward = sizes(3, 9, 13, 2, 10, 6);
    let off =
        ModelConfig { metre: false, chord: false, last: false, relative: false, matches: false, ..awkward.clone() };
    let five = ModelConfig {
        fields: Field::ORDER.to_vec(),
        input_vocab_sizes: vec![5, 4, 7, 4, 6],
        output_vocab_sizes: vec![6, 3, 5, 3, 4],
        ..awkward.clone()
    };
    let one = ModelConfig {
        fields: vec![Field::Pitch],
        input_vocab_sizes: vec![7],
        output_vocab_sizes: vec![5],
        matches: false,
        ..awkward.clone()
    };
    let network = |name, config: &ModelConfig, seq_len, batch_size, whole| Network {
        name,
        config: config.clone(),
        seq_len,
        batch_size,
        whole,
    };
    vec![
        network("awkward sizes", &awkward, 6, 5, true),
        network("whole tiles", &sizes(32, 64, 64, 1, 64, 64), 4, 16, true),
        network("one event", &awkward, 1, 1, false),
        network("all switches off", &off, 5, 3, true),
        network("five fields", &five, 5, 3, true),
        network("one field", &one, 4, 3, true),
        network("default network", &TrainConfig::default().model, 8, 8, false),
    ]
}

/// Weights within ±`range`, exact in f32, on both sides. The engine has one bias for the two of `PyTorch`.
pub(super) fn weights(config: &ModelConfig, seed: u64, range: f32) -> (StateDict, reference::StateDict) {
    let mut random = Pcg32::seed_from_u64(seed);
    let (mut state, mut exact) = (StateDict::new(), reference::StateDict::new());
    for (name, shape) in reference::parameters(config) {
        let range = if name.contains("bias_hh") { 0.0 } else { range };
        let len: usize = shape.iter().product();
        let values: Vec<f32> = (0..len).map(|_| range * random.random_range(-1.0..1.0_f32)).collect();
        exact.insert(name.clone(), values.iter().copied().map(f64::from).collect());
        state.insert(name, Array { shape, values });
    }
    (state, exact)
}

/// Random events. A song begins in every fifth place, and every seventh event predicts the end of one.
pub(super) fn batch(network: &Network, seed: u64) -> reference::Batch {
    let Network { config, seq_len, batch_size, .. } = network;
    let rows = seq_len * batch_size;
    let mut random = Pcg32::seed_from_u64(seed);
    let mut below = |below: u32| random.random_range(0..below);
    let mut batch = reference::Batch {
        seq_len: *seq_len,
        batch_size: *batch_size,
        context: Vec::new(),
        candidates: Vec::new(),
        targets: Vec::new(),
        reset: (0..rows).map(|row| u32::from(row % 5 == 4)).collect(),
    };
    for row in 0..rows {
        let position = 31 * row as u32;
        let mut context = [0; CONTEXT_SIZE];
        for (column, number) in context.iter_mut().enumerate().take(EXTRA).skip(HISTORY) {
            // Last pitches and voices among the few that there are.
            let pitches = [LAST + LAST_EVENTS..LAST + 2 * LAST_EVENTS, VOICES..VOICES + 3];
            let is_pitch = pitches.iter().any(|columns| columns.contains(&column));
            *number = below(if is_pitch { classes(config, Field::Pitch) + 1 } else { 97 });
        }
        let mut targets = [IGNORE; FIELDS];
        for (head, field) in config.fields() {
            let [input, output] =
                [config.input_vocab_sizes[head], config.output_vocab_sizes[head]].map(|size| size as u32);
            context[last_column(field)] = below(input);
            if head == 0 || row % 7 != 3 {
                targets[field.index()] = below(output);
                context[next_column(field)] = targets[field.index()];
            }
            if !Field::CORE.contains(&field) {
                let recent = &mut context[recent_column(field)..][..LAST_EVENTS];
                recent.iter_mut().for_each(|number| *number = below(output + 1));
            }
        }
        let [last, next] = POSITIONS;
        (context[last], context[next]) = (position, position + 17 * context[NEXT]);
        batch.context.extend(context);
        batch.targets.extend(targets);
        for field in Field::CORE {
            batch.candidates.extend(candidates(classes(config, field), &mut below));
        }
    }
    batch
}

/// Classes of a field; a few where the network does not predict it.
fn classes(config: &ModelConfig, field: Field) -> u32 {
    config.fields().find(|(_, other)| *other == field).map_or(5, |(head, _)| config.output_vocab_sizes[head] as u32)
}

/// Distinct tokens of a field with random evidence, from none to as many as there are.
fn candidates(tokens: u32, below: &mut impl FnMut(u32) -> u32) -> [u32; 2 * CANDIDATES] {
    let (count, first) = (below((CANDIDATES as u32).min(tokens) + 1), below(tokens));
    let mut columns = [0; 2 * CANDIDATES];
    for (k, slot) in (0..count).zip(columns.chunks_exact_mut(2)) {
        let evidence = Evidence {
            both: below(60),
            interval: below(60),
            rhythm: below(60),
            count: below(12),
            distance: 1 + below(700),
            rounds: below(20),
            transposition: below(3),
        };
        slot.copy_from_slice(&[1 + (first + k) % tokens, evidence.packed()]);
    }
    columns
}

/// The same batch as the engine takes it.
pub(super) fn to_engine(batch: &reference::Batch) -> Batch {
    let reference::Batch { seq_len, batch_size, context, candidates, targets, reset } = batch.clone();
    let columns = |columns: &[usize]| -> Vec<u32> {
        context.chunks(CONTEXT_SIZE).flat_map(|context| columns.iter().map(|&column| context[column])).collect()
    };
    let (tokens, positions) = (columns(&Field::ALL.map(last_column)), columns(&POSITIONS));
    let history: Vec<u32> = columns(&(HISTORY..EXTRA).collect::<Vec<_>>());
    let extra = Field::ALL.into_iter().filter(|field| !Field::CORE.contains(field)).map(recent_column);
    let extra = columns(&extra.flat_map(|first| first..first + LAST_EVENTS).collect::<Vec<_>>());
    let events = seq_len * batch_size;
    Batch { seq_len, batch_size, tokens, targets, positions, history, extra, candidates, reset, notes: 0, events }
}
