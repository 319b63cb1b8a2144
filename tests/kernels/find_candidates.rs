use std::collections::BTreeSet;

use gpu_lstm::model::reference;
use gpu_lstm::music::candidates::{CANDIDATE_COLUMNS, Evidence, WINDOW, stacked_rows};
use gpu_lstm::music::dataset::{EvaluationStream, Piece};
use gpu_lstm::music::events::{Field, Token, core_token};
use gpu_lstm::music::midi::Note;

use super::draw_field::{Drawing, candidates};
use crate::common::device::{Device, devices};
use crate::common::numeric::random_ids;

/// Events of `pitches` pitches, so that passages return: after the first `theme` events each part of the piece is a copy of an
/// earlier one, in the same key or another, perhaps beyond the highest or lowest pitch, perhaps in another rhythm.
fn events(seed: u64, count: usize, pitches: u32, theme: usize) -> Vec<Token> {
    let numbers = random_ids(seed, 4 * count, 1 << 20);
    let mut events: Vec<Token> = Vec::new();
    let (mut start, mut shift, mut rhythm) = (0, 0, 0);
    for number in numbers.chunks_exact(4) {
        let fresh = core_token(number[0] % 5 * 12, number[1] % pitches, number[2] % 3);
        if events.len() < theme || number[3].is_multiple_of(23) {
            events.push(fresh);
            start = number[0] as usize % events.len();
            shift = [0, 0, 12, -7, 40][number[1] as usize % 5];
            rhythm = [0, 0, 1][number[2] as usize % 3];
        } else {
            let [offset, pitch, duration, ..] = events[start];
            events.push(core_token(offset, pitch.saturating_add_signed(shift).min(127), duration + rhythm));
            start += 1;
        }
    }
    events
}

/// The candidates of each field of each event, `[3, 8, 2]`, by the twin; of the one after the last the offsets.
fn by_twin(events: &[Token], window: usize) -> Vec<Vec<u32>> {
    let find = |field: Field, at: usize| {
        let drawn = events.get(at).copied().unwrap_or_default();
        reference::find_candidates(field, window, &events[..at], &drawn)
    };
    let fields = |at: usize| Field::CORE.into_iter().take(if at < events.len() { 3 } else { 1 });
    (1..=events.len()).map(|at| fields(at).flat_map(|field| find(field, at)).collect()).collect()
}

/// The same by the kernel, all pieces side by side.
fn by_kernel(device: &Device, pieces: &[Vec<Token>], window: usize) -> Vec<Vec<Vec<u32>>> {
    let drawing = Drawing::free(device, pieces.len(), window);
    let len = pieces[0].len();
    let mut found = vec![vec![Vec::new(); len]; pieces.len()];
    for at in 0..=len {
        for field in Field::CORE.into_iter().take(if at < len { 3 } else { 1 }) {
            // After the last event any offset will do.
            let token = |events: &Vec<Token>| events.get(at).map_or(0, |event| event[field.index()]);
            drawing.force(field, &pieces.iter().map(token).collect::<Vec<u32>>());
            if at > 0 {
                let columns = candidates(device, &drawing).into_iter();
                found.iter_mut().zip(columns).for_each(|(found, columns)| found[at - 1].extend(columns));
            }
        }
    }
    found
}

#[test]
fn finds_what_its_twin_finds() {
    // Windows that no piece fills, that are filled many times, that fewer or more distances than lanes fit into.
    for window in [2, 3, 17, 65, 66, 150, 400] {
        let pieces = [events(1, 180, 30, 40), events(2, 180, 2, 180), events(3, 180, 1, 180), events(4, 180, 128, 60)];
        let want: Vec<_> = pieces.iter().map(|events| by_twin(events, window)).collect();
        for device in devices() {
            assert_eq!(by_kernel(device, &pieces, window), want, "window {window}");
        }
    }
}

#[test]
fn every_class_occurs_and_is_found() {
    let theme = events(4, 70, 128, 70);
    let figures = [1, 2, 3, 4, 6, 10, 20].iter().flat_map(|&size| theme[..size].repeat(18));
    let piece: Vec<Token> = theme.iter().chain(&theme).copied().chain(figures).collect();
    let want = by_twin(&piece, 1000);
    let classes = want.iter().flat_map(|columns| columns.chunks(2)).filter(|candidate| candidate[0] > 0);
    let rows: BTreeSet<usize> = classes.flat_map(|candidate| stacked_rows(candidate[1])).collect();
    let has = |name: &str, first: usize, classes: &[usize]| {
        classes.iter().for_each(|class| assert!(rows.contains(&(first + class)), "{name} {class}: {rows:?}"));
    };
    has("runs", 0, &[1, 10, 20, 30, 40, 50, 60, 70, 80]);
    has("rhythm", 81, &[0, 2, 3, 4, 5, 6, 7, 8]);
    has("count", 90, &[0, 1, 2, 3, 4, 5]);
    has("distance", 96, &[1, 2, 3, 4]);
    has("rounds", 102, &[0, 1, 2, 3, 4, 5, 6, 7]);
    for device in devices() {
        assert_eq!(by_kernel(device, std::slice::from_ref(&piece), 1000).remove(0), want);
    }
}

/// A motif and its return a fifth higher, reckoned by hand.
#[test]
fn finds_what_a_person_would() {
    let motif = [(0, 60, 5), (6, 62, 5), (6, 64, 2), (3, 65, 8)];
    let moved = [(12, 67, 5), (6, 69, 5), (6, 71, 2)];
    let token = |(offset, pitch, duration)| core_token(offset, pitch, duration);
    let piece: Vec<Token> = motif.into_iter().chain(moved).map(token).collect();
    let find =
        |field: Field, offset, pitch| reference::find_candidates(field, 100, &piece, &core_token(offset, pitch, 0));
    let offset = find(Field::Offset, 0, 0);
    // Four events before, two intervals and two rhythms are the same. One event before, two intervals are: twice the distance.
    let four = Evidence { both: 2, interval: 2, rhythm: 2, count: 1, distance: 4, rounds: 0, transposition: 2 };
    assert_eq!(offset[..2], [3 + 1, four.packed()]);
    let one = Evidence { interval: 1, distance: 1, rounds: 2, transposition: 2, ..Evidence::default() };
    assert_eq!(offset[2..4], [6 + 1, one.packed()]);
    assert_eq!(offset[4..6], [0, 0]);
    // With the offset of the motif, its pitch comes a fifth higher.
    let pitch = find(Field::Pitch, 3, 0);
    assert_eq!(pitch[..2], [72 + 1, Evidence { rhythm: 0, ..four }.packed()]);
    // With another offset the rhythm does not count.
    let pitch = find(Field::Pitch, 9, 0);
    assert_eq!(pitch[..2], [72 + 1, Evidence { both: 0, rhythm: 0, ..four }.packed()]);
    let duration = find(Field::Duration, 3, 72);
    assert_eq!(duration[..2], [8 + 1, four.packed()]);
    let duration = find(Field::Duration, 3, 75);
    assert_eq!(duration[..2], [8 + 1, Evidence { both: 0, interval: 0, count: 0, ..four }.packed()]);
}

/// The inputs of training are those of generation; what lies beyond the window of generation is left out by both.
#[test]
fn the_dataset_has_the_same() {
    let piece = |tokens: &[Token]| {
        let mut onset = 0;
        let note = |&[offset, pitch, duration, ..]: &Token| {
            onset += offset.max(1);
            Note::new(onset, pitch as u8, duration + 1)
        };
        [Piece::new(&tokens.iter().map(note).collect::<Vec<_>>())]
    };
    for (count, theme) in [(400, 60), (300, 300)] {
        let pieces = piece(&events(10, count, 40, theme));
        let want = by_twin(pieces[0].tokens(), WINDOW);
        let batch = EvaluationStream::new(&pieces, pieces[0].rows(), 1).next().expect("a batch");
        let rows: Vec<&[u32]> = batch.candidates.chunks(CANDIDATE_COLUMNS).collect();
        assert!(rows[0].iter().all(|&number| number == 0));
        for (want, got) in want.iter().zip(&rows[1..]) {
            assert_eq!(&got[..want.len()], want);
        }
    }
    // Longer than the window: the kernel runs over all of it, which the twin would take too long for.
    let pieces = piece(&events(11, WINDOW + 300, 40, WINDOW / 2));
    let batch = EvaluationStream::new(&pieces, pieces[0].rows(), 1).next().expect("a batch");
    let found = by_kernel(&devices()[0], &[pieces[0].tokens().to_vec()], WINDOW).remove(0);
    for (at, (want, got)) in found.iter().zip(batch.candidates.chunks(CANDIDATE_COLUMNS).skip(1)).enumerate() {
        assert_eq!(&got[..want.len()], want, "event {at}");
    }
    assert!(Field::Offset.classes() == 130, "the shader has room for as many tokens");
}
