//! New pieces from a trained network.

use crate::error::{Error, Result};
use crate::model::kernels::SampleOptions;
use crate::model::{GenerationStep, Model};
use crate::music::candidates::Bounds;
use crate::music::dataset::Limits;
use crate::music::events::{END, Event, FIELDS, Field, Token, decode, events_to_tokens};
use crate::music::key::moved_pitch;
use crate::music::melody::Melody;
use crate::music::midi::{DEFAULT_VELOCITY, Note};
use crate::music::piano_roll::note_name;
use crate::music::pitches::Pitches;

/// Events of one submit; the host looks for the end of the pieces after each.
const EVENTS_PER_SUBMIT: usize = 64;

/// How far around a melody the pitches reach whatever the limits, in semitones.
const OCTAVE: u8 = 12;

/// What to generate.
#[derive(Clone, Debug)]
pub struct GenerateOptions {
    /// Number of pieces, drawn side by side.
    pub pieces: usize,
    /// Longest piece, in events (notes), without the primer.
    pub events: usize,
    /// Longest piece, in grid ticks from the beginning of what is written; `None` leaves it to `events`.
    pub ticks: Option<u32>,
    /// How each of [`Field::ALL`] is drawn.
    pub sampling: [SampleOptions; FIELDS],
    /// Program of the notes of a network that does not predict instruments.
    pub program: u8,
    /// Which pitches may be drawn; the primer and the melody may have others.
    pub pitches: Pitches,
    /// Whether the network may end a piece before its longest.
    pub may_end: bool,
    /// What the pieces continue; may be empty.
    pub primer: Vec<Event>,
    /// Whether the primer is written, too.
    pub with_primer: bool,
    /// Notes that every piece keeps exactly; the others are drawn around them. A piece does not end before the melody.
    pub melody: Melody,
    /// Bounds that come from the songs that the network learned from, in its own key.
    pub limits: Option<Limits>,
    /// For a network that plays in C major and A minor alone: semitones by which each piece is moved from there after it
    /// is drawn. One for each piece, or none at all. `pitches`, `primer` and `melody` are as they are
    /// written; the latter two are moved the other way.
    pub shifts: Vec<i32>,
}

impl Default for GenerateOptions {
    /// One piece of up to 500 events, drawn without filters.
    fn default() -> Self {
        let sampling = SampleOptions { temperature: 1.0, top_k: 0, top_p: 1.0, min_p: 0.0, seed: 1 };
        Self {
            pieces: 1,
            events: 500,
            ticks: None,
            sampling: [sampling; FIELDS],
            program: 0,
            pitches: Pitches::ALL,
            may_end: true,
            primer: Vec::new(),
            with_primer: false,
            melody: Melody::default(),
            limits: None,
            shifts: Vec::new(),
        }
    }
}

/// A generated piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generated {
    /// The events drawn, without the primer.
    pub events: Vec<Event>,
    /// What is to be written: the primer where asked for, then the events. The first note is moved to the beginning,
    /// except with the primer or around a melody. Nothing sounds after [`GenerateOptions::ticks`].
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
    /// Semitones from what the network plays to what is written.
    shift: i32,
    events: Vec<Event>,
    /// Of the last event, in grid ticks; `None` before the first note that is written.
    onset: Option<u32>,
    /// Notes of the melody that have been played.
    kept: usize,
    end: Option<End>,
}

impl Drawing {
    /// Takes the next token, unless the piece has ended.
    fn push(&mut self, token: Token, fields: &[Field], melody: &Melody, options: &GenerateOptions) {
        if self.end.is_some() {
            return;
        }
        if token[0] == END {
            self.end = Some(End::Network);
            return;
        }
        let position = self.onset.unwrap_or(0);
        let (mut event, is_given) = melody.next(self.kept, position - options.melody.silence(), token);
        if !fields.contains(&Field::Velocity) && !is_given {
            event.velocity = DEFAULT_VELOCITY;
        }
        if !fields.contains(&Field::Instrument) {
            event.instrument = options.program;
        }
        self.kept += usize::from(is_given);
        let onset = self.onset.map_or(0, |onset| onset.saturating_add(event.offset));
        if options.ticks.is_some_and(|ticks| onset >= ticks) {
            self.end = Some(End::Ticks);
            return;
        }
        self.onset = Some(onset);
        self.events.push(moved(event, self.shift).expect("no pitch is drawn that cannot be moved"));
        if self.events.len() == options.events {
            self.end = Some(End::Events);
        }
    }

    fn finish(self, options: &GenerateOptions) -> Generated {
        let mut written = if options.with_primer { options.primer.clone() } else { Vec::new() };
        written.extend(&self.events);
        if let (false, Some(first)) = (options.with_primer, written.first_mut()) {
            first.offset = if options.melody.is_empty() { 0 } else { first.offset + options.melody.silence() };
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
/// [`Error::Config`] when nothing is asked for, the primer that is to be written is as long as the piece may be, or
/// [`GenerateOptions::shifts`] leave no pitch, or none for the primer. Around a melody also when there is a primer, the network
/// predicts instruments, the
/// length that is asked for ends before it does, or a note of it leaves no pitch for the others.
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
    let shifts = if options.shifts.is_empty() { vec![0; options.pieces] } else { options.shifts.clone() };
    let primer = moved_primer(options, &shifts)?;
    let melody = moved_melody(model, options, &shifts)?;
    let bounds = options.limits.as_ref().map_or(Bounds::NONE, |limits| limits.bounds.clone());
    let allowed = allowed(model, options, &primer, &melody, &shifts)?;
    let step = GenerationStep::around(model, options.pieces, events, &options.sampling, &allowed, &bounds, &melody)?;
    for token in events_to_tokens(&primer) {
        step.prefill(token)?;
    }

    let beginning = if melody.is_empty() { primer_onset } else { Some(options.melody.silence()) };
    let drawing = |&shift: &i32| Drawing { shift, onset: beginning, ..Drawing::default() };
    let mut drawings: Vec<Drawing> = shifts.iter().map(drawing).collect();
    let mut drawn = 0;
    while drawings.iter().any(|drawing| drawing.end.is_none()) {
        let history = step.play(u32::try_from(drawn).unwrap_or(u32::MAX))?;
        for event in history.as_chunks::<FIELDS>().0.chunks_exact(options.pieces) {
            for (drawing, token) in drawings.iter_mut().zip(event) {
                drawing.push(*token, &model.config.fields, &melody, options);
            }
        }
        drawn += events;
    }
    if let Some(left) =
        drawings.iter().map(|drawing| melody.notes().len() - drawing.kept).max().filter(|&left| left > 0)
    {
        return Err(Error::Config(format!(
            "a piece has its {} events, and {left} of the {} notes of the melody are still to come; raise --events",
            options.events,
            melody.notes().len()
        )));
    }
    Ok(drawings.into_iter().map(|drawing| drawing.finish(options)).collect())
}

/// The primer in the key of the network.
fn moved_primer(options: &GenerateOptions, shifts: &[i32]) -> Result<Vec<Event>> {
    if shifts.len() != options.pieces {
        return Err(Error::Config(format!("{} shifts for {} pieces; give one for each", shifts.len(), options.pieces)));
    }
    if options.primer.is_empty() {
        return Ok(Vec::new());
    }
    let shift = shifts[0];
    if shifts.iter().any(|&other| other != shift) {
        return Err(Error::Config("pieces that go on from one primer cannot be in different keys".into()));
    }
    let events: Option<Vec<Event>> = options.primer.iter().map(|&event| moved(event, -shift)).collect();
    events.ok_or_else(|| {
        Error::Config("the primer has notes too low or too high to be moved to that key; choose another --key".into())
    })
}

/// The melody in the key of the network, from the beginning of the piece on.
fn moved_melody(model: &Model, options: &GenerateOptions, shifts: &[i32]) -> Result<Melody> {
    let GenerateOptions { melody, ticks, events, .. } = options;
    if melody.is_empty() {
        return Ok(Melody::default());
    }
    let error = |message: &str| Err(Error::Config(message.into()));
    if !options.primer.is_empty() {
        return error("a piece keeps a melody or continues a primer, not both; leave out --melody or --prime");
    }
    if model.config.fields.contains(&Field::Instrument) {
        return error("a melody needs a model of one instrument; train one with --fields none or --fields velocity");
    }
    if ticks.is_some_and(|ticks| ticks < melody.end()) {
        return error("the melody is longer than the piece may be; allow more --bars or --seconds");
    }
    if *events < melody.notes().len() {
        return error("the melody has more notes than the piece may have; raise --events");
    }
    if shifts.iter().any(|&shift| shift != shifts[0]) {
        return error("pieces around one melody cannot be in different keys");
    }
    match melody.moved(-shifts[0]) {
        Some(moved) => Ok(moved),
        None => error("the melody has notes too low or too high to be moved to the key of the network; choose a --key"),
    }
}

/// Which classes of each of [`Field::ALL`] may be drawn: pitches that belong to [`GenerateOptions::pitches`] once they are moved
/// and, where there are limits, to the range of a song, another one for each piece. The range reaches as far as the
/// primer, and to an octave beyond a melody.
fn allowed(
    model: &Model,
    options: &GenerateOptions,
    primer: &[Event],
    melody: &Melody,
    shifts: &[i32],
) -> Result<[Vec<Vec<bool>>; FIELDS]> {
    let mut allowed: [Vec<Vec<bool>>; FIELDS] = Default::default();
    for (head, field) in model.config.fields() {
        allowed[field.index()] = vec![vec![true; model.config.output_vocab_sizes[head]]];
    }
    let [offsets, pitches, ..] = &mut allowed;
    let classes = pitches.first().map_or(0, Vec::len);
    let of_piece = |(piece, &shift): (usize, &i32)| {
        let fits = |class: usize| {
            class.checked_add_signed(shift as isize).is_some_and(|pitch| options.pitches.contains(pitch))
        };
        let range = options.limits.as_ref().and_then(|limits| limits.range(options.sampling[1].seed, piece));
        let [lowest, highest] = range.unwrap_or([0, u32::MAX]);
        let around = melody.notes().iter().flat_map(|note| [note.pitch.saturating_sub(OCTAVE), note.pitch + OCTAVE]);
        let given: Vec<u32> = primer.iter().map(|event| event.note).chain(around).map(u32::from).collect();
        let given = || given.iter().copied();
        let reached = given().min().unwrap_or(lowest).min(lowest)..=given().max().unwrap_or(highest).max(highest);
        let pitches: Vec<bool> = (0..classes).map(fits).collect();
        let within: Vec<bool> = (0..).zip(&pitches).map(|(class, &fits)| fits && reached.contains(&class)).collect();
        // Who asks for other pitches gets them.
        if within.contains(&true) { within } else { pitches }
    };
    *pitches = shifts.iter().enumerate().map(of_piece).collect();
    if !pitches.iter().all(|pitches| pitches.contains(&true)) {
        return Err(Error::Config(
            "no pitch is left to draw in this key; choose a wider --range or another --key".into(),
        ));
    }
    let note = |mask: &Vec<bool>| melody.without_room(|pitch| mask.get(usize::from(pitch)) == Some(&true));
    if let Some((note, shift)) = pitches.iter().zip(shifts).find_map(|(mask, &shift)| Some((note(mask)?, shift))) {
        let pitch = moved_pitch(note.pitch, shift).map(note_name).unwrap_or_default();
        return Err(Error::Config(format!(
            "no pitch is left beside {pitch} of the melody; choose a wider --range, another --key or another --voice"
        )));
    }
    offsets.iter_mut().for_each(|mask| mask[END as usize] &= options.may_end);
    Ok(allowed)
}

/// An event `shift` semitones higher; `None` beyond the pitches of MIDI.
fn moved(event: Event, shift: i32) -> Option<Event> {
    Some(Event { note: moved_pitch(event.note, shift)?, ..event })
}
