//! Batches for training and for measuring.

use std::collections::BTreeMap;

use gpu_lstm::music::dataset::*;
use gpu_lstm::music::events::{BOS, END, FIELDS, Token, offset_ticks};

use super::*;

/// Pieces of very different lengths, the shortest of one note.
fn pieces() -> Vec<Piece> {
    let lengths = [1, 40, 3, 17, 1, 8, 90, 2, 33];
    let songs: Vec<Song> = (0..9).map(|number| song(number, lengths[number as usize])).collect();
    Piece::from_songs(&songs)
}

fn options(seq_len: usize, batch_size: usize) -> TrainingOptions {
    TrainingOptions { seq_len, batch_size, seed: 7, transpose: (0, 0) }
}

/// Input, target and their positions.
type Row = (Token, Token, [u32; 2]);

/// The songs that a sequence of batches plays, lane by lane, each as its rows; checks the counts of every batch. The
/// last of each lane may be unfinished.
fn played(batches: &[Batch]) -> Vec<Vec<Row>> {
    let mut songs = Vec::new();
    let lanes = batches[0].batch_size;
    for lane in 0..lanes {
        let mut song: Option<Vec<Row>> = None;
        for batch in batches {
            for step in 0..batch.seq_len {
                let at = step * lanes + lane;
                let id = |list: &[u32]| list.as_chunks::<FIELDS>().0[at];
                let (input, target) = (id(&batch.tokens), id(&batch.targets));
                if batch.reset[at] == 1 {
                    assert_eq!(input, BOS, "a song begins with BOS");
                    songs.extend(song.replace(Vec::new()));
                } else if target != [IGNORE; FIELDS] {
                    assert_ne!(input, BOS, "no song begins without a reset");
                }
                if target == [IGNORE; FIELDS] {
                    assert_eq!(input, BOS);
                } else {
                    let positions = [batch.positions[2 * at], batch.positions[2 * at + 1]];
                    song.as_mut().expect("every lane begins with a reset").push((input, target, positions));
                }
            }
        }
        songs.extend(song);
    }
    for batch in batches {
        let rows = batch.seq_len * batch.batch_size;
        assert_eq!((batch.tokens.len(), batch.targets.len(), batch.reset.len()), (FIELDS * rows, FIELDS * rows, rows));
        let targets = |stream: usize| batch.targets.iter().skip(stream).step_by(FIELDS);
        assert_eq!(targets(0).filter(|id| **id != IGNORE).count(), batch.events);
        assert_eq!(targets(1).filter(|id| **id != IGNORE).count(), batch.notes);
        for field in 2..FIELDS {
            assert!(targets(1).zip(targets(field)).all(|(pitch, other)| (*pitch == IGNORE) == (*other == IGNORE)));
        }
    }
    songs
}

/// The rows of a piece, written down independently.
fn rows(piece: &Piece) -> Vec<Row> {
    let inputs = std::iter::once(&BOS).chain(piece.tokens());
    let targets = piece.tokens().iter().chain(std::iter::once(&[END, IGNORE, IGNORE, IGNORE, IGNORE]));
    let mut position = 0;
    let row = |(input, target): (&Token, &Token)| {
        let last = position;
        position += if target[0] == END { 0 } else { offset_ticks(target[0]) };
        (*input, *target, [last, position])
    };
    inputs.zip(targets).map(row).collect()
}

#[test]
fn the_evaluation_stream_plays_every_song_once_whatever_the_shape_of_the_batch() {
    let pieces = pieces();
    let expected = sorted(pieces.iter().map(rows).collect());
    for (seq_len, batch_size) in [(1, 1), (5, 1), (1, 4), (7, 3), (16, 9), (64, 2), (300, 20)] {
        let batches: Vec<Batch> = EvaluationStream::new(&pieces, seq_len, batch_size).collect();
        assert_eq!(sorted(played(&batches)), expected, "T {seq_len}, B {batch_size}");
    }
    assert_eq!(EvaluationStream::new(&[], 4, 4).count(), 0);
}

#[test]
fn the_evaluation_stream_wastes_little() {
    let pieces = pieces();
    let rows: usize = pieces.iter().map(Piece::rows).sum();
    let steps: usize = EvaluationStream::new(&pieces, 1, 2).count();
    assert_eq!(steps, rows.div_ceil(2).max(91));
}

#[test]
fn the_training_stream_plays_each_song_once_in_each_pass_without_gaps() {
    let pieces = pieces();
    let expected = sorted(pieces.iter().map(rows).collect());
    let mut stream = TrainingStream::new(pieces, options(5, 1));
    let batches: Vec<Batch> = (0..200).map(|_| stream.next_batch()).collect();
    assert!(batches.iter().all(|batch| batch.events == 5));
    let songs = played(&batches);
    let orders: Vec<_> = songs.chunks_exact(9).map(<[_]>::to_vec).collect();
    assert!(orders.len() >= 4);
    for pass in &orders {
        assert_eq!(sorted(pass.clone()), expected);
    }
    assert_ne!(orders[0], orders[1], "each pass has an order of its own");
    assert!((stream.epochs() - 1000.0 / 204.0).abs() < 1e-12);
}

#[test]
fn with_more_lanes_than_songs_no_song_is_favoured() {
    let pieces = vec![Piece::new(&song(1, 3).notes), Piece::new(&song(2, 3).notes)];
    let mut stream = TrainingStream::new(pieces.clone(), options(4, 10));
    // Every lane plays one song of four rows a batch.
    let songs = played(&[stream.next_batch()]);
    for piece in &pieces {
        assert_eq!(songs.iter().filter(|song| **song == rows(piece)).count(), 5);
    }
    assert_eq!(stream.epochs(), 5.0);
}

#[test]
fn one_note_songs_fill_long_windows() {
    let mut stream = TrainingStream::new(vec![Piece::new(&song(1, 1).notes)], options(50, 3));
    let batch = stream.next_batch();
    assert_eq!((batch.notes, batch.events), (75, 150));
    assert_eq!(batch.reset.iter().sum::<u32>(), 75);
}

#[test]
fn the_seed_alone_decides_the_stream() {
    let stream = |seed: u64| {
        let options = TrainingOptions { seed, transpose: (-5, 6), ..options(8, 3) };
        let mut stream = TrainingStream::new(pieces(), options);
        (0..40).map(|_| stream.next_batch()).collect::<Vec<_>>()
    };
    assert_eq!(stream(1), stream(1));
    assert_ne!(stream(1), stream(2));
}

#[test]
fn a_stream_continues_from_its_cursor_as_if_never_stopped() {
    for (seq_len, batch_size) in [(1, 1), (8, 3), (3, 25)] {
        let options = TrainingOptions { transpose: (-5, 6), ..options(seq_len, batch_size) };
        let mut whole = TrainingStream::new(pieces(), options.clone());
        for _ in 0..60 {
            let saved = serde_json::to_string(whole.cursor()).unwrap();
            let cursor = serde_json::from_str(&saved).unwrap();
            let mut resumed = TrainingStream::resume(pieces(), options.clone(), cursor).unwrap();
            assert_eq!(resumed.epochs(), whole.epochs());
            let next = whole.next_batch();
            assert_eq!(resumed.next_batch(), next);
            assert_eq!(resumed.cursor(), whole.cursor());
        }
    }
}

#[test]
fn a_cursor_that_does_not_fit_is_refused() {
    let mut stream = TrainingStream::new(pieces(), options(8, 3));
    stream.next_batch();
    let good = stream.cursor().clone();
    let refused = |change: &dyn Fn(&mut Cursor)| {
        let mut cursor = good.clone();
        change(&mut cursor);
        TrainingStream::resume(pieces(), options(8, 3), cursor).is_none()
    };
    assert!(!refused(&|_| {}));
    assert!(refused(&|cursor| cursor.lanes[1].piece = 9));
    assert!(refused(&|cursor| cursor.lanes[1].row = 1000));
    assert!(refused(&|cursor| cursor.lanes[1].shift = 1));
    assert!(refused(&|cursor| cursor.begun = 2));
    assert!(refused(&|cursor| cursor.lanes.truncate(2)));
}

#[test]
fn transposition_moves_whole_songs_within_the_keys_and_uses_the_whole_range() {
    let at = |pitch: u8| Piece::new(&[Note::new(0, pitch, 24)]);
    let options = TrainingOptions { transpose: (-3, 4), ..options(2, 3) };
    let mut stream = TrainingStream::new(vec![at(1), at(60), at(126)], options);
    let mut seen: BTreeMap<u32, usize> = BTreeMap::new();
    for _ in 0..200 {
        let batch = stream.next_batch();
        for lane in 0..3 {
            let (target, input) = (batch.targets[FIELDS * lane + 1], batch.tokens[FIELDS * (3 + lane) + 1]);
            assert_eq!(target, input, "a song keeps its shift");
            *seen.entry(target).or_default() += 1;
        }
    }
    let keys: Vec<u32> = seen.keys().copied().collect();
    let expected: Vec<u32> = (0..=5).chain(57..=64).chain(123..=127).collect();
    assert_eq!(keys, expected);
    assert!(seen.values().all(|count| *count > 5), "{seen:?}");
}

/// The inputs of a song that is moved are those of the song written in that key.
#[test]
fn a_moved_song_is_the_song_in_another_key() {
    for shift in [-5, 3, 14] {
        let song = song(3, 60);
        let moved: Vec<Note> = song
            .notes
            .iter()
            .map(|note| Note { pitch: note.pitch.checked_add_signed(shift).expect("a key"), ..*note })
            .collect();
        let first_batch = |piece: Piece, shift: i8| {
            let transpose = (i32::from(shift), i32::from(shift));
            TrainingStream::new(vec![piece], TrainingOptions { transpose, ..options(50, 1) }).next_batch()
        };
        let batch = first_batch(Piece::new(&song.notes), shift);
        assert_eq!(batch.context(), first_batch(Piece::new(&moved), 0).context(), "{shift} semitones");
    }
}
