//! An n-gram over the same tokens: the simplest model that a network must beat.
//!
//! The tokens of a piece stand in one row: offset, note, duration, offset, ..., END. A token's probability interpolates
//! the counts after the last n - 1 tokens with those after fewer (Witten and Bell, "The Zero-Frequency Problem", 1991):
//!
//! ```text
//! P(w | h) = (count(h, w) + kinds(h) · P(w | h without its first token)) / (count(h) + kinds(h))
//! ```
//!
//! with kinds(h) the number of different tokens seen after h, and 1/V below the shortest context.

use std::collections::HashMap;

use crate::events::{BOS, END, OUTPUT_VOCAB_SIZES, Token};

/// What followed one context.
#[derive(Default)]
struct Followers {
    total: u32,
    counts: HashMap<u32, u32>,
}

/// Counts of a corpus.
pub struct NGram {
    order: usize,
    /// By part of the event, then by context, oldest token first.
    contexts: [HashMap<Vec<u32>, Followers>; 3],
}

/// The tokens of a piece with the part of the event that each is, BOS before them, END after them.
fn row(piece: &[Token]) -> Vec<(usize, u32)> {
    let events = std::iter::once(&BOS).chain(piece).flat_map(|event| event.iter().copied().enumerate());
    events.chain([(0, END)]).collect()
}

impl NGram {
    /// Counts pieces; `order` 1 looks at no context, 4 at three tokens.
    pub fn new(order: usize, pieces: &[impl AsRef<[Token]>]) -> Self {
        let mut model = Self { order, contexts: Default::default() };
        for piece in pieces {
            let row = row(piece.as_ref());
            for at in BOS.len()..row.len() {
                let (head, token) = row[at];
                for length in 0..order {
                    let followers = model.contexts[head].entry(context(&row, at, length)).or_default();
                    followers.total += 1;
                    *followers.counts.entry(token).or_default() += 1;
                }
            }
        }
        model
    }

    fn probability(&self, row: &[(usize, u32)], at: usize) -> f64 {
        let (head, token) = row[at];
        let mut probability = 1.0 / OUTPUT_VOCAB_SIZES[head] as f64;
        for length in 0..self.order {
            if let Some(followers) = self.contexts[head].get(&context(row, at, length)) {
                let kinds = followers.counts.len() as f64;
                let count = f64::from(followers.counts.get(&token).copied().unwrap_or(0));
                probability = (count + kinds * probability) / (f64::from(followers.total) + kinds);
            }
        }
        probability
    }

    /// Negative log-likelihood of a piece: offsets with END, notes, durations, in nats.
    pub fn nats(&self, piece: &[Token]) -> [f64; 3] {
        let row = row(piece);
        let mut nats = [0.0; 3];
        for at in BOS.len()..row.len() {
            nats[row[at].0] -= self.probability(&row, at).ln();
        }
        nats
    }
}

/// The `length` tokens before `at`; fewer where the piece begins.
fn context(row: &[(usize, u32)], at: usize, length: usize) -> Vec<u32> {
    row[at.saturating_sub(length)..at].iter().map(|&(_, token)| token).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_after_any_context_add_up_to_one() {
        let piece: Vec<Token> = (0..40).map(|at| [at % 3, 60 + at * at % 7, at % 5]).collect();
        let model = NGram::new(4, &[&piece]);
        let mut row = row(&piece[..11]);
        for at in [3, 4, 5, 20, 30] {
            let sum: f64 = (0..OUTPUT_VOCAB_SIZES[row[at].0] as u32)
                .map(|token| {
                    row[at].1 = token;
                    model.probability(&row, at)
                })
                .sum();
            assert!((sum - 1.0).abs() < 1e-12, "{sum} at {at}");
        }
    }

    #[test]
    fn a_pattern_is_learned() {
        let piece: Vec<Token> = (0..400).map(|at| [6, 60 + at % 4, 5]).collect();
        let nats = NGram::new(4, &[&piece]).nats(&piece);
        assert!(nats.iter().sum::<f64>() / 400.0 < 0.1, "{nats:?}");
        let unigram = NGram::new(1, &[&piece]).nats(&piece);
        assert!((unigram[1] / 400.0 - 4_f64.ln()).abs() < 0.1, "{unigram:?}");
    }
}
