//! How pieces sound: what is played when, and the level, length and end of the samples.

mod damaged;
mod playing;
mod samples;
mod soundfonts;

use gpu_lstm::listen::{Audio, Instrument};
use gpu_lstm::music::midi::Performance;

/// Ticks in a beat of [`file`]; without a tempo a beat has half a second.
const BEAT: u8 = 96;

/// A MIDI file of format 1 with tracks of events, each with the ticks before it.
fn file(tracks: &[&[(u8, &[u8])]]) -> Vec<u8> {
    let mut bytes = [b"MThd", &[0, 0, 0, 6, 0, 1, 0, tracks.len() as u8, 0, BEAT][..]].concat();
    for track in tracks {
        let mut events: Vec<u8> = track.iter().flat_map(|(delta, event)| [&[*delta], *event].concat()).collect();
        events.extend([0, 0xff, 0x2f, 0]);
        bytes.extend([b"MTrk", &(events.len() as u32).to_be_bytes()[..], &events].concat());
    }
    bytes
}

fn performance(tracks: &[&[(u8, &[u8])]]) -> Performance {
    Performance::read(&file(tracks), "test.mid").expect("a file with notes")
}

fn render(piece: &Performance, instrument: &Instrument) -> Audio {
    Audio::render(piece, "test.mid", instrument).expect("it plays")
}

/// Root mean square of both sides between two times in seconds.
fn level(audio: &Audio, from: f64, to: f64) -> f64 {
    let frames = &audio.frames[(from * 44_100.0) as usize..(to * 44_100.0) as usize];
    let power: f64 = frames.iter().flatten().map(|sample| f64::from(*sample).powi(2)).sum();
    (power / frames.len() as f64 / 2.0).sqrt()
}

/// The even number of Hz, 400 to 2000, that is strongest between two times.
fn frequency(audio: &Audio, from: f64, to: f64) -> u32 {
    let frames = &audio.frames[(from * 44_100.0) as usize..(to * 44_100.0) as usize];
    let power = |hertz: u32| {
        let turn = f64::from(hertz) * std::f64::consts::TAU / 44_100.0;
        let parts = frames.iter().enumerate().map(|(at, frame)| {
            let (sin, cos) = (turn * at as f64).sin_cos();
            (f64::from(frame[0]) * sin, f64::from(frame[0]) * cos)
        });
        let (sin, cos) = parts.fold((0.0, 0.0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
        sin * sin + cos * cos
    };
    (400..2000).step_by(2).max_by(|one, other| power(*one).total_cmp(&power(*other))).expect("a range")
}
