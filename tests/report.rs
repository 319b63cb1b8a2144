//! The figures of pieces beside those of songs.

use gpu_lstm::music::midi::Note;
use gpu_lstm::music::report::{Report, Songs, Table};

/// Quarter notes.
fn melody(pitches: impl IntoIterator<Item = u8>) -> Vec<Note> {
    (0..).step_by(24).zip(pitches).map(|(onset, pitch)| Note::new(onset, pitch, 24)).collect()
}

/// `count` notes that wander without repeating four steps; another `seed`, another way.
fn wander(seed: u32, count: u32) -> Vec<Note> {
    let mut state = seed;
    melody((0..count).map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        40 + (state >> 24) as u8 % 48
    }))
}

fn songs(songs: Vec<Vec<Note>>) -> Songs {
    Songs::new((0..).zip(songs).map(|(number, notes): (u32, _)| (format!("song_{number}"), notes)).collect())
}

/// What stands in the line of a name, with single spaces.
#[track_caller]
fn line(table: &Table, name: &str) -> String {
    let text = table.to_string();
    let line = text.lines().find(|line| line.trim_start().starts_with(name));
    let line = line.unwrap_or_else(|| panic!("no line {name}:\n{text}"));
    line.trim_start()[name.len()..].split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn songs_are_cut_to_the_length_of_the_piece() {
    let songs = songs(vec![wander(1, 10), wander(2, 40), wander(3, 100), wander(4, 100)]);
    let table = Table::new(&[Report::new(&wander(9, 50), Some(&songs))], Some(&songs));
    assert_eq!(line(&table, "notes  "), "50 50 (10 to 50)");
    assert_eq!(line(&table, "beats"), "50.0 50.0 (10.0 to 50.0)");
    assert!(table.to_string().contains("4 songs, up to 50 notes: median (lowest to highest)"), "{table}");
}

#[test]
fn a_song_is_searched_for_copies_of_the_other_songs_and_a_piece_for_those_of_all() {
    // The second song quotes twelve notes of the first, a third above; the third quotes nothing.
    let first = wander(1, 60);
    let quoted: Vec<u8> = first[20..32].iter().map(|note| note.pitch + 4).collect();
    let second = melody(wander(2, 30).iter().map(|note| note.pitch).chain(quoted));
    let songs = songs(vec![first.clone(), second, wander(3, 60)]);
    let table = Table::new(&[Report::new(&first, Some(&songs))], Some(&songs));
    assert_eq!(line(&table, "longest copy, notes"), "60 12 (none to 12)");
    assert_eq!(line(&table, "copied from"), "song_0");
    let table = Table::new(&[Report::new(&wander(7, 60), Some(&songs))], Some(&songs));
    assert_eq!(line(&table, "longest copy, notes"), "none 12 (none to 12)");
}

#[test]
fn repetition_is_measured_in_passages_of_equal_length_songs_being_joined() {
    // Four times the same song: joined, only a quarter of it is new. A loop of eight notes repeats far more.
    let songs = songs(vec![wander(1, 250); 4]);
    let looping = melody((0..1000).map(|index| 60 + [0, 2, 4, 5, 9, 4, 11, 2][index % 8]));
    let table = Table::new(&[Report::new(&looping, Some(&songs))], Some(&songs));
    assert_eq!(line(&table, "distinct 4-grams"), "1 % 25 % (25 % to 25 %)");
    assert_eq!(line(&table, "... in the last quarter"), "3 % 100 % (100 % to 100 %)");
    // Eight notes of the loop and seven more are not yet the end of a repeat of eight steps: 1000 notes without 16.
    assert_eq!(line(&table, "in repeats of 8 steps"), "98 % 74 % (74 % to 74 %)");
    assert!(!Table::new(&[Report::new(&wander(1, 300), None)], None).to_string().contains("last quarter"), "too short");
}

#[test]
fn several_pieces_are_summed_up() {
    let pieces: Vec<Report> = [30, 10, 20].map(|count| Report::new(&wander(count, count), None)).into();
    let table = Table::new(&pieces, None);
    assert_eq!(line(&table, "notes  "), "20 (10 to 30)");
    assert!(!table.to_string().contains("longest copy"), "there is nothing to copy from");
    assert!(line(&table, "pitch classes, %").starts_with("C "), "{table}");
}

#[test]
fn endings_are_counted_of_pieces_that_have_one() {
    let scale = |pitches: &[u8]| -> Vec<Note> {
        pitches.iter().zip(0..).map(|(&pitch, at)| Note::new(24 * at, pitch, 24)).collect()
    };
    let (home, away) = (scale(&[60, 62, 64, 65, 67, 64, 60]), scale(&[60, 62, 64, 65, 60, 64, 67]));
    let songs = songs(vec![home.clone(), home.clone(), away.clone()]);
    let cut = Report::new(&home, None);
    let ended = [&home, &away].map(|notes| Report::new(notes, None).with_ending(notes));
    let table = Table::new(&[&ended[..], std::slice::from_ref(&cut)].concat(), Some(&songs));
    assert_eq!(line(&table, "last chord on the tonic"), "1 of 2 2 of 3");
    assert!(!Table::new(&[cut], None).to_string().contains("last chord"), "a piece that is cut off has no end");
}

#[test]
fn columns_stand_in_line() {
    let songs = songs(vec![wander(1, 100), wander(2, 100)]);
    let text = Table::new(&[Report::new(&wander(9, 50), Some(&songs))], Some(&songs)).to_string();
    let lines: Vec<Vec<char>> = text.lines().map(|line| line.chars().collect()).collect();
    let column = text.lines().next().expect("a header").find("2 songs").expect("a column of songs");
    for line in lines.iter().take_while(|line| !line.iter().collect::<String>().contains("pitch classes")) {
        assert!(line[column - 1] == ' ' && line[column] != ' ', "{text}");
    }
}
