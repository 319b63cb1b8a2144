//! Any bytes as a MIDI file: an error or songs, and songs that are written and read again stay as they are.
#![no_main]

use gpu_lstm::music::midi::{Note, Pedal, Performance, WriteOptions, read, read_tracks, read_with, write};
use libfuzzer_sys::fuzz_target;

const NAME: &str = "fuzz.mid";

fn written_and_read(notes: &[Note]) -> Vec<Note> {
    read(&write(notes, &WriteOptions::default()), NAME).expect("what was written has notes").remove(0).notes
}

fuzz_target!(|bytes: &[u8]| {
    for pedal in [Pedal::Auto, Pedal::Hold, Pedal::Ignore] {
        let Ok(songs) = read_with(bytes, NAME, pedal) else { continue };
        assert!(!songs.is_empty());
        for song in songs {
            let places = |notes: &[Note]| notes.iter().map(|note| (note.onset, note.pitch)).collect::<Vec<_>>();
            assert!(places(&song.notes).is_sorted_by(|one, next| one < next), "{:?}", song.notes);
            assert!(!song.notes.is_empty() && song.notes.iter().all(|note| note.pitch < 128 && note.duration > 0));
            assert!(song.seconds.is_finite() && song.tempo.is_none_or(f64::is_finite));
            // A length may be cut where a pitch starts anew, once.
            let once = written_and_read(&song.notes);
            assert_eq!(places(&once), places(&song.notes));
            assert_eq!(written_and_read(&once), once);
        }
    }
    if let Ok(performance) = Performance::read(bytes, NAME) {
        assert!(performance.seconds().is_finite());
    }
    let _ = read_tracks(bytes, NAME, Pedal::Auto);
});
