//! What may be known of an event before it is predicted: its context, [`CONTEXT_SIZE`] numbers.
//!
//! | columns | what they hold |
//! |---|---|
//! | 0 to 3 | offset, note, duration and position of the last event; positions are in grid ticks from the beginning |
//! | 4 to 7 | the same of the event to predict, as far as it is known |
//! | 8, 9 | of the notes that sound after the last event: ticks until the first ends, and how many there are |
//! | 10, 11 | the same where the event to predict begins |
//! | 12 to 17 | pitches + 1 of the notes that sound there, latest first; 0 for none |
//! | 18 to 23 | pitches + 1 of the notes that ended since the onset before: the chord that it follows |
//! | 24 to 31 | offsets + 1 of the last 8 events, latest first; 0 before the piece |
//! | 32 to 39 | their notes + 1 |
//! | 40 to 47 | their durations + 1 |
//! | 48, 49 | lowest and highest pitch + 1 that sound where the event to predict begins; 0 for none |
//! | 50 | pitch + 1 of the note that has the place of this one in the chord of the onset before, or the last place |
//! | 51 | that place: how many notes have begun with this one so far |
//! | 52 | how many notes have begun with the last one, itself among them |
//! | 53, 54 | velocity of the last event; of the event to predict, as far as it is known |
//! | 55 to 62 | velocities + 1 of the last 8 events, latest first; 0 before the piece |
//! | 63, 64 | instrument of the last event; of the event to predict, as far as it is known |
//! | 65 to 72 | instruments + 1 of the last 8 events, latest first; 0 before the piece |

use crate::music::events::{BOS, FIELDS, Field};

/// The first column of the event to predict.
pub const NEXT: usize = 4;

/// The columns of the positions: of the last event, and of the event to predict.
pub const POSITIONS: [usize; 2] = [3, 7];

/// The first column that comes from the notes before; 10 to 23 and 48 to 51 need the offset of the event, too.
pub const HISTORY: usize = 8;

/// Where a context says how many notes sound and until when.
pub const CHORD: usize = HISTORY;

/// Where it has the pitches that sound.
pub const SOUNDING: usize = 12;

/// Where it has the pitches that have ended.
pub const ENDED: usize = SOUNDING + CHORD_SLOTS;

/// Where it has the last offsets, then the last notes, then the last durations.
pub const LAST: usize = ENDED + CHORD_SLOTS;

/// Where it has the lowest and the highest pitch that sound, the pitch of the same place in the chord before, and the place.
pub const VOICES: usize = LAST + 3 * LAST_EVENTS;

/// Where it says how many notes have begun with the last one.
pub const TOGETHER: usize = VOICES + 4;

/// The first column of the fields beyond offset, pitch and duration, which have their columns together.
pub const EXTRA: usize = TOGETHER + 1;

/// Columns of each of these fields.
const EXTRA_COLUMNS: usize = 2 + LAST_EVENTS;

/// Numbers in a context.
pub const CONTEXT_SIZE: usize = EXTRA + EXTRA_FIELDS * EXTRA_COLUMNS;

/// Fields beyond offset, pitch and duration.
const EXTRA_FIELDS: usize = FIELDS - Field::CORE.len();

/// Numbers from [`HISTORY`] to [`EXTRA`].
pub const HISTORY_SIZE: usize = EXTRA - HISTORY;

/// The column of a field of the last event.
pub fn last_column(field: Field) -> usize {
    extra(field).unwrap_or(field.index())
}

/// The column of a field of the event to predict.
pub fn next_column(field: Field) -> usize {
    extra(field).map_or(NEXT + field.index(), |first| first + 1)
}

/// The first of the columns of a field of the last events, of which there are [`LAST_EVENTS`].
pub fn recent_column(field: Field) -> usize {
    extra(field).map_or(LAST + LAST_EVENTS * field.index(), |first| first + 2)
}

/// The first column of a field that has its columns together.
fn extra(field: Field) -> Option<usize> {
    field.index().checked_sub(Field::CORE.len()).map(|number| EXTRA + EXTRA_COLUMNS * number)
}

/// The context of the first event of a piece: what comes before is [`BOS`].
pub fn beginning() -> [u32; CONTEXT_SIZE] {
    let mut context = [0; CONTEXT_SIZE];
    Field::ALL.iter().for_each(|&field| context[last_column(field)] = BOS[field.index()]);
    context
}

/// Notes that sound, and notes that have ended, that find a place.
pub const CHORD_SLOTS: usize = 6;

/// Events that the heads are conditioned on one by one.
pub const LAST_EVENTS: usize = 8;

/// The lookback window in notes for what sounds.
pub const RECENT_NOTES: usize = 32;

/// Places in a chord that have a row of their own.
pub const CHORD_PLACES: usize = 16;

/// The longest remaining duration with a row of its own, in ticks.
pub const MAX_REMAINING: usize = 96;
