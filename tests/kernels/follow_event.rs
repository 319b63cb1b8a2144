use gpu_lstm::model::reference;
use gpu_lstm::music::context::{CONTEXT_SIZE, LAST, POSITIONS, SOUNDING, TOGETHER, VOICES, beginning, next_column};
use gpu_lstm::music::dataset::{EvaluationStream, IGNORE, Piece};
use gpu_lstm::music::events::{FIELDS, Field, Token, duration_ticks, offset_ticks};
use gpu_lstm::music::midi::Note;

use super::draw_field::Drawing;
use crate::common::device::{Device, devices};
use crate::common::numeric::random_ids;

/// Chords of up to 9 notes, of every length, some longer than many notes after them, on two instruments; `seed` decides. Of
/// each third piece the chords have more notes than are counted.
fn piece(seed: u64) -> Piece {
    let numbers = random_ids(seed, 400, 1 << 20);
    let choices = if seed.is_multiple_of(30) { 70 } else { 7 };
    let mut onset = 0;
    let note = |numbers: &[u32]| {
        onset += [0, 0, 0, 6, 12, 24, 30].get(numbers[0] as usize % choices).unwrap_or(&0);
        let note = Note::new(onset, (30 + numbers[1] % 60) as u8, [6, 12, 24, 36, 700][numbers[2] as usize % 5]);
        Note { velocity: 1 + (numbers[3] % 127) as u8, instrument: 40 + (numbers[3] % 2) as u8, ..note }
    };
    Piece::new(&numbers.chunks_exact(4).map(note).collect::<Vec<_>>())
}

/// The contexts before each draw of each event, by the twin: one for each of `fields`, and the one before END is drawn.
fn by_twin(fields: &[Field], tokens: &[Token]) -> Vec<Vec<u32>> {
    let (mut played, mut context, mut contexts) = (Vec::new(), beginning().to_vec(), Vec::new());
    for token in tokens {
        for (number, &field) in (1..).zip(fields) {
            contexts.push(context.clone());
            let ticks = if field == Field::Offset { offset_ticks(token[0]) } else { duration_ticks(token[2]) };
            let ends = number == fields.len();
            reference::follow_event(field, token[field.index()], ticks, ends, &mut played, &[], &mut context);
        }
    }
    contexts.push(context);
    contexts
}

/// The same by the kernel, piece by piece, all pieces side by side: each field is drawn.
fn by_draws(device: &Device, fields: &'static [Field], pieces: &[&[Token]]) -> Vec<Vec<Vec<u32>>> {
    let mut drawing = Drawing::free(device, pieces.len(), 100);
    drawing.fields = fields;
    let mut contexts = vec![Vec::new(); pieces.len()];
    for (event, field) in (0..pieces[0].len()).flat_map(|event| fields.iter().map(move |&field| (event, field))) {
        push_contexts(device, &drawing, &mut contexts);
        drawing.force(field, &pieces.iter().map(|tokens| tokens[event][field.index()]).collect::<Vec<u32>>());
    }
    contexts
}

/// Each event is given; one context for each.
fn by_gifts(device: &Device, pieces: &[&[Token]]) -> Vec<Vec<Vec<u32>>> {
    let drawing = Drawing::free(device, pieces.len(), 100);
    let mut contexts = vec![Vec::new(); pieces.len()];
    for event in 0..pieces[0].len() {
        push_contexts(device, &drawing, &mut contexts);
        drawing.give(&pieces.iter().flat_map(|tokens| tokens[event]).collect::<Vec<u32>>());
    }
    contexts
}

fn push_contexts(device: &Device, drawing: &Drawing<'_>, contexts: &mut [Vec<Vec<u32>>]) {
    let now = device.read(&drawing.pieces.context);
    contexts.iter_mut().zip(now.chunks(CONTEXT_SIZE)).for_each(|(contexts, now)| contexts.push(now.to_vec()));
}

#[test]
fn writes_what_its_twin_writes() {
    let pieces: Vec<Piece> = (0..9).map(|seed| piece(10 * seed)).collect();
    let events: Vec<&[Token]> = pieces.iter().map(|piece| &piece.tokens()[..60]).collect();
    for fields in [&Field::ORDER[..], &Field::CORE[..]] {
        let want: Vec<_> = events.iter().map(|tokens| by_twin(fields, tokens)[..fields.len() * 60].to_vec()).collect();
        for device in devices() {
            assert!(by_draws(device, fields, &events) == want, "{fields:?}");
        }
    }
    let whole = |tokens: &&[Token]| by_twin(&Field::ORDER, tokens).into_iter().step_by(FIELDS).take(60).collect();
    let want: Vec<Vec<Vec<u32>>> = events.iter().map(whole).collect();
    for device in devices() {
        assert!(by_gifts(device, &events) == want);
    }
}

/// The inputs of training are those of generation: of each event, the columns that each head may look at.
#[test]
fn the_dataset_has_the_same() {
    let after_the_offset = |column: &usize| {
        *column == POSITIONS[1] || (SOUNDING - 2..LAST).contains(column) || (VOICES..TOGETHER).contains(column)
    };
    for seed in 0..5 {
        let pieces = [piece(100 + 10 * seed)];
        let drawn = by_twin(&Field::ORDER, pieces[0].tokens());
        let batch = EvaluationStream::new(&pieces, pieces[0].rows(), 1).next().expect("a batch");
        for (event, context) in batch.context().chunks(CONTEXT_SIZE).enumerate() {
            // Of END there is an offset alone.
            let heads = if batch.targets[FIELDS * event + 1] == IGNORE { 1 } else { FIELDS };
            for head in 0..heads {
                let unknown: Vec<usize> = Field::ORDER[head..].iter().map(|&field| next_column(field)).collect();
                let is_known = |column: &usize| !unknown.contains(column) && (head > 0 || !after_the_offset(column));
                for column in (0..CONTEXT_SIZE).filter(is_known) {
                    let want = drawn[FIELDS * event + head][column];
                    assert_eq!(context[column], want, "event {event}, head {head}, column {column}");
                }
            }
        }
    }
}
