//! Generation: one event after the other, each field drawn after those before it.

use super::{Batch, Dropout, State, StateDict, forward};
use crate::model::config::{ModelConfig, STREAMS};
use crate::model::reference::{KeptMelody, find_candidates, follow_event};
use crate::music::candidates::CANDIDATE_COLUMNS;
use crate::music::context::{CONTEXT_SIZE, POSITIONS};
use crate::music::events::{BOS, END, Token, duration_ticks, offset_ticks};

/// A field that is to be chosen.
#[derive(Debug)]
pub struct Choice<'a> {
    /// Its head.
    pub head: usize,
    /// Events so far.
    pub events: &'a [Token],
    /// The fields of the next one before this.
    pub drawn: &'a [u32],
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
    let mut context: Vec<u32> = (0..CONTEXT_SIZE).map(|column| BOS.get(column).copied().unwrap_or(0)).collect();
    let (mut played, mut events) = (Vec::new(), Vec::new());
    let mut candidates = vec![0; CANDIDATE_COLUMNS];
    while events.len() < primer.len() + count {
        let mut token = [0; 3];
        let mut after = None;
        for (head, stream) in STREAMS.iter().enumerate() {
            let of_head = candidates.chunks_exact_mut(CANDIDATE_COLUMNS / 3).nth(head).expect("three heads");
            of_head.copy_from_slice(&find_candidates(head, window, &events, &token[..head]));
            let batch = Batch {
                seq_len: 1,
                batch_size: 1,
                context: context.clone(),
                candidates: candidates.clone(),
                targets: vec![0; 3],
                reset: vec![0],
            };
            let activations = forward(config, state_dict, &batch, &carried, Dropout::OFF);
            token[head] = match primer.get(events.len()) {
                Some(given) => given[head],
                None => {
                    let logits = activations.get(&format!("head_{stream}.logits")).to_vec();
                    let allowed = melody.allowed(head, logits.len(), &context);
                    let class = choose(Choice { head, events: &events, drawn: &token[..head], logits, allowed });
                    melody.keep(head, class, &context)
                }
            };
            let ticks = [|id| if id == END { 0 } else { offset_ticks(id) }, |_| 0, duration_ticks][head](token[head]);
            let ticks = melody.ticks(head, ticks, &context);
            let [last, next] = POSITIONS.map(|column| context[column]);
            let position = if head == 0 { last + ticks } else { next };
            let due = melody.due(position);
            follow_event(head, token[head], ticks, &mut played, &due, &mut context);
            after = Some(State::after(config, 1, &activations));
        }
        carried = after.expect("three heads");
        if token[0] == END {
            break;
        }
        events.push(token);
    }
    events.split_off(primer.len())
}
