//! Generation: the same events as in f64, with everything that draws, greedily and by chance.

use super::{Compared, networks};
use crate::engine::gpu::Gpu;
use crate::engine::reference::random;
use crate::error::Result;
use crate::model::config::ModelConfig;
use crate::model::kernels::SampleOptions;
use crate::model::reference::{self, KeptMelody, network::Choice};
use crate::model::{GenerationStep, Model};
use crate::music::candidates::{Bounds, WINDOW};
use crate::music::events::{END, FIELDS, Field, Token};
use crate::music::melody::{Melody, Voice};
use crate::music::midi::Note;
use crate::train::TrainConfig;

const EVENTS: usize = 24;
const PIECES: usize = 2;
const RANGE: std::ops::Range<usize> = 40..90;

fn config() -> ModelConfig {
    ModelConfig {
        embedding_size: 5,
        stream_size: 8,
        combined_size: 12,
        combined_layers: 2,
        shared_size: 9,
        head_size: 16,
        metre: true,
        chord: true,
        last: true,
        relative: true,
        matches: true,
        ..TrainConfig::default().model
    }
    .with_fields(&Field::ALL)
}

/// Two notes together, a rest that is no offset, and a length that is no duration.
fn melody() -> Melody {
    let notes = [(0, 60, 24), (0, 67, 51), (49, 64, 12), (72, 72, 24)];
    Melody::new(notes.map(|(onset, pitch, duration)| Note::new(onset, pitch, duration)).to_vec(), Voice::Inner)
}

/// Compares the events of two pieces, drawn greedily, with filters, and around a melody.
pub(super) fn check(gpu: &Gpu) -> Result<Vec<Compared>> {
    let (state, exact) = networks::weights(&config(), 21, 0.5);
    let model = Model::new(gpu, &config(), &state)?;
    let greedy = SampleOptions { temperature: 0.0, top_k: 0, top_p: 1.0, min_p: 0.0, seed: 4 };
    let filtered = SampleOptions { temperature: 0.9, top_k: 40, top_p: 0.95, min_p: 0.01, seed: 4 };
    let mut compared = Vec::new();
    for (name, options, melody) in [
        ("greedy events", greedy, Melody::default()),
        ("drawn events", filtered, Melody::default()),
        ("events around a melody", filtered, melody()),
    ] {
        let got = by_engine(&model, &options, &melody)?;
        let want: Vec<Vec<Token>> = (0..PIECES).map(|piece| by_reference(&exact, &options, &melody, piece)).collect();
        let pairs = got.iter().zip(&want).flat_map(|(got, want)| got.iter().zip(want));
        let different = pairs.filter(|(got, want)| got != want).count();
        let share = if different == 0 { 0.0 } else { f64::INFINITY };
        compared.push(Compared {
            name: name.into(),
            kernels: "draw_field, lstm_step_forward, matmul_nn",
            error: different as f64,
            share,
        });
    }
    Ok(compared)
}

/// Pitches within the range, and no END.
fn is_allowed(field: Field, class: usize) -> bool {
    match field {
        Field::Offset => class != END as usize,
        Field::Pitch => RANGE.contains(&class),
        _ => true,
    }
}

fn by_engine(model: &Model, options: &SampleOptions, melody: &Melody) -> Result<Vec<Vec<Token>>> {
    let allowed = Field::ALL.map(|field| vec![(0..field.classes()).map(|class| is_allowed(field, class)).collect()]);
    let step = GenerationStep::around(model, PIECES, EVENTS, &[*options; FIELDS], &allowed, &Bounds::NONE, melody)?;
    let history = step.play(0)?;
    let (tokens, _) = history.as_chunks::<FIELDS>();
    Ok((0..PIECES).map(|piece| tokens.iter().skip(piece).step_by(PIECES).copied().collect()).collect())
}

fn by_reference(
    exact: &reference::network::StateDict,
    options: &SampleOptions,
    melody: &Melody,
    piece: usize,
) -> Vec<Token> {
    let SampleOptions { temperature, top_k, top_p, min_p, seed } = *options;
    let [temperature, top_p, min_p] = [temperature, top_p, min_p].map(f64::from);
    let mut counter = 0;
    let pitches = (0..Field::Pitch.classes()).map(|pitch| is_allowed(Field::Pitch, pitch)).collect();
    let kept = KeptMelody::new(melody.clone(), pitches);
    reference::network::draw_around(
        &config(),
        exact,
        WINDOW,
        &[],
        EVENTS,
        kept,
        |Choice { field, logits, allowed, .. }| {
            let allowed: Vec<bool> =
                allowed.iter().enumerate().map(|(class, &allowed)| allowed && is_allowed(field, class)).collect();
            let exempt = (field == Field::Offset).then_some(END as usize);
            let uniform = random::uniform(seed, counter, piece as u32);
            counter += 1;
            reference::sample(&logits, &allowed, exempt, temperature, top_k as usize, top_p, min_p, uniform) as u32
        },
    )
}
