//! What has been heard before an event: the notes that are held when it begins, those that have just ended, the scale, the
//! last events, and what followed them before.

use super::recall::{Recalled, recalled};
use crate::events::{OUTPUT_VOCAB_SIZES, Token, duration_ticks};
use crate::features::{
    CHORD_SLOTS, ENDED, HEARD, HEARD_SIZE, LAST, LAST_EVENTS, MAX_REMAINING, PITCH_CLASSES, RECALL, RECENT_NOTES,
    SCALE, SOUNDING, recall_columns,
};

/// A note that was played.
#[derive(Clone, Copy, Debug)]
struct Played {
    token: Token,
    onset: u32,
    end: u32,
}

/// What has been heard before one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Heard {
    /// The columns up to those of what is recalled. None is above 131, so that a byte each is enough.
    recent: [u8; RECENT_COLUMNS],
    recalled: Recalled,
}

/// Columns of a context that come from the recent notes.
const RECENT_COLUMNS: usize = RECALL - HEARD;

/// For each event and for END. `positions` are the onsets of the events in grid ticks.
pub(super) fn heard(tokens: &[Token], positions: &[u32]) -> Vec<Heard> {
    let played: Vec<Played> = tokens
        .iter()
        .zip(positions)
        .map(|(&token, &onset)| Played { token, onset, end: onset.saturating_add(duration_ticks(token[2])) })
        .collect();
    let before = |row: usize| &played[row.saturating_sub(RECENT_NOTES)..row];
    recalled(tokens)
        .into_iter()
        .enumerate()
        .map(|(row, recalled)| {
            let last = if row == 0 { 0 } else { positions[row - 1] };
            let next = positions.get(row).copied().unwrap_or(last);
            let recent =
                heard_before(before(row), last, next).map(|number| u8::try_from(number).expect("small numbers"));
            Heard { recent, recalled }
        })
        .collect()
}

/// `last` is where the last of the notes began, `next` where the note to predict begins.
fn heard_before(recent: &[Played], last: u32, next: u32) -> [u32; RECENT_COLUMNS] {
    let latest_first = || recent.iter().rev();
    let held = |at: u32| latest_first().filter(move |note| note.end > at);
    let remaining = |at: u32| held(at).map(|note| note.end - at).min().unwrap_or(0).min(MAX_REMAINING as u32);
    // The chord before this one began at the last onset that is not `next`.
    let before = latest_first().map(|note| note.onset).find(|&onset| onset < next).unwrap_or(0);
    let ended = latest_first().filter(|note| note.end > before && note.end <= next);

    let mut heard = [0; RECENT_COLUMNS];
    let counts = [remaining(last), held(last).count() as u32, remaining(next), held(next).count() as u32];
    heard[..SOUNDING - HEARD].copy_from_slice(&counts);
    for note in recent {
        heard[SCALE - HEARD + note.token[1] as usize % PITCH_CLASSES] += 1;
    }
    let mut list = |first: usize, len: usize, numbers: &mut dyn Iterator<Item = u32>| {
        heard[first - HEARD..][..len].iter_mut().zip(numbers).for_each(|(slot, number)| *slot = number + 1);
    };
    list(SOUNDING, CHORD_SLOTS, &mut held(next).map(|note| note.token[1]));
    list(ENDED, CHORD_SLOTS, &mut ended.map(|note| note.token[1]));
    for part in 0..3 {
        list(LAST + LAST_EVENTS * part, LAST_EVENTS, &mut latest_first().map(|note| note.token[part]));
    }
    heard
}

impl Heard {
    /// The columns of a context from [`HEARD`] on, `shift` semitones higher: see [`crate::features`].
    pub(super) fn columns(&self, shift: i32) -> [u32; HEARD_SIZE] {
        let mut columns: [u32; HEARD_SIZE] = [0; HEARD_SIZE];
        let (recent, recall) = columns.split_at_mut(RECENT_COLUMNS);
        for (column, &number) in recent.iter_mut().zip(&self.recent) {
            *column = number.into();
        }
        for pitches in [SOUNDING..SCALE, LAST + LAST_EVENTS..LAST + 2 * LAST_EVENTS] {
            for pitch in recent[pitches.start - HEARD..pitches.end - HEARD].iter_mut().filter(|pitch| **pitch > 0) {
                *pitch = pitch.wrapping_add_signed(shift);
            }
        }
        recent[SCALE - HEARD..LAST - HEARD].rotate_right(shift.rem_euclid(PITCH_CLASSES as i32) as usize);
        let Recalled { offset, note, duration, run, distance } = self.recalled;
        let note = (note + shift).clamp(0, OUTPUT_VOCAB_SIZES[1] as i32 - 1) as u32;
        recall.copy_from_slice(&recall_columns([offset, note, duration], run, distance, OUTPUT_VOCAB_SIZES));
        columns
    }
}
