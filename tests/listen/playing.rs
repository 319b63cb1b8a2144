//! Messages with their times, and notes with their pedal.

use super::{BEAT, performance};
use gpu_lstm::listen::{Sounding, sounding};
use gpu_lstm::music::midi::Performance;

const PEDAL_DOWN: &[u8] = &[0xb0, 64, 127];
const PEDAL_UP: &[u8] = &[0xb0, 64, 0];
const ON: &[u8] = &[0x90, 60, 100];
const OFF: &[u8] = &[0x80, 60, 0];

fn times(piece: &Performance) -> Vec<(f64, f64, f64)> {
    sounding(piece).iter().map(|note| (note.start, note.released, note.end)).collect()
}

#[test]
fn messages_come_at_their_times_through_changes_of_tempo() {
    // A second for a beat from the second beat on; the tempo is in another track.
    let slow: &[u8] = &[0xff, 0x51, 3, 0x0f, 0x42, 0x40];
    let piece = performance(&[&[(BEAT, slow)], &[(0, ON), (BEAT, OFF), (0, &[0x91, 64, 50]), (BEAT, &[0x81, 64, 0])]]);
    let seconds: Vec<f64> = piece.messages.iter().map(|message| message.seconds).collect();
    assert_eq!(seconds, [0.0, 0.5, 0.5, 1.5]);
    assert_eq!(piece.tempo, 120.0);
    assert_eq!((piece.messages[2].channel, piece.messages[2].status, piece.messages[2].data), (1, 0x90, [64, 50]));
}

#[test]
fn bars_follow_the_time_signature() {
    let three_four: &[u8] = &[0xff, 0x58, 4, 3, 2, 24, 8];
    let long: &[(u8, &[u8])] = &[(0, three_four), (0, ON), (BEAT, ON), (BEAT, ON), (BEAT, ON), (BEAT, OFF)];
    assert_eq!(performance(&[long]).bars, [0.0, 1.5]);
    assert_eq!(performance(&[&long[1..]]).bars, [0.0, 2.0], "4/4 where nothing is said");
}

#[test]
fn the_pedal_holds_notes_until_it_rises() {
    let held = performance(&[&[(0, PEDAL_DOWN), (0, ON), (BEAT, OFF), (BEAT, PEDAL_UP), (BEAT, ON), (BEAT, OFF)]]);
    assert_eq!(times(&held), [(0.0, 0.5, 1.0), (1.5, 2.0, 2.0)]);
    let struck_again = performance(&[&[(0, PEDAL_DOWN), (0, ON), (BEAT, OFF), (BEAT, ON), (BEAT, OFF)]]);
    assert_eq!(times(&struck_again), [(0.0, 0.5, 1.0), (1.0, 1.5, 1.5)], "and the last message ends what is held");
}

#[test]
fn hung_notes_end_and_drums_are_no_pitches() {
    let piece = performance(&[&[(0, ON), (0, &[0x99, 36, 127]), (BEAT, &[0x91, 67, 80]), (BEAT, &[0xb1, 123, 0])]]);
    let notes = sounding(&piece);
    assert_eq!(times(&piece), [(0.0, 1.0, 1.0), (0.5, 1.0, 1.0)]);
    let note = Sounding { start: 0.5, released: 1.0, end: 1.0, pitch: 67, velocity: 80, channel: 1 };
    assert_eq!(notes[1], note);
}

#[test]
fn a_file_without_notes_is_an_error_with_its_name() {
    let error = Performance::read(&super::file(&[&[(0, PEDAL_DOWN)]]), "silent.mid").expect_err("no notes");
    assert!(error.to_string().starts_with("silent.mid cannot be read as MIDI: it has no notes"), "{error}");
    assert!(Performance::read(b"no MIDI", "text.mid").is_err());
}

#[test]
fn pieces_of_format_2_follow_each_other() {
    let mut bytes = super::file(&[&[(0, ON), (BEAT, OFF)], &[(0, ON), (BEAT, OFF)]]);
    bytes[9] = 2;
    let piece = Performance::read(&bytes, "two.mid").expect("notes");
    assert_eq!(times(&piece), [(0.0, 0.5, 0.5), (0.5, 1.0, 1.0)]);
}

#[test]
fn a_scrambled_file_gives_times_in_order_or_an_error() {
    let tempo: &[u8] = &[0xff, 0x51, 3, 0x0f, 0x42, 0x40];
    let signature: &[u8] = &[0xff, 0x58, 4, 3, 2, 24, 8];
    let whole =
        super::file(&[&[(0, tempo), (BEAT, signature)], &[(0, PEDAL_DOWN), (0, ON), (BEAT, OFF), (9, PEDAL_UP)]]);
    let mut state = 1_u32;
    let mut draw = |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % below
    };
    let mut read = 0;
    for _ in 0..2000 {
        let mut bytes = whole.clone();
        for _ in 0..=draw(4) {
            let at = draw(bytes.len());
            bytes[at] = [0, 1, 127, 128, 255, draw(256) as u8][draw(6)];
        }
        let Ok(piece) = Performance::read(&bytes, "scrambled.mid") else { continue };
        read += 1;
        assert!(piece.messages.is_sorted_by_key(|message| message.seconds), "{bytes:?}");
        assert!(piece.seconds().is_finite() && piece.tempo > 0.0, "{bytes:?}");
        let notes = sounding(&piece);
        assert!(notes.iter().all(|note| note.start < note.end && note.released <= note.end), "{bytes:?}");
    }
    assert!((200..2000).contains(&read), "{read} of 2000 could be read");
}
