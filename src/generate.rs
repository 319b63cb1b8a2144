//! New pieces from a trained network.

use crate::error::{Error, Result};
use crate::events::{END, Event, Token, decode, events_to_tokens, tokens_to_events};
use crate::kernels::SampleOptions;
use crate::midi::Note;
use crate::model::{GenerationStep, Model};

/// Events of one submit; the host looks for the end of the pieces after each.
const EVENTS_PER_SUBMIT: usize = 64;

/// What to generate.
#[derive(Clone, Debug)]
pub struct GenerateOptions {
    /// Number of pieces, drawn side by side.
    pub pieces: usize,
    /// Longest piece, in events (notes).
    pub events: usize,
    /// How offset, note and duration are drawn.
    pub sampling: [SampleOptions; 3],
    /// What the network hears first; empty: nothing.
    pub primer: Vec<Event>,
}

/// A generated piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generated {
    /// The events drawn, without the primer.
    pub events: Vec<Event>,
    /// True when the network ended the piece itself.
    pub ended: bool,
}

impl Generated {
    /// The notes drawn. Without the primer the first one is moved to the piece's beginning.
    pub fn notes(&self, primer: Option<&[Event]>) -> Vec<Note> {
        let Some(primer) = primer else {
            let mut events = self.events.clone();
            if let Some(first) = events.first_mut() {
                first.offset = 0;
            }
            return decode(&events);
        };
        decode(&[primer, &self.events].concat())
    }
}

/// Draws pieces. The same model, options and adapter give the same pieces; those of one call share the seed and differ
/// by their place.
pub fn generate(model: &Model, options: &GenerateOptions) -> Result<Vec<Generated>> {
    if options.pieces == 0 || options.events == 0 {
        return Err(Error::Config("--count and --events must be at least 1".into()));
    }
    let events = EVENTS_PER_SUBMIT.min(options.events);
    let step = GenerationStep::new(model, options.pieces, events, &options.sampling)?;
    for token in events_to_tokens(&options.primer) {
        step.listen(token)?;
    }

    let mut tokens: Vec<Vec<Token>> = vec![Vec::new(); options.pieces];
    let mut ended = vec![false; options.pieces];
    let mut drawn = 0;
    while drawn < options.events && !ended.iter().all(|&ended| ended) {
        let history = step.play(u32::try_from(drawn).unwrap_or(u32::MAX))?;
        for event in history.chunks_exact(3 * options.pieces).take(options.events - drawn) {
            for (piece, token) in event.chunks_exact(3).enumerate() {
                ended[piece] |= token[0] == END;
                if !ended[piece] {
                    tokens[piece].push([token[0], token[1], token[2]]);
                }
            }
        }
        drawn += events;
    }
    let piece = |(tokens, ended): (Vec<Token>, bool)| Generated { events: tokens_to_events(&tokens), ended };
    Ok(tokens.into_iter().zip(ended).map(piece).collect())
}
