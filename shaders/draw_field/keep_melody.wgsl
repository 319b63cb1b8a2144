// Draws around a melody: each of its notes comes at its onset, with its pitch and its length, and the others are drawn.
// What is drawn beyond the next note of the melody becomes that note, so it is as likely as all of that together:
//
//     offset      one that leads beyond the onset of the next note, and the end, lead to it; the event is that note
//                 the one that leads there may begin other notes below it first
//     pitch       of an event at that onset: from the note's pitch upwards, the event is that note
//     duration    that of the note; another one ends where its pitch, or a note that it would lie beyond, is to begin
//
// Never drawn: a pitch of the melody while it sounds; beyond the outermost note of the melody that sounds, as
// params.voice has it; an offset of 0 where that leaves no pitch above the last one, and then a pitch below. Notes of
// the melody that are to begin with an event count as sounding, so that those drawn before them fit; see fetch_recent.
//
// What is left of the melody, and what of it sounds, is in melody_notes.wgsl.
// src/music/melody.rs follows the events in the same way. Twin: src/model/reference/keep_melody.rs

// Whether the melody lets a class be drawn that may be drawn without it.
fn melody_allows(row: u32, v: u32, is_allowed: bool) -> bool {
    if params.field == 0u {
        let must_stay = due_notes(row, context_at(row, 3u)) > 0u;
        return is_allowed && (v > 0u || must_stay || atomicLoad(&has_room) > 0u);
    }
    if params.field > 1u { return is_allowed; }
    let ascends = context_at(row, NEXT) > 0u || v >= context_at(row, LAST_PITCH);
    if relation(row) == EARLIER { return is_allowed && ascends && leaves_melody(row, v); }
    let next = melody_note(played(row), 1u);
    let is_drawn_before = v < next && ascends && !is_held(row, v) && params.voice != BOTTOM;
    return v == next || (is_allowed && (v > next || is_drawn_before));
}

// The class that a drawn one stands for. One lane calls it.
fn keep_melody(row: u32, choice: u32) -> u32 {
    if params.field == 0u { return keep_offset(row, choice); }
    if params.field == 1u { return keep_pitch(row, choice); }
    if params.field == 2u { return keep_duration(row, choice); }
    return choice;
}

fn keep_offset(row: u32, choice: u32) -> u32 {
    var next = choice;
    var related = EARLIER;
    if is_left(row) {
        next = nearest_offset(melody_note(played(row), 0u) - context_at(row, 3u));
        related = select(select(EARLIER, WITH_NEXT, choice == next), GIVEN, choice > next);
    }
    state[kept_start(row) + 1u] = related;
    return min(choice, next);
}

fn keep_pitch(row: u32, choice: u32) -> u32 {
    if relation(row) == EARLIER { return choice; }
    let next = melody_note(played(row), 1u);
    if relation(row) == WITH_NEXT && choice < next { return choice; }
    state[kept_start(row) + 1u] = GIVEN;
    return next;
}

fn keep_duration(row: u32, choice: u32) -> u32 {
    let first = played(row);
    let pitch = token(row, 1u);
    if relation(row) == GIVEN {
        state[kept_start(row)] = first + 1u;
        state[kept_start(row) + HELD + pitch] = melody_note(first, 2u);
        return melody_note(first, 3u);
    }
    // The note that ends it is the first in its way.
    let onset = context_at(row, NEXT + 3u);
    var longest = duration_of(choice);
    for (var i = first; i < params.melody_notes && melody_note(i, 0u) < onset + longest; i++) {
        let other = melody_note(i, 1u);
        let is_beyond = (params.voice == TOP && pitch > other) || (params.voice == BOTTOM && pitch < other);
        if melody_note(i, 0u) > onset && (pitch == other || is_beyond) {
            longest = melody_note(i, 0u) - onset;
        }
    }
    var id = choice;
    while id > 0u && duration_of(id) > longest {
        id -= 1u;
    }
    return id;
}

// The class of an offset in ticks, the longer of two that are as near; the last class ends the piece.
fn nearest_offset(ticks: u32) -> u32 {
    var id = 0u;
    while id + 2u < params.offsets
        && constants[params.ticks + id] + constants[params.ticks + id + 1u] <= 2u * ticks {
        id += 1u;
    }
    return id;
}
