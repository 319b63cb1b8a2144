//! Draws a field of the next event of each piece. Math and layout: `shaders/draw_field.wgsl`.

use std::sync::LazyLock;

use super::candidate_bias::ROWS;
use super::draw_rules::DrawRules;
use super::relative_pitch::REFERENCES;
use super::{CANDIDATE_SIZE, SCORE_SIZE, u32_from};
use crate::engine::gpu::{DispatchId, Family, Gpu, Kernel, KernelSource, Recorder, Tensor, Uniform as _, params};
use crate::engine::kernels::{LOOKUP_ROWS, RANDOM};
use crate::error::Result;
use crate::music::candidates::{CANDIDATE_ROWS, CANDIDATES};
use crate::music::context::{CONTEXT_SIZE, RECENT_NOTES};
use crate::music::events::{FIELDS, Field};

params! {
    field: u32, ends: u32, given: u32, context: u32, candidates: u32, recent: u32, memory: u32, kept: u32, window: u32, vocab_size: u32, stride: u32, query: u32,
    relative: u32, table: u32, score: u32, allowed: u32, allowed_stride: u32, ticks: u32, offsets: u32, limits: u32,
    melody: u32, melody_notes: u32, voice: u32, pitches: u32, pitches_stride: u32, temperature: f32, top_k: u32,
    top_p: f32, min_p: f32, exempt: u32, seed: u32, counter: u32, first_history: u32, features: u32, starts: u32,
    first_block: u32, end_block: u32, lookup_table: u32, lookup_size: u32, out: u32, out_stride: u32, onto: u32,
}

const PARTS: [&str; 12] = [
    include_str!("../../../shaders/draw_field.wgsl"),
    include_str!("../../../shaders/draw_field/find_candidates.wgsl"),
    include_str!("../../../shaders/draw_field/event_memory.wgsl"),
    include_str!("../../../shaders/draw_field/candidate_evidence.wgsl"),
    include_str!("../../../shaders/draw_field/collect_logits.wgsl"),
    include_str!("../../../shaders/draw_field/sample.wgsl"),
    include_str!("../../../shaders/draw_field/sample_ranking.wgsl"),
    include_str!("../../../shaders/draw_field/sample_runs.wgsl"),
    include_str!("../../../shaders/draw_field/keep_melody.wgsl"),
    include_str!("../../../shaders/draw_field/melody_notes.wgsl"),
    include_str!("../../../shaders/draw_field/follow_event.wgsl"),
    include_str!("../../../shaders/draw_field/follow_chord.wgsl"),
];

const LOOK_UP: &str = include_str!("../../../shaders/draw_field/look_up.wgsl");

const WITH_MELODY: &str = include_str!("../../../shaders/draw_field/with_melody.wgsl");
const WITHOUT_MELODY: &str = include_str!("../../../shaders/draw_field/without_melody.wgsl");

pub(super) fn source(_: Family) -> KernelSource {
    text(WITH_MELODY)
}

fn text(melody: &'static str) -> KernelSource {
    let parts = PARTS.into_iter().chain([LOOK_UP, melody, LOOKUP_ROWS, ROWS, REFERENCES, RANDOM]).collect();
    KernelSource { name: "draw_field", parts, params: Params::FIELDS }
}

/// Classes of a field at most.
const MAX_CLASSES: usize = 512;

/// Numbers by which recent notes are remembered, for each piece.
const RECENT_SIZE: usize = 1 + 3 * RECENT_NOTES;

/// Numbers by which the notes of a melody that have been played are remembered, for each piece.
const KEPT_SIZE: usize = 2 + 128;

/// Stands for no class.
const NONE: u32 = u32::MAX;

/// Pieces that are being drawn: one buffer of numbers, and parts of it.
#[derive(Clone, Debug)]
pub struct Pieces {
    state: Tensor<u32, 1>,
    /// [1, R, F], the fields of the event that is drawn, by their numbers.
    pub tokens: Tensor<u32, 3>,
    /// [1, R, 73], see [`context`](crate::music::context).
    pub context: Tensor<u32, 3>,
    /// [R, 16], of the last field drawn: token + 1, or 0, and classes, as in [`candidates`](crate::music::candidates).
    pub candidates: Tensor<u32, 2>,
    /// Where the recent notes, the events for the candidates and what is kept of a melody begin.
    recent: usize,
    memory: usize,
    kept: usize,
    window: usize,
}

impl Pieces {
    /// `rows` pieces before their first event; their last `window` events are compared with.
    pub fn new(gpu: &Gpu, rows: usize, window: usize, beginning: &[u32; CONTEXT_SIZE]) -> Result<Self> {
        assert!((2..=crate::music::candidates::WINDOW).contains(&window), "{window} events");
        // Parts of a buffer that are bound alone begin at multiples of 64 elements.
        let context = (FIELDS * rows).next_multiple_of(64);
        let candidates = context + CONTEXT_SIZE * rows;
        let recent = (candidates + 2 * CANDIDATES * rows).next_multiple_of(64);
        let memory = recent + RECENT_SIZE * rows;
        let kept = memory + (6 + 7 * window) * rows;
        let state = Tensor::zeros(gpu, "pieces", [kept + KEPT_SIZE * rows])?;
        let pieces = Self {
            tokens: state.slice("tokens", 0, [1, rows, FIELDS]),
            context: state.slice("context", context, [1, rows, CONTEXT_SIZE]),
            candidates: state.slice("candidates", candidates, [rows, 2 * CANDIDATES]),
            state,
            recent,
            memory,
            kept,
            window,
        };
        pieces.context.write(gpu, &beginning.repeat(rows));
        Ok(pieces)
    }

    /// Number of pieces.
    pub fn rows(&self) -> usize {
        self.tokens.shape()[1]
    }
}

/// A field to be drawn from logits.
#[derive(Clone, Copy, Debug)]
pub struct Draw<'a> {
    /// Which.
    pub field: Field,
    /// Whether it is the last one of the event.
    pub ends: bool,
    /// [1, R, N] with the classes first.
    pub logits: &'a Tensor<f32, 3>,
    /// The column of logits where the query of the candidates begins; without it there are none.
    pub query: Option<usize>,
    /// The column where what is predicted at intervals begins, see `relative_pitch`.
    pub relative: Option<usize>,
    /// How the class is drawn.
    pub options: &'a SampleOptions,
    /// The class that top-k, top-p and min-p leave at its probability.
    pub exempt: Option<u32>,
    /// The row of the history, [events, R, F], that it is written to.
    pub event: usize,
}

/// Rows that are looked up after a draw.
#[derive(Clone, Copy, Debug)]
pub struct NextLookup<'a> {
    /// Which of the lookups of [`DrawRules::new`].
    pub lookup: usize,
    /// First and last + 1 of its blocks.
    pub blocks: [usize; 2],
    /// [V, E] within the weights.
    pub table: &'a Tensor<f32, 2>,
    /// [1, R, n · E] within the outputs.
    pub out: &'a Tensor<f32, 3>,
    /// Whether `out` is added to before a `ReLU`.
    pub onto: bool,
}

/// What a plan of draws binds.
#[derive(Clone, Copy, Debug)]
pub struct DrawBuffers<'a> {
    /// The pieces.
    pub pieces: &'a Pieces,
    /// What stays the same.
    pub rules: &'a DrawRules,
    /// What holds all tables.
    pub weights: &'a Tensor<f32, 1>,
    /// [378, 32] and [1, 120] within the weights, as in `candidate_bias`, where there are any.
    pub candidates: Option<[&'a Tensor<f32, 2>; 2]>,
    /// What holds all that is looked up.
    pub outputs: &'a Tensor<f32, 1>,
    /// [events, R, F], what is drawn.
    pub history: &'a Tensor<u32, 3>,
}

/// Draws a field of the next event of each piece.
pub struct DrawField {
    free: Lazy,
    around_melody: Lazy,
}

/// Compiled when it is first recorded.
type Lazy = LazyLock<Kernel, Box<dyn FnOnce() -> Kernel + Send>>;

impl DrawField {
    pub(super) fn new(gpu: &Gpu) -> Self {
        let lazy = |melody: &'static str| -> Lazy {
            let gpu = gpu.clone();
            LazyLock::new(Box::new(move || Kernel::new(&gpu, &text(melody))))
        };
        Self { free: lazy(WITHOUT_MELODY), around_melody: lazy(WITH_MELODY) }
    }

    /// Draws a field, or follows the event in the tokens where there is none to draw, then looks up `next`.
    ///
    /// The counter is set before each run, see [`Plan::set_counter`](crate::engine::gpu::Plan::set_counter).
    #[track_caller]
    pub fn record(
        &self,
        recorder: &mut Recorder,
        buffers: &DrawBuffers<'_>,
        draw: Option<&Draw<'_>>,
        next: &NextLookup<'_>,
    ) -> DispatchId {
        let DrawBuffers { pieces, rules, weights, candidates, outputs, history } = *buffers;
        let [events, rows, _] = history.shape();
        history.expect_shape([events, rows, FIELDS]);
        pieces.tokens.expect_shape([1, rows, FIELDS]);
        let vectors = |offset: usize| u32_from(offset / 4);
        let [table, score] = candidates.map_or([0, 0], |[table, score]| {
            table.expect_shape([Field::CORE.len() * CANDIDATE_ROWS, CANDIDATE_SIZE]);
            score.expect_shape([1, Field::CORE.len() * SCORE_SIZE]);
            [table, score].map(|tensor| vectors(tensor.offset - weights.offset))
        });
        let [_, size] = next.table.shape();
        let [_, _, out_stride] = next.out.shape();
        assert!(next.blocks[1] * size <= out_stride, "{}: blocks {:?}", next.out.label(), next.blocks);
        let (features, starts) = rules.lookups[next.lookup];
        let field = draw.map_or(Field::Offset, |draw| draw.field);
        let (allowed, classes, masks) = rules.allowed[field.index()];
        assert!(draw.is_none() || masks == 1 || masks == rows, "{field:?}: {masks} masks for {rows} pieces");
        let stride = |(_, classes, masks): (usize, usize, usize)| if masks == 1 { 0 } else { u32_from(classes) };
        let [melody, melody_notes, voice] = rules.melody.map(u32_from);
        let all = SampleOptions { temperature: 1.0, top_k: 0, top_p: 1.0, min_p: 0.0, seed: 0 };
        let options = draw.map_or(all, |draw| *draw.options);
        // Any values serve where nothing is drawn.
        let (logits, columns) = draw.map_or((weights.into(), 0), |draw| (draw.logits.into(), draw.logits.shape()[2]));
        let event = draw.map_or(0, |draw| draw.event);
        assert!(event < events, "event {event} of {events}");
        if let Some(Draw { logits, query, relative, .. }) = draw {
            logits.expect_shape([1, rows, columns]);
            assert!(query.is_none() || candidates.is_some(), "{}: a query and no candidates", logits.label());
            assert!(classes <= columns.min(MAX_CLASSES), "{}: {classes} classes", logits.label());
            assert!(query.is_none_or(|query| query.is_multiple_of(4)), "{}: query {query:?}", logits.label());
            assert!(relative.is_none() || query != relative, "{}: {query:?} {relative:?}", logits.label());
        }
        let params = Params {
            field: u32_from(field.index()),
            ends: u32::from(draw.is_some_and(|draw| draw.ends)),
            given: u32::from(draw.is_none()),
            context: u32_from(pieces.context.offset),
            candidates: u32_from(pieces.candidates.offset),
            recent: u32_from(pieces.recent),
            memory: u32_from(pieces.memory),
            kept: u32_from(pieces.kept),
            window: u32_from(pieces.window),
            vocab_size: u32_from(classes),
            stride: u32_from(columns),
            query: u32_from(draw.and_then(|draw| draw.query).unwrap_or(0)),
            relative: u32_from(draw.and_then(|draw| draw.relative).unwrap_or(0)),
            table,
            score,
            allowed: u32_from(allowed),
            allowed_stride: stride(rules.allowed[field.index()]),
            ticks: u32_from(rules.ticks),
            offsets: u32_from(rules.allowed[0].1),
            limits: u32_from(rules.bounds),
            melody,
            melody_notes,
            voice,
            pitches: u32_from(rules.allowed[1].0),
            pitches_stride: stride(rules.allowed[1]),
            temperature: options.temperature,
            top_k: options.top_k,
            top_p: options.top_p,
            min_p: options.min_p,
            exempt: draw.and_then(|draw| draw.exempt).unwrap_or(NONE),
            seed: options.seed,
            counter: 0,
            first_history: u32_from(event * rows),
            features: u32_from(features),
            starts: u32_from(starts),
            first_block: u32_from(next.blocks[0]),
            end_block: u32_from(next.blocks[1]),
            lookup_table: vectors(next.table.offset - weights.offset),
            lookup_size: vectors(size),
            out: vectors(next.out.offset - outputs.offset),
            out_stride: vectors(out_stride),
            onto: u32::from(next.onto),
        };
        let bindings = [
            ("state", (&pieces.state).into()),
            ("history", history.into()),
            ("constants", (&rules.words).into()),
            ("weights", weights.into()),
            ("logits", logits),
            ("outputs", outputs.into()),
        ];
        let kernel = if melody_notes == 0 { &self.free } else { &self.around_melody };
        recorder.dispatch(kernel, &params, [rows, 1, 1], &bindings)
    }
}

/// How a class is drawn from its probabilities. An exempt class, see [`Draw::exempt`], keeps its own at every `top_k`,
/// `top_p` and `min_p`, which count the others alone; what they leave shares the rest.
#[derive(Clone, Copy, Debug)]
pub struct SampleOptions {
    /// Divides the logits; 0 takes the most probable class.
    pub temperature: f32,
    /// Keeps this many of the most probable classes; 0 keeps all.
    pub top_k: u32,
    /// Keeps the most probable classes until they hold this share; 1 keeps all.
    pub top_p: f32,
    /// Keeps classes at least this probable, relative to the most probable; 0 keeps all.
    pub min_p: f32,
    /// Seed of the draws.
    pub seed: u32,
}
