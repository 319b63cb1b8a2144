use gpu_lstm::model::reference;
use gpu_lstm::music::context::CONTEXT_SIZE;
use gpu_lstm::music::dataset::{EvaluationStream, IGNORE, Piece};
use gpu_lstm::music::events::{Token, duration_ticks, offset_ticks};
use gpu_lstm::music::midi::Note;

use super::draw_field::{Drawing, beginning};
use crate::common::device::{Device, devices};
use crate::common::numeric::random_ids;

/// Chords of up to 9 notes, of every length, some longer than many notes after them; `seed` decides. Of each third piece the
/// chords have more notes than are counted.
fn piece(seed: u64) -> Piece {
    let numbers = random_ids(seed, 400, 1 << 20);
    let choices = if seed.is_multiple_of(30) { 70 } else { 7 };
    let mut onset = 0;
    let note = |numbers: &[u32]| {
        onset += [0, 0, 0, 6, 12, 24, 30].get(numbers[0] as usize % choices).unwrap_or(&0);
        Note { onset, pitch: (30 + numbers[1] % 60) as u8, duration: [6, 12, 24, 36, 700][numbers[2] as usize % 5] }
    };
    Piece::new(&numbers.chunks_exact(4).map(note).collect::<Vec<_>>())
}

/// The contexts before each draw of each event, by the twin: 3 a token, and the one before END is drawn.
fn by_twin(tokens: &[Token]) -> Vec<Vec<u32>> {
    let (mut played, mut context, mut contexts) = (Vec::new(), beginning().to_vec(), Vec::new());
    for token in tokens {
        for (head, ticks) in [offset_ticks(token[0]), 0, duration_ticks(token[2])].into_iter().enumerate() {
            contexts.push(context.clone());
            reference::follow_event(head, token[head], ticks, &mut played, &[], &mut context);
        }
    }
    contexts.push(context);
    contexts
}

/// The same by the kernel, piece by piece, all pieces side by side: each field is drawn, or each event given.
fn by_kernel(device: &Device, pieces: &[&[Token]], given: bool) -> Vec<Vec<Vec<u32>>> {
    let drawing = Drawing::free(device, pieces.len(), 100);
    let mut contexts = vec![Vec::new(); pieces.len()];
    for event in 0..pieces[0].len() {
        for head in 0..if given { 1 } else { 3 } {
            for (row, now) in device.read(&drawing.pieces.context).chunks(CONTEXT_SIZE).enumerate() {
                contexts[row].push(now.to_vec());
            }
            if given {
                drawing.give(&pieces.iter().flat_map(|tokens| tokens[event]).collect::<Vec<u32>>());
            } else {
                drawing.force(head, &pieces.iter().map(|tokens| tokens[event][head]).collect::<Vec<u32>>());
            }
        }
    }
    contexts
}

#[test]
fn writes_what_its_twin_writes() {
    let pieces: Vec<Piece> = (0..9).map(|seed| piece(10 * seed)).collect();
    let events: Vec<&[Token]> = pieces.iter().map(|piece| &piece.tokens()[..60]).collect();
    let want: Vec<_> = events.iter().map(|tokens| by_twin(tokens)[..3 * tokens.len()].to_vec()).collect();
    let whole: Vec<_> = want.iter().map(|contexts| contexts.iter().step_by(3).cloned().collect::<Vec<_>>()).collect();
    for device in devices() {
        assert_eq!(by_kernel(device, &events, false), want);
        assert_eq!(by_kernel(device, &events, true), whole);
    }
}

/// The inputs of training are those of generation: of each event, the columns that each head may look at.
#[test]
fn the_dataset_has_the_same() {
    for seed in 0..5 {
        let pieces = [piece(100 + 10 * seed)];
        let drawn = by_twin(pieces[0].tokens());
        let batch = EvaluationStream::new(&pieces, pieces[0].rows(), 1).next().expect("a batch");
        let before_the_offset = [0, 1, 2, 3, 8, 9, 52].into_iter().chain(24..48).collect();
        let known_after: [Vec<usize>; 3] =
            [before_the_offset, (0..5).chain(7..53).collect(), (0..6).chain(7..53).collect()];
        for (event, context) in batch.context().chunks(CONTEXT_SIZE).enumerate() {
            // Of END there is an offset alone.
            let heads = if batch.targets[3 * event + 1] == IGNORE { 1 } else { 3 };
            for (head, columns) in known_after.iter().enumerate().take(heads) {
                for &column in columns {
                    let want = drawn[3 * event + head][column];
                    assert_eq!(context[column], want, "event {event}, head {head}, column {column}");
                }
            }
        }
    }
}
