//! How well two sets of music can be told apart: features by hand, and what comes out of music by people, of shuffled
//! music, and of copies.

mod common;

use std::path::Path;

use common::{SAME_MATH, assert_close_f64};
use gpu_lstm::Error;
use gpu_lstm::music::discriminate::{Comparison, Excerpt, FEATURES, excerpts, features};
use gpu_lstm::music::events::{Event, decode, encode};
use gpu_lstm::music::midi::{Note, read_folder};
use proptest::prelude::*;
use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_pcg::Pcg64;

/// Notes from (onset, pitch, duration) in grid ticks.
fn notes(notes: &[(u32, u8, u32)]) -> Vec<Note> {
    notes.iter().map(|&(onset, pitch, duration)| Note::new(onset, pitch, duration)).collect()
}

/// The songs that come along.
fn songs() -> Vec<Vec<Note>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("midi_songs");
    read_folder(&folder).expect("the songs").songs.into_iter().map(|song| song.notes).collect()
}

fn shuffled<T>(mut items: Vec<T>, seed: u64) -> Vec<T> {
    items.shuffle(&mut Pcg64::seed_from_u64(seed));
    items
}

/// Entropy in bits of values that occur so often.
fn bits(counts: &[u32]) -> f64 {
    let all = f64::from(counts.iter().sum::<u32>());
    counts.iter().map(|&count| f64::from(count) / all * (all / f64::from(count)).log2()).sum()
}

#[track_caller]
fn assert_features(notes: &[Note], want: &[(&str, f64)]) {
    let got = features(&Excerpt::new(notes));
    let value = |name: &str| got[FEATURES.iter().position(|feature| feature.name == name).expect(name)];
    for &(name, want) in want {
        // A comparison of zeros would prove nothing, so 1 is added.
        assert_close_f64(name, &[1.0 + value(name)], &[1.0 + want], SAME_MATH);
    }
}

#[test]
fn features_of_two_voices_are_those_reckoned_by_hand() {
    // C and E, D and F, B and F (half as long), G, half a bar later two Cs, at last B and a C above: eleven notes.
    let piece = notes(&[
        (240, 60, 24),
        (240, 64, 24),
        (264, 62, 24),
        (264, 65, 24),
        (288, 59, 12),
        (288, 65, 12),
        (300, 67, 12),
        (336, 60, 48),
        (336, 72, 48),
        (384, 59, 24),
        (384, 84, 24),
    ]);
    let want = [
        ("in one key", 1.0),
        ("pitches", 8.0),
        ("range, semitones", 25.0),
        ("pitch-class entropy, 4 beats", (bits(&[1, 1, 1, 1, 1, 2]) + bits(&[3, 1])) / 2.0),
        ("pitch-class entropy, 16 beats", bits(&[4, 1, 1, 2, 2, 1])),
        ("interval of notes", 8.0),
        ("entropy of intervals", bits(&[1; 10])),
        ("interval of low notes", 4.2),
        ("interval of top notes", 4.0),
        ("top notes, repeated", 0.2),
        ("top notes, by step", 0.4),
        ("top notes, by leap", 0.2),
        // Two notes for 132 ticks, one for 12, none for 24.
        ("notes at once", 276.0 / 144.0),
        ("notes at once, spread", 11_f64.sqrt() / 12.0),
        ("silence", 24.0 / 168.0),
        ("notes in an onset", 11.0 / 6.0),
        ("width of onsets, semitones", 10.0),
        // The tritone B F and the ninth B C, of five pairs.
        ("dissonances", 0.4),
        // Up together, and apart; between the two one voice stays, or there is one note only.
        ("similar motion", 0.5),
        ("notes a beat", 11.0 / 7.0),
        ("time between onsets", 1.2),
        ("entropy between onsets", bits(&[2, 1, 1, 1])),
        ("length of notes", 276.0 / 11.0 / 24.0),
        ("entropy of lengths", bits(&[6, 3, 2])),
        ("onsets on the beat", 5.0 / 6.0),
        ("onsets off the half beat", 0.0),
        // Bars of four beats share two of four places; of three beats one of four, then none.
        ("groove", 0.5),
        ("distinct 4-grams", 1.0),
        ("longest repeat, steps", 0.0),
        ("in repeats of 8 steps", 0.0),
    ];
    assert_eq!(want.map(|(name, _)| name), FEATURES.map(|feature| feature.name), "every feature has its value");
    assert_features(&piece, &want);
}

#[test]
fn features_of_a_loop_are_those_reckoned_by_hand() {
    // Six times C D E C sharp in triplets: 23 steps, of which each is the one four before.
    let piece: Vec<Note> = (0..24).map(|index| Note::new(8 * index, [60, 62, 64, 61][index as usize % 4], 8)).collect();
    let want = [
        ("in one key", 0.75),
        ("pitches", 4.0),
        ("notes at once", 1.0),
        ("notes at once, spread", 0.0),
        ("silence", 0.0),
        ("dissonances", 0.0),
        ("similar motion", 0.0),
        ("entropy between onsets", 0.0),
        ("onsets on the beat", 1.0 / 3.0),
        ("onsets off the half beat", 2.0 / 3.0),
        ("groove", 1.0),
        ("distinct 4-grams", 4.0 / 20.0),
        ("longest repeat, steps", 19.0),
        ("in repeats of 8 steps", 12.0 / 24.0),
    ];
    assert_features(&piece, &want);
}

proptest! {
    #[test]
    fn features_of_any_notes_are_finite(
        parts in proptest::collection::vec((any::<u32>(), any::<u8>(), any::<u32>()), 0..20),
        small in proptest::collection::vec((0..3_u32, 0..3_u8, 0..3_u32), 0..70),
    ) {
        for parts in [&parts, &small] {
            let notes = notes(parts);
            for (value, feature) in features(&Excerpt::new(&notes)).into_iter().zip(&FEATURES) {
                prop_assert!(value.is_finite(), "{} is {value} of {notes:?}", feature.name);
            }
            prop_assert_eq!(excerpts(&notes).len(), usize::from(!excerpts(&notes).is_empty()));
        }
    }
}

#[test]
fn music_by_people_can_hardly_be_told_from_music_by_people() {
    let results: Vec<f64> = (0..8)
        .map(|seed| {
            let songs = shuffled(songs(), seed);
            let (one, other) = songs.split_at(songs.len() / 2);
            Comparison::new(one, other).expect("enough music").told_apart
        })
        .collect();
    let mean = results.iter().sum::<f64>() / results.len() as f64;
    println!("halves of midi_songs: {results:.3?}, mean {mean:.3}");
    assert!((0.35..0.65).contains(&mean), "{results:?}");
}

/// The songs with their pitches, or their offsets and durations, dealt anew among the events of each.
fn songs_with_shuffled(part: &str) -> Vec<Vec<Note>> {
    let deal = |notes: Vec<Note>, seed: u64| {
        let mut events = encode(&notes);
        let dealt = shuffled(events.clone(), seed);
        for (event, other) in events.iter_mut().zip(dealt) {
            *event = match part {
                "pitches" => Event { note: other.note, ..*event },
                _ => Event { note: event.note, ..other },
            };
        }
        decode(&events)
    };
    songs().into_iter().zip(0..).map(|(notes, seed)| deal(notes, seed)).collect()
}

#[test]
fn music_with_shuffled_pitches_or_times_is_told_from_music() {
    // What notes and times a piece has does not change, only their order.
    for part in ["pitches", "times"] {
        let result = Comparison::new(&songs_with_shuffled(part), &songs()).expect("enough music");
        println!("{part} of midi_songs shuffled: {:.3}", result.told_apart);
        assert!(result.told_apart > 0.9, "{part}: {}", result.told_apart);
    }
}

#[test]
fn the_number_depends_on_the_music_alone() {
    let (generated, human) = (songs_with_shuffled("pitches"), songs());
    let one = Comparison::new(&generated, &human).expect("enough music");
    assert_eq!(one, Comparison::new(&generated, &human).expect("enough music"), "again");
    let others = Comparison::new(&shuffled(generated, 1), &shuffled(human, 2)).expect("enough music");
    assert_eq!(one, others, "in another order");
}

#[test]
fn copies_cannot_be_told_apart_in_whatever_key() {
    let higher = |notes: Vec<Note>| notes.into_iter().map(|note| Note { pitch: note.pitch + 3, ..note }).collect();
    let transposed: Vec<Vec<Note>> = songs().into_iter().map(higher).collect();
    let result = Comparison::new(&transposed, &songs()).expect("enough music");
    assert!((result.told_apart - 0.5).abs() < 1e-9, "{}", result.told_apart);
    assert!(result.features.iter().all(|feature| (feature.more_often - 0.5).abs() < 1e-9), "{:?}", result.features);
    assert_eq!(result.generated, result.human);
}

#[test]
fn what_differs_is_named_first_with_its_values() {
    // The same songs at half the speed: lengths double, pitches stay.
    let slower = |notes: Vec<Note>| -> Vec<Note> {
        let slow = |note: Note| Note { onset: 2 * note.onset, duration: 2 * note.duration, ..note };
        notes.into_iter().map(slow).collect()
    };
    let slow: Vec<Vec<Note>> = songs().into_iter().map(slower).collect();
    let result = Comparison::new(&slow, &songs()).expect("enough music");
    let named: Vec<&str> = result.features.iter().take(5).map(|feature| feature.name).collect();
    assert!(named.contains(&"notes a beat") && !named.contains(&"pitches"), "{named:?}");
    let length = result.features.iter().find(|feature| feature.name == "length of notes").expect("it is listed");
    assert!(length.more_often > 0.7, "{length:?}");
    assert!((length.generated.median / length.human.median - 2.0).abs() < 0.1, "{length:?}");
    let text = result.to_string();
    for part in ["told apart: ", "50 % is chance", "halves of the human pieces", "from 20 generated pieces"] {
        assert!(text.contains(part), "\"{part}\" is not in:\n{text}");
    }
}

#[test]
fn too_little_music_is_an_error_that_names_the_side() {
    let songs = songs();
    let long = |count: usize| songs.iter().filter(|notes| notes.len() > 400).take(count).cloned().collect::<Vec<_>>();
    assert!(Comparison::new(&long(4), &songs).is_ok());
    for (generated, human, side, pieces) in [
        (long(3), songs.clone(), "generated", 3),
        // Copies of one piece are one piece.
        (vec![songs[0].clone(); 20], songs.clone(), "generated", 1),
        (songs.clone(), Vec::new(), "human", 0),
        // Four pieces of one excerpt each.
        (songs.iter().map(|notes| notes[..70].to_vec()).take(4).collect(), songs.clone(), "generated", 4),
    ] {
        let error = Comparison::new(&generated, &human).expect_err("too little");
        assert!(
            matches!(error, Error::TooLittleMusic { side: of, pieces: count, .. } if of == side && count == pieces),
            "{error}"
        );
    }
}
