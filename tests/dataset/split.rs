//! Which songs are held back.

use gpu_lstm::Error;
use gpu_lstm::music::dataset::{copies, fingerprint, near_copies, repeated, resembling, split, split_groups};

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

/// The song at another tempo: every time is `numerator / denominator` as long.
fn stretched(song: &Song, numerator: u32, denominator: u32) -> Song {
    let mut song = song.clone();
    for note in &mut song.notes {
        note.onset = note.onset * numerator / denominator;
        note.duration = (note.duration * numerator / denominator).max(1);
    }
    song
}

#[test]
fn near_copies_are_found_by_the_passages_that_they_share() {
    let whole = song(1, 200);
    let mut one_more = whole.clone();
    one_more.notes.insert(101, Note::new(603, 90, 5));
    let mut excerpt = whole.clone();
    excerpt.notes.drain(..60);
    let mut medley = whole.clone();
    medley.notes.extend(song(2, 150).notes.iter().map(|note| Note { onset: note.onset + 1200, ..*note }));
    let mut mostly_other = song(3, 200);
    mostly_other.notes.splice(..80, whole.notes[..80].iter().copied());
    let near = [
        ("a transposed one", transposed(&whole, 7)),
        ("one note more", one_more.clone()),
        ("half the tempo", stretched(&whole, 2, 1)),
        ("another tempo, rounded", stretched(&whole, 5, 3)),
        ("an excerpt", excerpt),
        ("a medley", medley),
        ("transposed, slower, one more", transposed(&stretched(&one_more, 3, 2), 4)),
    ];
    for (name, other) in near {
        assert_eq!(near_copies(&[whole.clone(), song(4, 200), other]), [0, 1, 0], "{name}");
    }
    for (name, other) in [("two fifths of it", mostly_other), ("another song", song(5, 200))] {
        assert_eq!(near_copies(&[whole.clone(), other]), [0, 1], "{name}");
    }
    // Repeated notes and scales are no passages of anybody's: a song of few different ones is no near-copy of another.
    let scale = |from: u8, step: u8| {
        let note = |index: u32| Note::new(12 * index, from + step * (index % 5) as u8, 6 + u32::from(from));
        Song { notes: (0..100).map(note).collect(), ..song(0, 1) }
    };
    assert_eq!(near_copies(&[scale(40, 1), scale(41, 1)]), [0, 1]);
    // What resembles one of a group belongs to it.
    let mut end = song(6, 200);
    end.notes.splice(..120, whole.notes[80..].iter().map(|note| Note { onset: note.onset - 480, ..*note }));
    let mut start = song(7, 200);
    start.notes.splice(80.., whole.notes[..120].iter().map(|note| Note { onset: note.onset + 480, ..*note }));
    let groups = near_copies(&[end, song(8, 200), start, whole]);
    assert_eq!((&groups[..], repeated(&groups)), (&[0, 1, 0, 0][..], vec![vec![0, 2, 3]]));
}

#[test]
fn pieces_that_resemble_songs_of_training_are_found() {
    let training: Vec<Song> = (0..4).map(|number| song(number, 60)).collect();
    let pieces = [song(9, 60), transposed(&training[2], 3), song(8, 60)];
    let names: Vec<&str> = resembling(&training, &pieces).iter().map(|song| song.name.as_str()).collect();
    assert_eq!(names, ["2.mid"]);
    assert!(resembling(&training, &pieces[2..]).is_empty() && resembling(&[], &pieces).is_empty());
}

#[test]
fn near_copies_stay_on_one_side_unless_they_count_as_different() {
    let mut songs: Vec<Song> = (0..10).map(|number| song(number, 60)).collect();
    for number in 0..10 {
        let mut near = transposed(&songs[number], 2);
        near.notes[30].pitch += 1;
        songs.push(near);
    }
    let mut both_sides = 0;
    for seed in 0..20 {
        let of = |groups: &[usize]| {
            let split = split_groups(songs.clone(), groups, 0.2, seed).unwrap();
            let held: Vec<String> = split.validation.into_iter().map(|song| song.name).collect();
            split.training.iter().filter(|song| held.contains(&song.name)).count()
        };
        assert_eq!(of(&near_copies(&songs)), 0, "seed {seed}");
        both_sides += of(&copies(&songs));
        let by_groups = split_groups(songs.clone(), &near_copies(&songs), 0.2, seed).unwrap();
        assert_eq!(split(songs.clone(), 0.2, seed).unwrap(), by_groups);
    }
    assert!(both_sides > 0, "without the groups some pairs are torn apart");
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
        for part in ["add at least one more piece", "--keep-duplicates", "--validation"] {
            assert!(error.to_string().contains(part), "{error}");
        }
    }
    for share in [0.0, 1.0, -0.5, f64::NAN] {
        let songs = vec![one.clone(), song(2, 5)];
        assert!(matches!(split(songs, share, 0), Err(Error::ValidationShare(_))));
    }
}
