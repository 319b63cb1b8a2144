//! The kernel that draws, with nothing to look up, for the tests of its parts, and of the whole.

use gpu_lstm::engine::gpu::{Recorder, Tensor};
use gpu_lstm::engine::kernels::Lookup;
use gpu_lstm::model::kernels::{Draw, DrawBuffers, DrawRules, NextLookup, Pieces, SampleOptions};
use gpu_lstm::model::reference;
use gpu_lstm::music::candidates::{Bounds, CANDIDATES, FIGURE_CLASSES, REPEAT_REACH};
use gpu_lstm::music::context::beginning;
use gpu_lstm::music::events::{FIELDS, Field, Token, core_token, duration_ticks, offset_ticks};
use gpu_lstm::music::melody::Melody;

use crate::common::device::{Device, devices};
use crate::common::numeric::random_ids;

/// Takes the most probable class.
pub(crate) const GREEDY: SampleOptions = SampleOptions { temperature: 0.0, top_k: 0, top_p: 1.0, min_p: 0.0, seed: 0 };

/// All classes of all fields.
pub(crate) fn all_classes() -> [Vec<Vec<bool>>; FIELDS] {
    Field::ALL.map(|field| vec![vec![true; field.classes()]])
}

/// A draw of `field` that the duration completes, with nothing but logits.
pub(crate) fn plain<'a>(field: Field, logits: &'a Tensor<f32, 3>, options: &'a SampleOptions) -> Draw<'a> {
    let ends = field == Field::Duration;
    Draw { field, ends, logits, query: None, relative: None, options, exempt: None, event: 0 }
}

/// Pieces of events that tests give or draw.
pub(crate) struct Drawing<'a> {
    device: &'a Device,
    pub(crate) pieces: Pieces,
    /// Those that are drawn, in their order.
    pub(crate) fields: &'static [Field],
    rules: DrawRules,
    nothing: Tensor<f32, 1>,
    pub(crate) history: Tensor<u32, 3>,
}

impl<'a> Drawing<'a> {
    /// `events` can be drawn of each of `rows` pieces.
    pub(crate) fn new(
        device: &'a Device,
        rows: usize,
        window: usize,
        events: usize,
        allowed: &[Vec<Vec<bool>>; FIELDS],
        bounds: &Bounds,
    ) -> Self {
        Self::around(device, rows, window, events, allowed, bounds, &Melody::default())
    }

    /// The same around a melody.
    pub(crate) fn around(
        device: &'a Device,
        rows: usize,
        window: usize,
        events: usize,
        allowed: &[Vec<Vec<bool>>; FIELDS],
        bounds: &Bounds,
        melody: &Melody,
    ) -> Self {
        let [offsets, durations] = [Field::Offset, Field::Duration].map(|field| field.classes() as u32);
        let ticks: Vec<u32> = (0..offsets).map(offset_ticks).chain((0..durations).map(duration_ticks)).collect();
        let lookup = Lookup::new(&device.gpu, 3, Vec::new()).expect("it fits");
        Self {
            device,
            fields: &Field::CORE,
            pieces: Pieces::new(&device.gpu, rows, window, &beginning()).expect("it fits"),
            rules: DrawRules::around(&device.gpu, allowed, &ticks, bounds, &[&lookup], melody)
                .expect("some may be drawn"),
            nothing: device.upload([64], &[0.0_f32; 64]),
            history: device.upload([events, rows, FIELDS], &vec![77; FIELDS * events * rows]),
        }
    }

    /// All classes of the fields of an event, and no bounds.
    pub(crate) fn free(device: &'a Device, rows: usize, window: usize) -> Self {
        Self::new(device, rows, window, 1, &all_classes(), &Bounds::NONE)
    }

    /// Gives an event of each piece.
    pub(crate) fn give(&self, tokens: &[u32]) {
        self.pieces.tokens.write(&self.device.gpu, tokens);
        self.record(None, 0);
    }

    /// Draws a field of each piece, and returns the tokens.
    pub(crate) fn draw(&self, draw: &Draw<'_>, counter: u32) -> Vec<u32> {
        self.record(Some(draw), counter);
        self.device.read(&self.pieces.tokens).into_iter().skip(draw.field.index()).step_by(FIELDS).collect()
    }

    /// Draws `token` of each piece: a field that is certain.
    pub(crate) fn force(&self, field: Field, tokens: &[u32]) {
        let stride = field.classes().next_multiple_of(8);
        let row = |&token: &u32| (0..stride as u32).map(move |class| if class == token { 5.0 } else { 0.0 });
        let logits = self.device.tensor([1, tokens.len(), stride], &tokens.iter().flat_map(row).collect::<Vec<f64>>());
        let draw = Draw { ends: self.fields.last() == Some(&field), ..plain(field, &logits, &GREEDY) };
        assert_eq!(self.draw(&draw, 0), tokens);
    }

    fn record(&self, draw: Option<&Draw<'_>>, counter: u32) {
        let mut recorder = Recorder::new(&self.device.gpu, "test");
        let (table, out) = (self.nothing.reshape([1, 64]), self.nothing.reshape([1, 1, 64]));
        let outputs = self.device.upload([64], &[0.0_f32; 64]);
        let buffers = DrawBuffers {
            pieces: &self.pieces,
            rules: &self.rules,
            weights: &self.nothing,
            candidates: None,
            outputs: &outputs,
            history: &self.history,
        };
        let next = NextLookup { lookup: 0, blocks: [0, 0], table: &table, out: &out, onto: false };
        let draw = self.device.music_kernels.draw_field.record(&mut recorder, &buffers, draw, &next);
        let plan = recorder.finish().expect("a plan");
        plan.set_counter(draw, counter);
        plan.submit().expect("it runs");
    }
}

/// The pitch with the largest logit, where `bounds` allow it, after `events` and an offset.
fn pitch_after(device: &Device, events: &[Token], offset: u32, bounds: &Bounds, logits: &[f64]) -> u32 {
    let drawing = Drawing::new(device, 1, 400, 1, &all_classes(), bounds);
    events.iter().for_each(|event| drawing.give(event));
    drawing.force(Field::Offset, &[offset]);
    let logits = device.tensor([1, 1, logits.len()], logits);
    drawing.draw(&plain(Field::Pitch, &logits, &GREEDY), 0)[0]
}

fn largest(logits: &[f64]) -> u32 {
    (0..logits.len()).max_by(|&a, &b| logits[a].total_cmp(&logits[b])).expect("some") as u32
}

/// A figure of one, two, three and twenty events, over and over, with limits that it reaches.
#[test]
fn a_figure_is_repeated_as_often_as_it_may_be() {
    for (length, most) in [(1, 5), (2, 3), (3, 2), (20, 3)] {
        let figure: Vec<Token> =
            (0..length).map(|at| core_token(6, 60 + [0, 4, 7, 2, 9][at as usize % 5] + at, 5)).collect();
        let piece = figure.repeat(most as usize + 4);
        let bounds = Bounds { rounds: [most; FIGURE_CLASSES], ..Bounds::NONE };
        // What comes next again is certain, unless it is ruled out.
        let logits = |at: usize| -> Vec<f64> {
            (0..128).map(|pitch| if pitch == piece[at][1] { 9.0 } else { f64::from(pitch) / 100.0 }).collect()
        };
        let by_twin = |at: usize| {
            let mut logits = logits(at);
            reference::draw_field(Field::Pitch, 400, &piece[..at], &core_token(6, 0, 0), &bounds, &mut logits);
            largest(&logits)
        };
        // The first event has no interval, so the figure is whole when it has been played once and an event.
        let first = length as usize * (most as usize + 2);
        for at in [first - 1, first, first + 1] {
            assert_eq!(by_twin(at) != piece[at][1], at >= first, "figure of {length}, event {at}");
            for device in devices() {
                assert_eq!(pitch_after(device, &piece[..at], 6, &bounds, &logits(at)), by_twin(at));
            }
        }
    }
}

/// Where enough of the last events were repeats, no pitch makes another; the bits go over several words.
#[test]
fn a_piece_that_repeats_itself_too_much_goes_on_otherwise() {
    let theme: Vec<Token> =
        (0..40).map(|at| core_token([6, 12, 24][at as usize % 3], 40 + at * 7 % 31, at % 4)).collect();
    let piece = theme.repeat(4);
    let logits: Vec<f64> = (0..128).map(|pitch| f64::from(pitch) / 100.0).collect();
    let pitch = |count: u32, at: usize| {
        let bounds = Bounds { repeats: count, ..Bounds::NONE };
        let mut logits = logits.clone();
        logits[piece[at][1] as usize] = 9.0;
        let mut want = logits.clone();
        reference::draw_field(Field::Pitch, 400, &piece[..at], &piece[at], &bounds, &mut want);
        for device in devices() {
            assert_eq!(
                pitch_after(device, &piece[..at], piece[at][0], &bounds, &logits),
                largest(&want),
                "{count}, {at}"
            );
        }
        largest(&want)
    };
    // Event 41 is the first whose interval can be the same as 40 before, so 44 is the first with four steps.
    assert_eq!((pitch(1, 44), pitch(1, 45) == piece[45][1]), (piece[44][1], false));
    assert_eq!((pitch(60, 103) == piece[103][1], pitch(60, 104) == piece[104][1]), (true, false));
    assert_eq!(pitch(1000, 150), piece[150][1]);
}

/// A passage that returns once, as near as a repeat may be and one event further away.
#[test]
fn a_return_counts_as_a_repeat_up_to_its_reach() {
    for distance in [REPEAT_REACH, REPEAT_REACH + 1] {
        let numbers = random_ids(5, 2 * distance, 1 << 20);
        let theme: Vec<Token> =
            numbers.chunks(2).map(|number| core_token(number[0] % 5 * 6, number[1] % 128, 5)).collect();
        let (piece, at) = (theme.repeat(2), distance + 8);
        let mut logits: Vec<f64> = (0..128).map(|pitch| f64::from(pitch) / 100.0).collect();
        logits[piece[at][1] as usize] = 9.0;
        let bounds = Bounds { repeats: 1, ..Bounds::NONE };
        let mut want = logits.clone();
        reference::draw_field(Field::Pitch, 400, &piece[..at], &piece[at], &bounds, &mut want);
        assert_eq!(largest(&want) != piece[at][1], distance == REPEAT_REACH);
        for device in devices() {
            assert_eq!(pitch_after(device, &piece[..at], piece[at][0], &bounds, &logits), largest(&want), "{distance}");
        }
    }
}

#[test]
fn a_chord_has_as_many_notes_as_it_may() {
    let bounds = Bounds { chord: 3, ..Bounds::NONE };
    let piece: Vec<Token> =
        [(0, 60), (0, 64), (0, 67), (12, 60), (0, 64)].map(|(offset, pitch)| core_token(offset, pitch, 5)).to_vec();
    let logits: Vec<f64> = (0..136).map(|class| if class == 0 { 9.0 } else { 0.0 }).collect();
    for device in devices() {
        let drawing = Drawing::new(device, 1, 100, 1, &all_classes(), &bounds);
        let logits = device.tensor([1, 1, 136], &logits);
        let offset = plain(Field::Offset, &logits, &GREEDY);
        for (at, event) in piece.iter().enumerate() {
            drawing.give(event);
            let mut want: Vec<f64> = (0..130).map(|class| if class == 0 { 9.0 } else { 0.0 }).collect();
            reference::draw_field(Field::Offset, 100, &piece[..=at], &core_token(0, 0, 0), &bounds, &mut want);
            let offset = drawing.draw(&offset, 0)[0];
            assert_eq!((offset > 0, want[0] < 0.0), (at == 2, at == 2), "event {at}");
        }
    }
}

#[test]
fn each_piece_may_have_classes_of_its_own() {
    let masks: Vec<Vec<bool>> = (0..5).map(|row| (0..128).map(|class| class % 5 == row).collect()).collect();
    let mut allowed = all_classes();
    allowed[Field::Pitch.index()] = masks;
    let logits: Vec<f64> = (0..5 * 128).map(|at| f64::from(at % 128)).collect();
    for device in devices() {
        let drawing = Drawing::new(device, 5, 2, 1, &allowed, &Bounds::NONE);
        drawing.force(Field::Offset, &[3; 5]);
        let logits = device.tensor([1, 5, 128], &logits);
        assert_eq!(drawing.draw(&plain(Field::Pitch, &logits, &GREEDY), 0), [125, 126, 127, 123, 124]);
    }
}

/// What of the last draw the candidates were, `[R, 8, 2]`.
pub(crate) fn candidates(device: &Device, drawing: &Drawing<'_>) -> Vec<Vec<u32>> {
    device.read(&drawing.pieces.candidates).chunks(2 * CANDIDATES).map(<[u32]>::to_vec).collect()
}
