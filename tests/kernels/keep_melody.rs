use gpu_lstm::model::kernels::Draw;
use gpu_lstm::model::reference::{self, KeptMelody};
use gpu_lstm::music::candidates::Bounds;
use gpu_lstm::music::context::{CONTEXT_SIZE, beginning};
use gpu_lstm::music::events::{FIELDS, Field, Token, duration_ticks, offset_ticks};
use gpu_lstm::music::melody::{Melody, Voice};
use gpu_lstm::music::midi::Note;

use super::draw_field::{Drawing, GREEDY, all_classes, plain};
use crate::common::device::{Device, devices};
use crate::common::numeric::{random, random_ids};

const ROWS: usize = 3;
const EVENTS: usize = 130;
const WINDOW: usize = 50;
/// A given note stands for its duration; the velocity comes after that.
const DRAWN: [Field; 4] = [Field::Offset, Field::Pitch, Field::Duration, Field::Velocity];

/// Chords and single notes from 50 to 80, some of them held under later ones, after rests of all lengths: some longer
/// than any offset, some between two of them.
fn melody(seed: u64, voice: Voice) -> Melody {
    let numbers = random_ids(seed, 42, 1 << 20);
    let mut onset = 7;
    let note = |numbers: &[u32]| {
        onset += [0, 0, 12, 24, 24, 49, 101, 200, 900][numbers[0] as usize % 9];
        Note::new(onset, (50 + numbers[1] % 31) as u8, [12, 24, 51, 99, 1000][numbers[2] as usize % 5])
    };
    Melody::new(numbers.chunks_exact(3).map(note).collect(), voice)
}

/// Logits of all pieces for a field of an event. Every other event is likely to follow soon, the rest come at any time,
/// most of them after the next note of the melody.
fn logits(seed: u64, event: usize, field: Field) -> Vec<f64> {
    let stride = field.classes().next_multiple_of(8);
    let number = if field == Field::Velocity { 10_000 + event } else { 3 * event + field.index() };
    let mut logits = random(seed + number as u64, ROWS * stride);
    for row in logits.chunks_exact_mut(stride).filter(|_| field == Field::Offset && !event.is_multiple_of(2)) {
        row[..25].iter_mut().for_each(|logit| *logit += 1.1);
    }
    logits.iter().map(|&logit| f64::from(logit as f32)).collect()
}

/// A piece, all that decides what is drawn next.
struct Piece {
    melody: KeptMelody,
    events: Vec<Token>,
    played: Vec<[u32; 3]>,
    context: Vec<u32>,
    /// Of the last offset or duration.
    ticks: u32,
}

impl Piece {
    fn new(melody: &Melody, mask: &[bool]) -> Self {
        let melody = KeptMelody::new(melody.clone(), mask.to_vec());
        Self { melody, events: Vec::new(), played: Vec::new(), context: beginning().to_vec(), ticks: 0 }
    }

    /// The token of a field: the most probable class that is allowed, or what that stands for.
    fn draw(&mut self, field: Field, drawn: &Token, bounds: &Bounds, mut logits: Vec<f64>) -> u32 {
        reference::draw_field(field, WINDOW, &self.events, drawn, bounds, &mut logits);
        let allowed = self.melody.allowed(field, logits.len(), &self.context);
        let class = reference::sample(&logits, &allowed, None, 0.0, 0, 1.0, 0.0, 0.0) as u32;
        let token = self.melody.keep(field, class, &self.context);
        match field {
            Field::Offset => self.ticks = self.melody.ticks(field, offset_ticks(token), &self.context),
            Field::Duration => self.ticks = self.melody.ticks(field, duration_ticks(token), &self.context),
            _ => {}
        }
        let position = if field == Field::Offset { self.context[3] + self.ticks } else { self.context[7] };
        let due = self.melody.due(position);
        let ends = DRAWN.last() == Some(&field);
        reference::follow_event(field, token, self.ticks, ends, &mut self.played, &due, &mut self.context);
        token
    }
}

#[test]
fn draws_what_its_twin_draws() {
    for (seed, voice) in (0..).zip([Voice::Top, Voice::Bottom, Voice::Inner]) {
        let melody = melody(seed, voice);
        let masks: Vec<Vec<bool>> = (0..ROWS).map(|row| (0..128).map(|pitch| pitch % 4 != row).collect()).collect();
        let bounds = Bounds { chord: 3, ..Bounds::NONE };
        let seed = 1000 * seed;
        let mut pieces: Vec<Piece> = masks.iter().map(|mask| Piece::new(&melody, mask)).collect();
        let mut want = Vec::new();
        for event in 0..EVENTS {
            let mut tokens = vec![[0; FIELDS]; ROWS];
            for field in DRAWN {
                let [size, stride] = [field.classes(), field.classes().next_multiple_of(8)];
                let logits = logits(seed, event, field);
                for ((piece, token), logits) in pieces.iter_mut().zip(&mut tokens).zip(logits.chunks_exact(stride)) {
                    token[field.index()] = piece.draw(field, token, &bounds, logits[..size].to_vec());
                }
                let contexts: Vec<u32> = pieces.iter().flat_map(|piece| piece.context.clone()).collect();
                want.push((tokens.iter().map(|token| token[field.index()]).collect::<Vec<_>>(), contexts));
            }
            pieces.iter_mut().zip(tokens).for_each(|(piece, token)| piece.events.push(token));
        }
        let left = melody.notes().len();
        let given = |piece: &Piece| melody.notes().iter().filter(|note| is_played(piece, note)).count();
        assert!(pieces.iter().all(|piece| given(piece) == left), "the melody of {left} notes is over");
        for device in devices() {
            let got = by_kernel(device, &melody, &masks, &bounds, seed);
            for (at, (got, want)) in got.iter().zip(&want).enumerate() {
                assert_eq!(got, want, "{voice:?}, event {}, field {}", at / DRAWN.len(), at % DRAWN.len());
            }
        }
    }
}

fn is_played(piece: &Piece, note: &Note) -> bool {
    piece.played.contains(&[note.pitch.into(), note.onset, note.end()])
}

/// Tokens of all pieces and their contexts after each field.
fn by_kernel(
    device: &Device,
    melody: &Melody,
    masks: &[Vec<bool>],
    bounds: &Bounds,
    seed: u64,
) -> Vec<(Vec<u32>, Vec<u32>)> {
    let mut allowed = all_classes();
    allowed[Field::Pitch.index()] = masks.to_vec();
    let drawing = Drawing::around(device, ROWS, WINDOW, 1, &allowed, bounds, melody);
    let mut got = Vec::new();
    for (event, field) in (0..EVENTS).flat_map(|event| DRAWN.map(|field| (event, field))) {
        let logits = logits(seed, event, field);
        let logits = device.tensor([1, ROWS, logits.len() / ROWS], &logits);
        let draw = Draw { ends: field == Field::Velocity, ..plain(field, &logits, &GREEDY) };
        let tokens = drawing.draw(&draw, 0);
        let contexts = device.read(&drawing.pieces.context);
        assert_eq!(contexts.len(), ROWS * CONTEXT_SIZE);
        got.push((tokens, contexts));
    }
    got
}
