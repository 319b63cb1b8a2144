//! What an event is conditioned on besides the last one: the notes that sound where it begins, those that have just ended,
//! the last events, and the voices of the chords.

use crate::music::context::{
    CHORD_PLACES, CHORD_SLOTS, ENDED, HISTORY, HISTORY_SIZE, LAST, LAST_EVENTS, MAX_REMAINING, RECENT_NOTES, SOUNDING,
    TOGETHER, VOICES, recent_column,
};
use crate::music::events::{Field, Token, duration_ticks};

/// A note that was played.
#[derive(Clone, Copy, Debug)]
struct Played {
    token: Token,
    onset: u32,
    end: u32,
}

/// The columns of one event from [`HISTORY`] to [`EXTRA`](crate::music::context::EXTRA). None is above 131, so that a byte each is enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct History([u8; HISTORY_SIZE]);

/// For each event and for END. `positions` are the onsets of the events in grid ticks.
pub(super) fn history(tokens: &[Token], positions: &[u32]) -> Vec<History> {
    let played: Vec<Played> = tokens
        .iter()
        .zip(positions)
        .map(|(&token, &onset)| Played { token, onset, end: onset.saturating_add(duration_ticks(token[2])) })
        .collect();
    let before = |row: usize| &played[row.saturating_sub(RECENT_NOTES)..row];
    (0..=tokens.len())
        .map(|row| {
            let last = if row == 0 { 0 } else { positions[row - 1] };
            let next = positions.get(row).copied().unwrap_or(last);
            History(history_before(before(row), last, next).map(|number| u8::try_from(number).expect("small numbers")))
        })
        .collect()
}

/// `last` is where the last of the notes began, `next` where the note to predict begins.
fn history_before(recent: &[Played], last: u32, next: u32) -> [u32; HISTORY_SIZE] {
    let latest_first = || recent.iter().rev();
    let held = |at: u32| latest_first().filter(move |note| note.end > at);
    let remaining = |at: u32| held(at).map(|note| note.end - at).min().unwrap_or(0).min(MAX_REMAINING as u32);
    // The chord before this one began at the last onset that is not `next`.
    let before = latest_first().map(|note| note.onset).find(|&onset| onset < next).unwrap_or(0);
    let ended = latest_first().filter(|note| note.end > before && note.end <= next);

    let mut history = [0; HISTORY_SIZE];
    let counts = [remaining(last), held(last).count() as u32, remaining(next), held(next).count() as u32];
    history[..SOUNDING - HISTORY].copy_from_slice(&counts);
    let mut list = |first: usize, len: usize, numbers: &mut dyn Iterator<Item = u32>| {
        history[first - HISTORY..][..len].iter_mut().zip(numbers).for_each(|(slot, number)| *slot = number + 1);
    };
    list(SOUNDING, CHORD_SLOTS, &mut held(next).map(|note| note.token[1]));
    list(ENDED, CHORD_SLOTS, &mut ended.map(|note| note.token[1]));
    let lowest_and_highest = [held(next).map(|note| note.token[1]).min(), held(next).map(|note| note.token[1]).max()];
    list(VOICES, 2, &mut lowest_and_highest.into_iter().flatten());
    // Notes of one onset are sorted by pitch, and their place is counted from the lowest.
    let begun = |at: u32| recent.iter().filter(move |note| note.onset == at).count();
    let place = begun(next);
    let chord: Vec<u32> =
        recent.iter().filter(|note| note.onset == before && before < next).map(|note| note.token[1]).collect();
    list(VOICES + 2, 1, &mut chord.get(place).or(chord.last()).copied().into_iter());
    for field in Field::CORE {
        list(recent_column(field), LAST_EVENTS, &mut latest_first().map(|note| note.token[field.index()]));
    }
    history[VOICES + 3 - HISTORY] = place.min(CHORD_PLACES - 1) as u32;
    history[TOGETHER - HISTORY] = begun(last).min(CHORD_PLACES - 1) as u32;
    history
}

impl History {
    /// The columns, `shift` semitones higher: see [`crate::music::context`].
    pub(super) fn columns(&self, shift: i32) -> [u32; HISTORY_SIZE] {
        let mut columns = self.0.map(u32::from);
        for pitches in [SOUNDING..LAST, LAST + LAST_EVENTS..LAST + 2 * LAST_EVENTS, VOICES..VOICES + 3] {
            for pitch in columns[pitches.start - HISTORY..pitches.end - HISTORY].iter_mut().filter(|pitch| **pitch > 0)
            {
                *pitch = pitch.wrapping_add_signed(shift);
            }
        }
        columns
    }
}
