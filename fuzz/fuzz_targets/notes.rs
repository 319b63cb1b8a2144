//! Any notes: to tokens and back, the second round equals the first; any tokens are music that can be written and read.
#![no_main]

use gpu_lstm::music::events::{Token, decode, encode, events_to_tokens, tokens_to_events};
use gpu_lstm::music::key::find;
use gpu_lstm::music::midi::{Note, WriteOptions, read, sort_and_merge, write};
use libfuzzer_sys::fuzz_target;

fn round_trip(notes: &[Note]) -> Vec<Note> {
    decode(&tokens_to_events(&events_to_tokens(&encode(notes))))
}

fn check(notes: &[Note]) {
    let once = round_trip(notes);
    assert_eq!(once.len(), notes.len());
    assert_eq!(round_trip(&once), once);
    find(notes, None);
    let bytes = write(notes, &WriteOptions::default());
    if notes.iter().any(|note| note.onset < 1 << 23) {
        let song = read(&bytes, "fuzz.mid").expect("notes").remove(0);
        assert!(song.report.warnings.is_empty(), "{:?}", song.report);
    }
}

fuzz_target!(|input: (Vec<(u32, u8, u32, u8, u8)>, Vec<Token>)| {
    let (notes, tokens) = input;
    let mut notes: Vec<Note> = notes
        .into_iter()
        .map(|(onset, pitch, duration, velocity, instrument)| {
            let (velocity, instrument) = (velocity.clamp(1, 127), instrument & 127);
            Note { onset, pitch: pitch & 127, duration: duration.max(1), velocity, instrument }
        })
        .collect();
    sort_and_merge(&mut notes);
    check(&notes);
    check(&decode(&tokens_to_events(&tokens)));
});
