//! What sounds around an event: the notes that are held when it begins, those that have just ended, and the scale.

use crate::events::{Token, duration_ticks};
use crate::features::{
    CHORD_PITCHES, CHORD_SCALE, CHORD_SIZE, CHORD_SLOTS, MAX_REMAINING, PITCH_CLASSES, RECENT_NOTES,
};

/// A note that was played.
#[derive(Clone, Copy, Debug)]
struct Played {
    pitch: u32,
    onset: u32,
    end: u32,
}

/// For each event and for END, [`CHORD_SIZE`] numbers: see [`crate::features`].
///
/// `positions` are the onsets of the events in grid ticks.
pub(super) fn chords(tokens: &[Token], positions: &[u32]) -> Vec<[u32; CHORD_SIZE]> {
    let played: Vec<Played> = tokens
        .iter()
        .zip(positions)
        .map(|(token, &onset)| Played { pitch: token[1], onset, end: onset.saturating_add(duration_ticks(token[2])) })
        .collect();
    let before = |row: usize| &played[row.saturating_sub(RECENT_NOTES)..row];
    (0..=tokens.len())
        .map(|row| {
            let heard = if row == 0 { 0 } else { positions[row - 1] };
            chord(before(row), heard, positions.get(row).copied().unwrap_or(heard))
        })
        .collect()
}

/// `heard` is where the last of the notes began, `next` where the note to predict begins.
fn chord(recent: &[Played], heard: u32, next: u32) -> [u32; CHORD_SIZE] {
    let held = |at: u32| recent.iter().rev().filter(move |note| note.end > at);
    let remaining = |at: u32| held(at).map(|note| note.end - at).min().unwrap_or(0).min(MAX_REMAINING as u32);
    // The chord before this one began at the last onset that is not `next`.
    let before = recent.iter().rev().map(|note| note.onset).find(|&onset| onset < next).unwrap_or(0);
    let ended = recent.iter().rev().filter(|note| note.end > before && note.end <= next);

    let mut chord = [0; CHORD_SIZE];
    chord[0] = remaining(heard);
    chord[1] = held(heard).count() as u32;
    chord[2] = remaining(next);
    chord[3] = held(next).count() as u32;
    for note in recent {
        chord[CHORD_SCALE + note.pitch as usize % PITCH_CLASSES] += 1;
    }
    let (sounding, just_ended) = chord[CHORD_PITCHES..CHORD_SCALE].split_at_mut(CHORD_SLOTS);
    for (slot, note) in sounding.iter_mut().zip(held(next)) {
        *slot = note.pitch + 1;
    }
    for (slot, note) in just_ended.iter_mut().zip(ended) {
        *slot = note.pitch + 1;
    }
    chord
}

/// The same, `shift` semitones higher.
pub(super) fn transposed(chord: &[u32; CHORD_SIZE], shift: i32) -> [u32; CHORD_SIZE] {
    let mut moved = *chord;
    for pitch in moved[CHORD_PITCHES..CHORD_SCALE].iter_mut().filter(|pitch| **pitch > 0) {
        *pitch = pitch.wrapping_add_signed(shift);
    }
    moved[CHORD_SCALE..].rotate_right(shift.rem_euclid(PITCH_CLASSES as i32) as usize);
    moved
}
