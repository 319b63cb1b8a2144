//! A Markov chain over events, with everything that can be computed of it exactly.
//!
//! The next event, or END, depends on the event before it and on nothing else; its note depends on its offset, and its
//! duration on both.

use gpu_lstm::music::events::Event;
use rand::{Rng, RngExt as _};

/// Offsets in grid ticks. None is 0, so that events stay in their order, and all are shorter than a beat, so that the
/// silence before the first event is kept.
const OFFSETS: [u32; 3] = [6, 12, 18];
const NOTES: [u8; 6] = [55, 57, 60, 62, 64, 67];
/// Durations in grid ticks. A note is over when the next begins, so that no key is struck while it is down.
const DURATIONS: [u32; 3] = [2, 4, 6];

/// Classes of offset, note and duration.
type State = [usize; 3];

const CLASSES: State = [OFFSETS.len(), NOTES.len(), DURATIONS.len()];
/// What stands before the first event: classes that no event has.
const START: State = CLASSES;

/// Probability that a piece ends after an event. It has one at least, and its lowest note ends it more often.
fn end(previous: State) -> f64 {
    match previous[1] {
        0 => 0.2,
        _ if previous == START => 0.0,
        _ => 0.03,
    }
}

/// Probabilities of the classes of `part`, a product of factors: one for the class of each part of an event that it
/// depends on. The factors come from a hash (the mixing steps are those of MurmurHash3): no pattern saves a network from
/// learning every one of them.
fn classes(part: usize, depends_on: [Option<usize>; 3]) -> Vec<f64> {
    let factor = |class: usize, of: usize, value: usize| {
        let hash = [part, class, of, value].into_iter().fold(0x9e37_79b9_u32, |hash, value| {
            let mixed = (hash ^ value as u32).wrapping_mul(0x85eb_ca6b);
            (mixed ^ (mixed >> 15)).wrapping_mul(0xc2b2_ae35)
        });
        f64::from(1_u32 << ((hash >> 16) % 6))
    };
    let weight = |class: usize| -> f64 {
        depends_on.iter().enumerate().filter_map(|(of, value)| Some(factor(class, of, (*value)?))).product()
    };
    let weights: Vec<f64> = (0..CLASSES[part]).map(weight).collect();
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / sum).collect()
}

/// Probabilities of the offset if the piece goes on.
fn offsets(previous: State) -> Vec<f64> {
    classes(0, [None, Some(previous[1]), Some(previous[2])])
}

/// Probabilities of the note.
fn notes(previous: State, offset: usize) -> Vec<f64> {
    classes(1, [Some(offset), Some(previous[1]), None])
}

/// Probabilities of the duration.
fn durations(previous: State, offset: usize, note: usize) -> Vec<f64> {
    classes(2, [Some(offset), Some(note), Some(previous[2])])
}

/// Draws a piece.
pub(crate) fn draw(rng: &mut impl Rng) -> Vec<Event> {
    let mut one_of = |probabilities: &[f64]| {
        let mut left: f64 = rng.random();
        let drawn = probabilities.iter().position(|probability| {
            left -= probability;
            left < 0.0
        });
        // Probabilities that add up to a little less than 1 may leave a draw beyond the last.
        drawn.unwrap_or(probabilities.len() - 1)
    };
    let mut piece = Vec::new();
    let mut previous = START;
    while one_of(&[end(previous), 1.0 - end(previous)]) == 1 {
        let offset = one_of(&offsets(previous));
        let note = one_of(&notes(previous, offset));
        let duration = one_of(&durations(previous, offset, note));
        piece.push(Event::new(OFFSETS[offset], NOTES[note], DURATIONS[duration]));
        previous = [offset, note, duration];
    }
    piece
}

/// `-ln p` of a piece, its END included.
pub(crate) fn nats(piece: &[Event]) -> f64 {
    let class = |found: Option<usize>| found.expect("an event of the chain");
    let mut previous = START;
    let mut nats = 0.0;
    for event in piece {
        let offset = class(OFFSETS.iter().position(|&offset| offset == event.offset));
        let note = class(NOTES.iter().position(|&note| note == event.note));
        let duration = class(DURATIONS.iter().position(|&duration| duration == event.duration));
        nats -= (1.0 - end(previous)).ln();
        nats -= offsets(previous)[offset].ln();
        nats -= notes(previous, offset)[note].ln();
        nats -= durations(previous, offset, note)[duration].ln();
        previous = [offset, note, duration];
    }
    nats - end(previous).ln()
}

/// Every event that can follow, in the order of its classes, with its probability. They add up to 1 - `end`.
fn followers(previous: State) -> Vec<(State, f64)> {
    let mut followers = Vec::new();
    for (offset, by_offset) in offsets(previous).into_iter().enumerate() {
        for (note, by_note) in notes(previous, offset).into_iter().enumerate() {
            for (duration, by_duration) in durations(previous, offset, note).into_iter().enumerate() {
                let probability = (1.0 - end(previous)) * by_offset * by_note * by_duration;
                followers.push(([offset, note, duration], probability));
            }
        }
    }
    followers
}

/// Nats and events of a piece on average: what the entropy rate is the quotient of.
///
/// A piece is expected to visit the state s `v(s)` times, `v(START) = 1` and `v = v · P` elsewhere. It has
/// `Σ v(s) H(s)` nats, where `H(s)` is the entropy of what follows s, END included, and `Σ v(s) - 1` events.
pub(crate) fn entropy() -> (f64, f64) {
    let term = |probability: f64| if probability > 0.0 { -probability * probability.ln() } else { 0.0 };
    let after = |state: State| {
        let followers = followers(state);
        let entropy: f64 = term(end(state)) + followers.iter().map(|&(_, probability)| term(probability)).sum::<f64>();
        (followers, entropy)
    };
    let (first, mut nats) = after(START);
    let all: Vec<_> = first.iter().map(|&(state, _)| after(state)).collect();
    // The share of pieces in each state after one event, after two, ... until next to none goes on.
    let mut shares: Vec<f64> = first.iter().map(|&(_, probability)| probability).collect();
    let mut events = 0.0;
    while shares.iter().sum::<f64>() > 1e-15 {
        let mut later = vec![0.0; shares.len()];
        for (share, (followers, entropy)) in shares.iter().zip(&all) {
            events += share;
            nats += share * entropy;
            for (later, (_, probability)) in later.iter_mut().zip(followers) {
                *later += share * probability;
            }
        }
        shares = later;
    }
    (nats, events)
}
