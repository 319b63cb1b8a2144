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
// constants: onset, pitch, end and duration token of each note of the melody, by onset and pitch.
// kept: how many have been played, what the event is to the next one, and until when each pitch was last held.
// HAS_MELODY is in a file of its own, since there are kernels with and without a melody.
// src/music/melody.rs follows the events in the same way. Twin: src/model/reference/keep_melody.rs

const EARLIER = 0u;             // the event begins before the next note of the melody, or none is left
const WITH_NEXT = 1u;            // with it
const GIVEN = 2u;               // it is that note

const TOP = 0u;                 // voices
const BOTTOM = 1u;

const KEPT_SIZE = 130u;
const HELD = 2u;                // of kept: 128 ends
const PITCHES = 128u;
const MELODY_NOTE = 4u;         // numbers of a note

var<workgroup> held_lowest: atomic<u32>;        // of the notes of the melody that sound where the event begins
var<workgroup> held_highest: atomic<u32>;       // + 1
var<workgroup> has_room: atomic<u32>;           // whether another note can begin with the last event

fn kept_start(row: u32) -> u32 {
    return params.kept + row * KEPT_SIZE;
}

// Notes of the melody that have been played.
fn played(row: u32) -> u32 {
    return state[kept_start(row)];
}

fn relation(row: u32) -> u32 {
    return state[kept_start(row) + 1u];
}

// Part of a note of the melody: 0 onset, 1 pitch, 2 end, 3 duration token.
fn melody_note(i: u32, part: u32) -> u32 {
    return constants[params.melody + MELODY_NOTE * i + part];
}

fn is_left(row: u32) -> bool {
    return played(row) < params.melody_notes;
}

// How many notes of the melody are still to begin at a position.
fn due_notes(row: u32, position: u32) -> u32 {
    if !HAS_MELODY { return 0u; }
    let first = played(row);
    var count = 0u;
    while first + count < params.melody_notes && melody_note(first + count, 0u) == position {
        count += 1u;
    }
    return count;
}

// Before a draw: what sounds of the melody, and whether it leaves room for another note.
fn look_at_melody(row: u32, lane: u32) {
    if lane == 0u {
        atomicStore(&held_lowest, PITCHES);
        atomicStore(&held_highest, 0u);
        atomicStore(&has_room, 0u);
    }
    workgroupBarrier();
    for (var pitch = lane; pitch < PITCHES; pitch += LANES) {
        if is_held(row, pitch) {
            atomicMin(&held_lowest, pitch);
            atomicMax(&held_highest, pitch + 1u);
        }
    }
    workgroupBarrier();
    for (var pitch = lane; pitch < PITCHES; pitch += LANES) {
        let ascends = pitch >= context_at(row, LAST_PITCH);
        let is_free = constants[params.pitches + params.pitches_stride * row + pitch] != 0u && leaves_melody(row, pitch);
        if ascends && is_free {
            atomicStore(&has_room, 1u);
        }
    }
    workgroupBarrier();
}

// Whether a note of the melody with this pitch sounds where the event begins; the offset may be unknown yet.
fn is_held(row: u32, pitch: u32) -> bool {
    let position = context_at(row, select(NEXT + 3u, 3u, params.head == 0u));
    return state[kept_start(row) + HELD + pitch] > position;
}

// Whether a note of this pitch neither takes a pitch of the melody that sounds nor lies beyond.
fn leaves_melody(row: u32, pitch: u32) -> bool {
    let highest = atomicLoad(&held_highest);
    let is_beyond = (params.voice == TOP && pitch + 1u > highest)
        || (params.voice == BOTTOM && pitch < atomicLoad(&held_lowest));
    return !is_held(row, pitch) && !(highest > 0u && is_beyond);
}

// Whether the melody lets a class be drawn that may be drawn without it.
fn melody_allows(row: u32, v: u32, is_allowed: bool) -> bool {
    if params.head == 0u {
        let must_stay = due_notes(row, context_at(row, 3u)) > 0u;
        return is_allowed && (v > 0u || must_stay || atomicLoad(&has_room) > 0u);
    }
    if params.head == 2u { return is_allowed; }
    let ascends = context_at(row, NEXT) > 0u || v >= context_at(row, LAST_PITCH);
    if relation(row) == EARLIER { return is_allowed && ascends && leaves_melody(row, v); }
    let next = melody_note(played(row), 1u);
    let is_drawn_before = v < next && ascends && !is_held(row, v) && params.voice != BOTTOM;
    return v == next || (is_allowed && (v > next || is_drawn_before));
}

// The class that a drawn one stands for. One lane calls it.
fn keep_melody(row: u32, choice: u32) -> u32 {
    if params.head == 0u { return keep_offset(row, choice); }
    if params.head == 1u { return keep_pitch(row, choice); }
    return keep_duration(row, choice);
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

fn duration_of(id: u32) -> u32 {
    return constants[params.ticks + params.offsets + id];
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

// Where the event begins once its offset is known.
fn event_onset(row: u32) -> u32 {
    if HAS_MELODY && relation(row) != EARLIER { return melody_note(played(row), 0u); }
    return context_at(row, 3u) + constants[params.ticks + token(row, 0u)];
}

// Where it ends once its duration is known.
fn event_end(row: u32) -> u32 {
    if HAS_MELODY && relation(row) == GIVEN { return melody_note(played(row) - 1u, 2u); }
    return context_at(row, NEXT + 3u) + duration_of(token(row, 2u));
}
