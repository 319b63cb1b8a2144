//! Which songs are held back.

use gpu_lstm::Error;
use gpu_lstm::music::dataset::{fingerprint, split};

use super::*;

fn transposed(song: &Song, shift: u8) -> Song {
    let mut song = song.clone();
    song.notes.iter_mut().for_each(|note| note.pitch += shift);
    song
}

#[test]
fn the_split_is_the_same_for_any_order_and_differs_by_seed() {
    let songs: Vec<Song> = (0..20).map(|number| song(number, 20)).collect();
    let held = |songs: Vec<Song>, seed: u64| {
        let split = split(songs, 0.25, seed).unwrap();
        assert_eq!((split.training.len(), split.validation.len()), (15, 5));
        sorted(split.validation.into_iter().map(|song| song.name).collect())
    };
    let reversed: Vec<Song> = songs.iter().rev().cloned().collect();
    assert_eq!(held(songs.clone(), 1), held(reversed, 1));
    assert_ne!(held(songs.clone(), 1), held(songs, 2));
}

#[test]
fn copies_and_transposed_copies_stay_on_one_side() {
    let mut songs: Vec<Song> = (0..10).map(|number| song(number, 20)).collect();
    for number in 0..10 {
        songs.push(transposed(&songs[number], 3));
        songs.push(transposed(&songs[number], 0));
    }
    for seed in 0..20 {
        let split = split(songs.clone(), 0.2, seed).unwrap();
        assert_eq!(split.validation.len(), 6 / 3 * 3);
        let mine = |song: &Song| fingerprint(&song.notes);
        let held: Vec<u64> = split.validation.iter().map(mine).collect();
        assert!(split.training.iter().all(|song| !held.contains(&mine(song))));
    }
    let mut changed = songs[0].clone();
    changed.notes[19].pitch += 1;
    assert_ne!(fingerprint(&changed.notes), fingerprint(&songs[0].notes));
}

#[test]
fn each_side_of_a_split_has_a_song() {
    for count in 2..6 {
        for share in [0.001, 0.5, 0.999] {
            let songs: Vec<Song> = (0..count).map(|number| song(number, 5)).collect();
            let split = split(songs, share, 3).unwrap();
            assert!(!split.training.is_empty() && !split.validation.is_empty());
            assert_eq!(split.training.len() + split.validation.len(), count as usize);
        }
    }
    // Nine copies of one piece and another piece: one side each, the small group held back.
    let mut songs = vec![song(1, 5); 9];
    songs.push(song(2, 5));
    let small = split(songs, 0.2, 0).unwrap().validation;
    assert_eq!((small.len(), small[0].name.as_str()), (1, "2.mid"));
}

#[test]
fn a_split_that_cannot_be_is_an_error_that_says_what_to_do() {
    let one = song(1, 5);
    for songs in [vec![], vec![one.clone()], vec![one.clone(), transposed(&one, 5)]] {
        let error = split(songs, 0.1, 0).unwrap_err();
        assert!(matches!(error, Error::TooFewSongs { .. }));
        assert!(error.to_string().contains("add at least one more piece"));
    }
    for share in [0.0, 1.0, -0.5, f64::NAN] {
        let songs = vec![one.clone(), song(2, 5)];
        assert!(matches!(split(songs, share, 0), Err(Error::ValidationShare(_))));
    }
}
