//! What an event is conditioned on while it is drawn. Twin of `shaders/draw_field/follow_event.wgsl`.

use crate::music::context::{
    CHORD, CHORD_PLACES, CHORD_SLOTS, LAST, LAST_EVENTS, MAX_REMAINING, POSITIONS, RECENT_NOTES, TOGETHER, VOICES,
    last_column, next_column, recent_column,
};
use crate::music::events::Field;

/// `field` of the event to predict becomes `token`; `ends` says that it is the last one, which completes the event.
///
/// `ticks` is what the token of an offset stands for, in grid ticks, and with the last field what that of the duration
/// stands for. `played` is pitch, onset and end of all notes of the piece so far; the last field adds one. `due` is the
/// same of notes of a melody that will begin with the event, see [`KeptMelody::due`](super::KeptMelody::due): they count as
/// sounding. `context` is that of [`context`](crate::music::context).
pub fn follow_event(
    field: Field,
    token: u32,
    ticks: u32,
    ends: bool,
    played: &mut Vec<[u32; 3]>,
    due: &[[u32; 3]],
    context: &mut [u32],
) {
    let [last, next] = POSITIONS;
    context[next_column(field)] = token;
    if field == Field::Offset {
        context[next] = context[last] + ticks;
        let notes = [played, due].concat();
        let chord = chord(&notes, context[next]);
        context[CHORD + 2..LAST].copy_from_slice(&chord);
        let voices = voices(&notes, context[next]);
        context[VOICES..TOGETHER].copy_from_slice(&voices);
    }
    if ends {
        played.push([context[next_column(Field::Pitch)], context[next], context[next] + ticks]);
        for field in Field::ALL {
            let token = context[next_column(field)];
            context[last_column(field)] = token;
            let list = &mut context[recent_column(field)..][..LAST_EVENTS];
            list.rotate_right(1);
            list[0] = token + 1;
        }
        context[last] = context[next];
        let chord = chord(&[played, due].concat(), context[last]);
        context[CHORD..CHORD + 2].copy_from_slice(&chord[..2]);
        let together = played.iter().rev().take_while(|note| note[1] == context[last]).count();
        context[TOGETHER] = together.min(CHORD_PLACES - 1) as u32;
    }
}

/// Lowest and highest pitch + 1 that sound, pitch + 1 of the same place in the chord before, and the place.
fn voices(played: &[[u32; 3]], position: u32) -> [u32; 4] {
    let recent = &played[played.len().saturating_sub(RECENT_NOTES)..];
    let sounding = || recent.iter().filter(|note| note[2] > position).map(|note| note[0] + 1);
    let place = recent.iter().filter(|note| note[1] == position).count();
    let before = recent.iter().map(|note| note[1]).filter(|&onset| onset < position).max();
    let chord: Vec<u32> = recent.iter().filter(|note| Some(note[1]) == before).map(|note| note[0] + 1).collect();
    let same = chord.iter().take(place + 1).next_back().copied().unwrap_or(0);
    [sounding().min().unwrap_or(0), sounding().max().unwrap_or(0), same, place.min(CHORD_PLACES - 1) as u32]
}

/// Time until the first of the sounding notes ends, their number, and the pitches.
fn chord(played: &[[u32; 3]], position: u32) -> Vec<u32> {
    let latest_first: Vec<_> = played.iter().rev().take(RECENT_NOTES).collect();
    let before = latest_first.iter().map(|note| note[1]).filter(|&onset| onset < position).max().unwrap_or(0);
    let (sounding, silent): (Vec<&[u32; 3]>, Vec<_>) = latest_first.into_iter().partition(|note| note[2] > position);
    let remaining = sounding.iter().map(|note| note[2] - position).min().unwrap_or(0);
    let mut chord = vec![remaining.min(MAX_REMAINING as u32), sounding.len() as u32];
    let ended = silent.into_iter().filter(|note| note[2] > before).collect();
    for notes in [sounding, ended] {
        let pitches = notes.iter().map(|note| note[0] + 1);
        chord.extend(pitches.chain(std::iter::repeat(0)).take(CHORD_SLOTS));
    }
    debug_assert_eq!(chord.len(), LAST - CHORD - 2);
    chord
}
