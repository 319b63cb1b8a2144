//! The built-in piano: additive synthesis of struck strings.
//!
//! A tone is a sum of partials. Partial k has the frequency `k·f·√(1 + B·k²)`: the stiffness B of the string stretches
//! them. Their levels follow the place and the hardness of the hammer, so a louder tone is brighter; each dies away fast
//! at first and then slowly, high ones sooner than low ones. Two strings a little out of tune beat against each other,
//! one more to the left, one more to the right. A short noise is the blow of the hammer, and dampers end the tone.

use std::collections::BTreeMap;
use std::f64::consts::{PI, TAU};

use super::room;
use super::sounding::{Sounding, sounding};
use super::{SAMPLE_RATE, audio::frame};
use crate::music::midi::Performance;

/// Seconds in a sample.
const STEP: f64 = 1.0 / SAMPLE_RATE as f64;
/// Partials beyond this frequency in Hz are left out.
const HIGHEST: f64 = 10_000.0;
const MOST_PARTIALS: u32 = 40;
/// Longest tone in seconds.
const LONGEST: f64 = 15.0;
/// Seconds in which a damper takes a tone to 1/e.
const DAMPING: f64 = 0.09;
/// Seconds of a tone that are kept after its damper falls: it is at -97 dB by then.
const RELEASE: f64 = 1.0;
/// Keys from here on have no dampers.
const UNDAMPED: u8 = 90;
/// Half the distance of the two strings, as a share of the frequency: 0.3 cents.
const DETUNE: f64 = 0.00017;
/// Velocities that share one colour of tone.
const LAYER: u8 = 16;

/// Frames from the start until the last tone and the room have died away.
pub(super) fn play(piece: &Performance) -> Vec<[f32; 2]> {
    let notes = sounding(piece);
    let end = notes.iter().map(|note| note.end + damping(note.pitch)).fold(0.0, f64::max);
    let mut frames = vec![[0.0; 2]; frame(end + room::SECONDS)];
    // Notes that share a tone, so that one tone is in memory at a time.
    let mut tones: BTreeMap<(u8, u8), Vec<Sounding>> = BTreeMap::new();
    for note in notes {
        tones.entry((note.pitch, note.velocity / LAYER)).or_default().push(note);
    }
    for ((pitch, layer), notes) in tones {
        let longest = notes.iter().map(|note| note.end - note.start).fold(0.0, f64::max) + damping(pitch);
        let hardness = (f64::from(layer * LAYER + LAYER / 2) / 127.0).min(1.0);
        let tone = tone(pitch, hardness, frame(longest.min(LONGEST)));
        for note in notes {
            add(&mut frames, &tone, &note);
        }
    }
    room::add(&mut frames);
    frames
}

/// Seconds that a tone needs to end after its damper falls, or would if it had one.
fn damping(pitch: u8) -> f64 {
    if pitch < UNDAMPED { RELEASE } else { 2.0 }
}

/// Adds a tone at the time, loudness and length of a note.
fn add(frames: &mut [[f32; 2]], tone: &[[f32; 2]], note: &Sounding) {
    let gain = (f64::from(note.velocity) / 127.0).powf(1.6) as f32;
    let damped = if note.pitch < UNDAMPED { frame(note.end - note.start) } else { usize::MAX };
    let decay = (-STEP / DAMPING).exp() as f32;
    let mut level = gain;
    for (at, (frame, sample)) in frames[frame(note.start)..].iter_mut().zip(tone).enumerate() {
        if at >= damped {
            level *= decay;
            if at > damped + (RELEASE / STEP) as usize {
                break;
            }
        }
        frame[0] += level * sample[0];
        frame[1] += level * sample[1];
    }
}

/// A tone of `frames` frames at most, that nothing damps; `hardness` of the blow is 0 to 1.
fn tone(pitch: u8, hardness: f64, frames: usize) -> Vec<[f32; 2]> {
    let frequency = 440.0 * ((f64::from(pitch) - 69.0) / 12.0).exp2();
    let stiffness = 3.5e-4 * ((f64::from(pitch) - 60.0) / 8.0).exp2().max(0.25);
    // Low strings to the left, as the player has them.
    let place = 0.5 + 0.3 * (f64::from(pitch) - 64.0) / 44.0;
    let slow = 3.8 * ((60.0 - f64::from(pitch)) / 20.0).exp2();
    let mut tone = vec![[0.0; 2]; frames];
    for k in 1..=MOST_PARTIALS {
        let n = f64::from(k);
        let partial = n * frequency * (1.0 + stiffness * n * n).sqrt();
        if partial > HIGHEST {
            break;
        }
        let level = 0.2 * (PI * n * 0.122).sin().abs() / n.powf(1.4) * (-partial / (700.0 + 5000.0 * hardness)).exp();
        let seconds = slow / (1.0 + 0.2 * (n - 1.0));
        for (string, shift) in [(0.12, 1.0 - DETUNE), (-0.12, 1.0 + DETUNE)] {
            let angle = (place + string).clamp(0.0, 1.0) * PI / 2.0;
            let sides = [level * angle.cos(), level * angle.sin()];
            // The phases of the partials differ, else they would all peak at once.
            add_partial(&mut tone, partial * shift, n * n, seconds, sides);
        }
    }
    add_blow(&mut tone, hardness, place);
    tone
}

/// Adds a partial that dies away: at first four times as fast as at the end.
fn add_partial(tone: &mut [[f32; 2]], frequency: f64, phase: f64, seconds: f64, sides: [f64; 2]) {
    let (turn_sin, turn_cos) = (TAU * frequency * STEP).sin_cos();
    let (mut sin, mut cos) = phase.sin_cos();
    let (mut fast, mut slow) = (0.7, 0.3);
    let (fast_decay, slow_decay) = ((-4.0 * STEP / seconds).exp(), (-STEP / seconds).exp());
    // The hammer needs a moment to set the string in motion: 2 ms.
    let mut attack = 1.0;
    let attack_decay = (-STEP / 0.002).exp();
    for frame in tone {
        let level = fast + slow;
        if level < 1e-4 {
            break;
        }
        let sample = sin * level * (1.0 - attack);
        frame[0] += (sides[0] * sample) as f32;
        frame[1] += (sides[1] * sample) as f32;
        (sin, cos) = (sin * turn_cos + cos * turn_sin, cos * turn_cos - sin * turn_sin);
        fast *= fast_decay;
        slow *= slow_decay;
        attack *= attack_decay;
    }
}

/// Adds the blow of the hammer: soft noise of a hundredth of a second.
fn add_blow(tone: &mut [[f32; 2]], hardness: f64, place: f64) {
    let mut state = 1_u32;
    let mut smooth = 0.0;
    let mut level = 0.05 * hardness;
    let decay = (-STEP / 0.01).exp();
    for frame in tone.iter_mut().take(SAMPLE_RATE as usize / 10) {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let noise = f64::from(state >> 8) / f64::from(1 << 23) - 1.0;
        smooth += 0.15 * (noise - smooth);
        frame[0] += (level * smooth * (1.0 - place)) as f32;
        frame[1] += (level * smooth * place) as f32;
        level *= decay;
    }
}
