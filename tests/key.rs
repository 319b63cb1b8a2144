//! The key of a piece, and what follows from it.

use gpu_lstm::music::key::{Key, KeyCounts, find, pieces_for, relative, to_one_key};
use gpu_lstm::music::midi::{Note, Song, WriteOptions, read, write};

const MAJOR: [i32; 7] = [0, 2, 4, 5, 7, 9, 11];
const HARMONIC_MINOR: [i32; 7] = [0, 2, 3, 5, 7, 8, 11];

fn key(name: &str) -> Key {
    name.parse().unwrap_or_else(|error| panic!("{error}"))
}

/// The scale upwards to the octave, a beat each.
fn scale(tonic: i32, minor: bool) -> Vec<Note> {
    let steps = if minor { HARMONIC_MINOR } else { MAJOR };
    let pitches = steps.into_iter().chain([12]).map(|step| (60 + tonic + step) as u8);
    (0..).step_by(24).zip(pitches).map(|(onset, pitch)| Note::new(onset, pitch, 24)).collect()
}

/// Tonic, subdominant, dominant, tonic, two beats each, from `onset` on.
fn cadence(tonic: i32, minor: bool, onset: u32) -> Vec<Note> {
    let steps = if minor { HARMONIC_MINOR } else { MAJOR };
    let chord = |(place, degree): (u32, usize)| {
        [0, 2, 4].map(|third| {
            let (octave, step) = ((degree + third) / 7, steps[(degree + third) % 7]);
            Note::new(onset + 48 * place, (48 + tonic + step + 12 * octave as i32) as u8, 48)
        })
    };
    (0..).zip([0, 3, 4, 0]).flat_map(chord).collect()
}

fn song(notes: &[Note]) -> Song {
    read(&write(notes, &WriteOptions::default()), "song").expect("it reads back").remove(0)
}

#[test]
fn scales_and_cadences_are_in_their_keys() {
    for key in Key::all() {
        let (tonic, minor) = (key.tonic() as i32, key.is_minor());
        assert_eq!(find(&cadence(tonic, minor, 0), None), Some(key), "cadence");
        let notes = [scale(tonic, minor), cadence(tonic, minor, 8 * 24)].concat();
        assert_eq!(find(&notes, None), Some(key), "scale and cadence");
    }
    // Of a bare scale all that is sure is the tonic, which comes twice.
    for tonic in 0..12 {
        assert_eq!(find(&scale(tonic, false), None).map(Key::tonic), Some(tonic as usize));
    }
}

#[test]
fn a_piece_that_modulates_is_in_the_key_in_which_it_is_longest() {
    // Twelve bars of D, four of A, two of E minor, two of D.
    let keys = [(2, false, 6), (9, false, 2), (4, true, 1), (2, false, 1)];
    let cadences = keys.into_iter().flat_map(|(tonic, minor, times)| (0..times).map(move |_| (tonic, minor)));
    let notes: Vec<Note> =
        (0..).step_by(192).zip(cadences).flat_map(|(onset, (tonic, minor))| cadence(tonic, minor, onset)).collect();
    assert_eq!(find(&notes, None), Some(key("D")));
}

#[test]
fn a_drone_is_its_own_tonic_and_does_not_hide_the_key_above_it() {
    let drone = |pitch: u8| Note::new(0, pitch, 2400);
    for pitch in [45, 50, 66] {
        assert_eq!(find(&[drone(pitch)], None).map(Key::tonic), Some(usize::from(pitch) % 12));
    }
    let notes = [cadence(7, false, 0), cadence(7, false, 192), vec![drone(38)]].concat();
    assert_eq!(find(&notes, None), Some(key("G")));
}

#[test]
fn where_nothing_sounds_or_everything_there_is_no_key() {
    assert_eq!(find(&[], None), None);
    assert_eq!(find(&[], Some(3)), None);
    let all: Vec<Note> = (0..24).map(|at| Note::new(12 * at, 50 + at as u8, 12)).collect();
    assert_eq!(find(&all, None), None);
    assert_eq!(to_one_key(&song(&all)), (all.clone(), 0));
    assert_eq!(KeyCounts::new(&[song(&all)]), KeyCounts::default());
}

#[test]
fn a_key_signature_is_believed_where_the_notes_agree() {
    // Of C, D, E, G and A, which are in C major and in G major, a little more of the one tonic or of the other.
    let pentatonic = |durations: [u32; 5]| -> Vec<Note> {
        let pitches = (0..).step_by(48).zip([60, 62, 64, 67, 69]).zip(durations);
        pitches.map(|((onset, pitch), duration)| Note::new(onset, pitch, duration)).collect()
    };
    let (like_c, like_g) = (pentatonic([40, 30, 30, 38, 30]), pentatonic([30, 36, 30, 40, 30]));
    assert_eq!((find(&like_c, None), find(&like_g, None)), (Some(key("C")), Some(key("G"))));
    assert_eq!(find(&like_c, Some(1)), Some(key("G")));
    assert_eq!(find(&like_c, Some(6)), Some(key("C")), "F sharp major has none of them");
    assert_eq!(find(&like_g, Some(0)), Some(key("G")), "no sharps are what many programs write");
    assert_eq!(find(&cadence(9, true, 0), Some(-1)), Some(key("A minor")));
}

#[test]
fn every_key_is_moved_to_c_major_or_a_minor_by_the_shorter_way() {
    for key in Key::all() {
        let home = if key.is_minor() { 9 } else { 0 };
        assert_eq!((key.tonic() as i32 + key.shift()).rem_euclid(12), home, "{key}");
        assert!((-6..=5).contains(&key.shift()), "{key}: {}", key.shift());
        assert!(Key::pair(key.shift()).contains(&key), "{key}");
        let (tonic, minor) = (key.tonic() as i32, key.is_minor());
        let (notes, shift) = to_one_key(&song(&cadence(tonic, minor, 0)));
        assert_eq!((shift, find(&notes, None)), (key.shift(), Some(Key::new(home, minor))));
        assert_eq!(relative(&cadence(tonic, minor, 0), key.shift()), key);
        assert_eq!(key.to_string().parse::<Key>(), Ok(key));
    }
}

#[test]
fn a_song_that_would_leave_the_range_of_midi_stays_where_it_is() {
    let mut notes = cadence(6, false, 0);
    notes.push(Note::new(192, 1, 1));
    assert_eq!(to_one_key(&song(&notes)), (song(&notes).notes, 0));
}

#[test]
fn a_key_costs_by_its_share_of_the_songs() {
    let songs: Vec<Song> = [(7, false), (7, false), (7, false), (4, true), (0, false)]
        .map(|(tonic, minor)| song(&cadence(tonic, minor, 0)))
        .into();
    let keys = KeyCounts::new(&songs);
    assert_eq!((keys.major[7], keys.minor[4], keys.major[0], keys.kinds()), (3, 1, 1, 3));
    // Five songs and one more for each shift are 17. G major and E minor share a shift: four of the five, and one more.
    for (shift, share) in [(5, 5.0 / 17.0), (0, 2.0 / 17.0), (-6, 1.0 / 17.0)] {
        assert!((keys.nats(shift) + f64::ln(share)).abs() < 1e-12, "{shift}: {}", keys.nats(shift));
    }
    let sum: f64 = (-6..=5).map(|shift| (-keys.nats(shift)).exp()).sum();
    assert!((sum - 1.0).abs() < 1e-12, "{sum}");
    assert!((KeyCounts::default().nats(3) - 12_f64.ln()).abs() < 1e-12);
    let charges: Vec<f64> = pieces_for(&songs, Some(&keys)).into_iter().map(|(_, nats)| nats).collect();
    assert_eq!(charges, [5, 5, 5, 5, 0].map(|shift| keys.nats(shift)));
    assert!(pieces_for(&songs, None).iter().all(|(_, nats)| *nats == 0.0));
}

#[test]
fn keys_are_drawn_as_often_as_songs_had_them() {
    let mut keys = KeyCounts::default();
    (keys.major[7], keys.minor[4], keys.minor[0]) = (2, 1, 1);
    let drawn: Vec<i32> = (0..4000).map(|piece| keys.draw(piece as u32 / 10, piece % 10)).collect();
    let share = |shift: i32| drawn.iter().filter(|&&other| other == shift).count() as f64 / drawn.len() as f64;
    // G major and E minor, then C minor. The standard deviation is 0.7 %.
    assert!((share(5) - 0.75).abs() < 0.03 && (share(5) + share(-3) - 1.0).abs() < 1e-9, "{} {}", share(5), share(-3));
    assert_eq!(KeyCounts::default().draw(1, 0), 0);
}

#[test]
fn signatures_are_those_of_the_circle_of_fifths() {
    let names = ["C", "G", "D", "F", "Bb", "Db", "F#", "B", "Am", "Em", "Dm", "Cm", "Ebm", "G#m"];
    assert_eq!(names.map(|name| key(name).sharps()), [0, 1, 2, -1, -2, -5, 6, 5, 0, 1, -1, -3, -6, 5]);
}
