//! Generation: one event after the other, each field drawn after those before it.

use super::{Batch, Dropout, State, StateDict, forward};
use crate::model::config::ModelConfig;
use crate::model::reference::{KeptMelody, find_candidates, follow_event};
use crate::music::candidates::CANDIDATE_COLUMNS;
use crate::music::context::{POSITIONS, beginning};
use crate::music::dataset::IGNORE;
use crate::music::events::{END, FIELDS, Field, Token, duration_ticks, offset_ticks};

/// A field that is to be chosen.
#[derive(Debug)]
pub struct Choice<'a> {
    /// Which.
    pub field: Field,
    /// Events so far.
    pub events: &'a [Token],
    /// The next one, as far as it is drawn.
    pub drawn: &'a Token,
    /// `[V]`.
    pub logits: Vec<f64>,
    /// `[V]`, what a melody leaves to be drawn; without one everything.
    pub allowed: Vec<bool>,
}

/// The events after `primer`, up to `count`, without END, each field as `choose` chooses it from the logits. Candidates are
/// found among the last `window` events.
pub fn draw(
    config: &ModelConfig,
    state_dict: &StateDict,
    window: usize,
    primer: &[Token],
    count: usize,
    choose: impl FnMut(Choice<'_>) -> u32,
) -> Vec<Token> {
    draw_around(config, state_dict, window, primer, count, KeptMelody::nothing(), choose)
}

/// The same around a melody. What follows `primer` begins with it, so one of the two is empty.
pub fn draw_around(
    config: &ModelConfig,
    state_dict: &StateDict,
    window: usize,
    primer: &[Token],
    count: usize,
    mut melody: KeptMelody,
    mut choose: impl FnMut(Choice<'_>) -> u32,
) -> Vec<Token> {
    let mut carried = State::zeros(config, 1);
    let mut context = beginning().to_vec();
    let (mut played, mut events) = (Vec::new(), Vec::new());
    let mut candidates = vec![0; CANDIDATE_COLUMNS];
    let (mut offset, mut duration) = (0, 0);
    while events.len() < primer.len() + count {
        let mut token = [0; FIELDS];
        let mut after = None;
        for (head, field) in config.fields() {
            let size = CANDIDATE_COLUMNS / Field::CORE.len();
            if let Some(of_field) = candidates.chunks_exact_mut(size).nth(field.index()) {
                of_field.copy_from_slice(&find_candidates(field, window, &events, &token));
            }
            let batch = Batch {
                seq_len: 1,
                batch_size: 1,
                context: context.clone(),
                candidates: candidates.clone(),
                targets: vec![IGNORE; FIELDS],
                reset: vec![0],
            };
            let activations = forward(config, state_dict, &batch, &carried, Dropout::OFF);
            token[field.index()] = match primer.get(events.len()) {
                Some(given) => given[field.index()],
                None => {
                    let logits = activations.get(&format!("head_{}.logits", field.name())).to_vec();
                    let allowed = melody.allowed(field, logits.len(), &context);
                    let class = choose(Choice { field, events: &events, drawn: &token, logits, allowed });
                    melody.keep(field, class, &context)
                }
            };
            if field == Field::Offset {
                let ticks = if token[0] == END { 0 } else { offset_ticks(token[0]) };
                offset = melody.ticks(field, ticks, &context);
            }
            if field == Field::Duration {
                duration = melody.ticks(field, duration_ticks(token[2]), &context);
            }
            let [last, next] = POSITIONS.map(|column| context[column]);
            let position = if field == Field::Offset { last + offset } else { next };
            let due = melody.due(position);
            let ends = head + 1 == config.heads();
            let ticks = if field == Field::Offset { offset } else { duration };
            follow_event(field, token[field.index()], ticks, ends, &mut played, &due, &mut context);
            after = Some(State::after(config, 1, &activations));
        }
        carried = after.expect("at least one field");
        if token[0] == END {
            break;
        }
        events.push(token);
    }
    events.split_off(primer.len())
}
