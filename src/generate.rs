//! New pieces from a trained network.

use crate::candidates::FIGURE_CLASSES;
use crate::error::{Error, Result};
use crate::events::{END, Event, Token, decode, events_to_tokens, tokens_to_events};
use crate::kernels::SampleOptions;
use crate::midi::Note;
use crate::model::{GenerationStep, Model};
use crate::pitches::Pitches;

/// Events of one submit; the host looks for the end of the pieces after each.
const EVENTS_PER_SUBMIT: usize = 64;

/// What to generate.
#[derive(Clone, Debug)]
pub struct GenerateOptions {
    /// Number of pieces, drawn side by side.
    pub pieces: usize,
    /// Longest piece, in events (notes), without the primer.
    pub events: usize,
    /// Longest piece, in grid ticks from the beginning of what is written; `None` leaves it to `events`.
    pub ticks: Option<u32>,
    /// How offset, note and duration are drawn.
    pub sampling: [SampleOptions; 3],
    /// Which pitches may be drawn; the primer may have others.
    pub pitches: Pitches,
    /// Whether the network may end a piece before its longest.
    pub may_end: bool,
    /// What the network hears first; empty: nothing.
    pub primer: Vec<Event>,
    /// Whether the primer is written, too.
    pub with_primer: bool,
    /// How often a figure may be repeated, see [`Limits::rounds`](crate::dataset::Limits::rounds).
    pub most_rounds: [u32; FIGURE_CLASSES],
}

impl Default for GenerateOptions {
    /// One piece of up to 500 events, drawn from all that the network thinks possible.
    fn default() -> Self {
        let sampling = SampleOptions { temperature: 1.0, top_k: 0, top_p: 1.0, min_p: 0.0, seed: 1 };
        Self {
            pieces: 1,
            events: 500,
            ticks: None,
            sampling: [sampling; 3],
            pitches: Pitches::ALL,
            may_end: true,
            primer: Vec::new(),
            with_primer: false,
            most_rounds: [u32::MAX; FIGURE_CLASSES],
        }
    }
}

/// A generated piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generated {
    /// The events drawn, without the primer.
    pub events: Vec<Event>,
    /// What is to be written: the primer where asked for, then the events. Without the primer the first note is moved
    /// to the beginning. Nothing sounds after [`GenerateOptions::ticks`].
    pub notes: Vec<Note>,
    /// Why there is no more.
    pub end: End,
}

/// Why a piece ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The network drew the end.
    Network,
    /// The next event would begin after [`GenerateOptions::ticks`].
    Ticks,
    /// It has [`GenerateOptions::events`].
    Events,
}

/// A piece while it is being drawn.
#[derive(Clone, Default)]
struct Drawing {
    events: Vec<Event>,
    /// Of the last event, in grid ticks; `None` before the first note that is written.
    onset: Option<u32>,
    end: Option<End>,
}

impl Drawing {
    /// Takes the next token, unless the piece has ended.
    fn push(&mut self, token: Token, options: &GenerateOptions) {
        if self.end.is_some() {
            return;
        }
        let Some(&event) = tokens_to_events(&[token]).first() else {
            self.end = Some(End::Network);
            return;
        };
        let onset = self.onset.map_or(0, |onset| onset.saturating_add(event.offset));
        if options.ticks.is_some_and(|ticks| onset >= ticks) {
            self.end = Some(End::Ticks);
            return;
        }
        self.onset = Some(onset);
        self.events.push(event);
        if self.events.len() == options.events {
            self.end = Some(End::Events);
        }
    }

    fn finish(self, options: &GenerateOptions) -> Generated {
        let mut written = if options.with_primer { options.primer.clone() } else { Vec::new() };
        written.extend(&self.events);
        if let (false, Some(first)) = (options.with_primer, written.first_mut()) {
            first.offset = 0;
        }
        let mut notes = decode(&written);
        for note in &mut notes {
            note.duration = note.duration.min(options.ticks.map_or(u32::MAX, |ticks| ticks.saturating_sub(note.onset)));
        }
        Generated { events: self.events, notes, end: self.end.unwrap_or(End::Events) }
    }
}

/// Draws pieces. The same model, options and adapter give the same pieces; those of one call share the seed and differ
/// by their place.
///
/// # Errors
/// [`Error::Config`] when nothing is asked for, or the primer that is to be written is as long as the piece may be.
pub fn generate(model: &Model, options: &GenerateOptions) -> Result<Vec<Generated>> {
    if options.pieces == 0 || options.events == 0 || options.ticks == Some(0) {
        return Err(Error::Config("--count, --events and the length must be at least 1".into()));
    }
    let primer_onset = options.with_primer.then(|| decode(&options.primer).last().map(|note| note.onset)).flatten();
    if let (Some(onset), Some(ticks)) = (primer_onset, options.ticks)
        && onset >= ticks
    {
        return Err(Error::Config(
            "the primer alone is as long as the piece may be; allow more --bars or --seconds, or fewer --prime-events"
                .into(),
        ));
    }
    let events = EVENTS_PER_SUBMIT.min(options.events);
    let step = GenerationStep::new(
        model,
        options.pieces,
        events,
        &options.sampling,
        &allowed(model, options),
        &options.most_rounds,
    )?;
    for token in events_to_tokens(&options.primer) {
        step.listen(token)?;
    }

    let mut drawings = vec![Drawing { onset: primer_onset, ..Drawing::default() }; options.pieces];
    let mut drawn = 0;
    while drawings.iter().any(|drawing| drawing.end.is_none()) {
        let history = step.play(u32::try_from(drawn).unwrap_or(u32::MAX))?;
        for event in history.chunks_exact(3 * options.pieces) {
            for (drawing, token) in drawings.iter_mut().zip(event.chunks_exact(3)) {
                drawing.push([token[0], token[1], token[2]], options);
            }
        }
        drawn += events;
    }
    Ok(drawings.into_iter().map(|drawing| drawing.finish(options)).collect())
}

/// Which classes of each head may be drawn.
fn allowed(model: &Model, options: &GenerateOptions) -> [Vec<bool>; 3] {
    let [offsets, notes, durations] = model.config.output_vocab_sizes;
    [
        (0..offsets).map(|class| options.may_end || class != END as usize).collect(),
        (0..notes).map(|class| options.pitches.contains(class)).collect(),
        vec![true; durations],
    ]
}
