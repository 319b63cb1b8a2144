use std::collections::BTreeSet;

use gpu_lstm::dataset::{EvaluationStream, Piece};
use gpu_lstm::events::{OUTPUT_VOCAB_SIZES, Token};
use gpu_lstm::features::{CONTEXT_SIZE, RECALL, RECALL_EVENTS};
use gpu_lstm::kernels::recall_memory_size;
use gpu_lstm::midi::Note;
use gpu_lstm::reference;

use crate::common::device::{Device, devices};
use crate::common::numeric::random_ids;

/// Events of `notes` pitches, so that passages return; every part of the piece after the first `theme` events is a copy of
/// an earlier one, in the same key or another, perhaps beyond the highest or lowest note.
fn events(seed: u64, count: usize, notes: u32, theme: usize) -> Vec<Token> {
    let numbers = random_ids(seed, 4 * count, 1 << 20);
    let mut events: Vec<Token> = Vec::new();
    let (mut from, mut shift) = (0, 0);
    for number in numbers.chunks_exact(4) {
        let fresh = [number[0] % 40, number[1] % notes, number[2] % 50];
        if events.len() < theme || number[3].is_multiple_of(29) {
            events.push(fresh);
            from = number[0] as usize % events.len();
            shift = [0, 0, 5, -7, 40][number[1] as usize % 5];
        } else {
            let [offset, note, duration] = events[from];
            events.push([offset, note.saturating_add_signed(shift).min(127), duration]);
            from += 1;
        }
    }
    events
}

/// The recalled columns after each event, by the twin.
fn by_twin(events: &[Token], window: usize) -> Vec<Vec<u32>> {
    let (mut before, mut context) = (Vec::new(), vec![7; CONTEXT_SIZE]);
    let recall = |&token: &Token| {
        reference::recall_event(token, window, OUTPUT_VOCAB_SIZES, &mut before, &mut context);
        context.clone()
    };
    events.iter().map(recall).collect()
}

/// The contexts after each event of each piece, by the kernel, all pieces side by side.
fn by_kernel(device: &Device, pieces: &[Vec<Token>], window: usize) -> Vec<Vec<Vec<u32>>> {
    let rows = pieces.len();
    let memory = device.upload([rows, recall_memory_size(window)], &vec![0; rows * recall_memory_size(window)]);
    let context = device.upload([1, rows, CONTEXT_SIZE], &vec![7; rows * CONTEXT_SIZE]);
    let mut contexts = vec![Vec::new(); rows];
    for event in 0..pieces[0].len() {
        let tokens: Vec<u32> = pieces.iter().flat_map(|events| events[event]).collect();
        let tokens = device.upload([1, rows, 3], &tokens);
        device.run(|recorder, kernels| {
            kernels.recall_event.record(recorder, &tokens, OUTPUT_VOCAB_SIZES, &memory, &context);
        });
        for (row, now) in device.read(&context).chunks(CONTEXT_SIZE).enumerate() {
            contexts[row].push(now.to_vec());
        }
    }
    contexts
}

#[test]
fn tells_what_its_twin_tells() {
    // Windows that no piece fills, that are filled many times, that fewer or more distances than lanes fit into.
    for window in [2, 3, 17, 64, 65, 66, 150, 400] {
        let pieces = [events(1, 300, 30, 40), events(2, 300, 2, 300), events(3, 300, 1, 300), events(4, 300, 128, 100)];
        let want: Vec<_> = pieces.iter().map(|events| by_twin(events, window)).collect();
        for device in devices() {
            assert_eq!(by_kernel(device, &pieces, window), want, "window {window}");
        }
    }
}

#[test]
fn tells_every_length_and_many_rounds_of_most() {
    let theme = events(4, 70, 128, 70);
    let figures = [1, 2, 3, 4, 6, 10, 20].iter().flat_map(|&size| theme[..size].repeat(18));
    let piece: Vec<Token> = theme.iter().chain(&theme).copied().chain(figures).collect();
    let want = by_twin(&piece, 1000);
    let classes: BTreeSet<u32> = want.iter().map(|context| context[RECALL + 3]).collect();
    assert!((1..8).all(|length| classes.contains(&(8 * length))), "16 rounds of each: {classes:?}");
    assert!(classes.contains(&57), "a long passage: {classes:?}");
    for device in devices() {
        assert_eq!(by_kernel(device, std::slice::from_ref(&piece), 1000).remove(0), want);
    }
}

/// Three notes and their return a fifth higher, a figure of two notes, one note again and again: what must be told,
/// reckoned by hand.
#[test]
fn tells_what_a_person_would() {
    let piece = |notes: &[u32]| -> Vec<Token> { notes.iter().zip(1..).map(|(&note, at)| [at, note, 2 * at]).collect() };
    // [offset, note, duration] that followed, class of the length, class of the rounds
    let told = |event: Token, length: u32, rounds: u32| {
        let of_part = |part: usize| (length - 1) * OUTPUT_VOCAB_SIZES[part] as u32 + event[part] + 1;
        [of_part(0), of_part(1), of_part(2), 8 * (length - 1) + rounds]
    };
    let theme = (
        piece(&[60, 62, 65, 64, 67, 69, 72]),
        vec![[0; 4], [0; 4], [0; 4], [0; 4], told([4, 66, 8], 1, 1), told([3, 72, 6], 1, 1), told([4, 71, 8], 2, 1)],
    );
    let figure = (
        piece(&[60, 67, 60, 67, 60, 67, 60]),
        vec![
            [0; 4],
            [0; 4],
            [0; 4],
            told([3, 60, 6], 1, 1),
            told([4, 67, 8], 2, 2),
            told([5, 60, 10], 2, 2),
            told([6, 67, 12], 2, 3),
        ],
    );
    let one_note = (
        piece(&[60; 20]),
        (0..20)
            .map(|event| match event {
                0 | 1 => [0; 4],
                _ => {
                    let rounds = [0, 1, 2, 3, 4, 6, 10, 16].iter().filter(|&&from| from < event).count();
                    told([event + 1, 60, 2 * (event + 1)], 1, rounds as u32)
                }
            })
            .collect(),
    );
    for (piece, want) in [theme, figure, one_note] {
        for device in devices() {
            let contexts = by_kernel(device, std::slice::from_ref(&piece), 100).remove(0);
            let recalled: Vec<&[u32]> = contexts.iter().map(|context| &context[RECALL..]).collect();
            assert_eq!(recalled, want);
        }
    }
}

/// What training feeds is what generation will know; passages that are further back than generation remembers are forgotten
/// by both.
#[test]
fn the_dataset_tells_the_same() {
    for (count, theme) in [(900, 60), (RECALL_EVENTS + 200, RECALL_EVENTS + 100)] {
        let notes: Vec<Note> = events(10, count, 128, theme)
            .iter()
            .zip(0..)
            .map(|(&[_, note, duration], at)| Note { onset: 12 * at, pitch: note as u8, duration: duration + 1 })
            .collect();
        let pieces = [Piece::new(&notes)];
        let want = by_twin(pieces[0].tokens(), RECALL_EVENTS);
        let batch = EvaluationStream::new(&pieces, pieces[0].rows(), 1).next().expect("a batch");
        let context = batch.context();
        let recalled: Vec<&[u32]> = context.chunks(CONTEXT_SIZE).map(|context| &context[RECALL..]).collect();
        assert_eq!(recalled[0], [0; 4]);
        for (event, want) in want.iter().enumerate() {
            assert_eq!(recalled[event + 1], &want[RECALL..], "event {event}");
        }
    }
}
