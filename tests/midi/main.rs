//! MIDI files in and out, by files built byte by byte.

mod damage;
mod files;
mod folder;
mod notes;
mod writing;

use gpu_lstm::music::midi::{Note, Song, read};

/// End of track.
const END: [u8; 4] = [0, 0xff, 0x2f, 0];
/// Middle C for one beat at 96 ticks a beat, on channel 1.
const C: [u8; 8] = [0, 0x90, 60, 64, 96, 0x80, 60, 64];

/// A chunk with its length.
fn chunk(id: &[u8; 4], body: &[u8]) -> Vec<u8> {
    [id, &(body.len() as u32).to_be_bytes()[..], body].concat()
}

/// A header.
fn header(format: u16, tracks: u16, division: u16) -> Vec<u8> {
    let words = [format, tracks, division];
    chunk(b"MThd", &words.map(u16::to_be_bytes).concat())
}

/// A file with 96 ticks a beat whose tracks are whole.
fn file(format: u16, tracks: &[&[u8]]) -> Vec<u8> {
    let mut bytes = header(format, tracks.len() as u16, 96);
    for track in tracks {
        bytes.extend(chunk(b"MTrk", track));
    }
    bytes
}

/// A file of one track with these events; END is added.
fn one(events: &[u8]) -> Vec<u8> {
    file(0, &[&[events, &END].concat()])
}

/// As loud as most strikes of these tests.
fn note(onset: u32, pitch: u8, duration: u32) -> Note {
    Note { velocity: 64, ..Note::new(onset, pitch, duration) }
}

/// The only song of a file.
fn song(bytes: &[u8]) -> Song {
    let mut songs = read(bytes, "test.mid").expect("a readable file");
    assert_eq!(songs.len(), 1);
    songs.remove(0)
}
