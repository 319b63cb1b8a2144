// The melody of keep_melody.wgsl: what is left of it, what of it sounds, and where the event that is drawn begins and ends.
//
// constants: onset, pitch, end and duration token of each note of the melody, by onset and pitch.
// kept: how many have been played, what the event is to the next one, and until when each pitch was last held.
// HAS_MELODY is in a file of its own, since there are kernels with and without a melody.

const EARLIER = 0u;             // the event begins before the next note of the melody, or none is left
const WITH_NEXT = 1u;           // with it
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
    let position = context_at(row, select(NEXT + 3u, 3u, params.field == 0u));
    return state[kept_start(row) + HELD + pitch] > position;
}

// Whether a note of this pitch neither takes a pitch of the melody that sounds nor lies beyond.
fn leaves_melody(row: u32, pitch: u32) -> bool {
    let highest = atomicLoad(&held_highest);
    let is_beyond = (params.voice == TOP && pitch + 1u > highest)
        || (params.voice == BOTTOM && pitch < atomicLoad(&held_lowest));
    return !is_held(row, pitch) && !(highest > 0u && is_beyond);
}

fn duration_of(id: u32) -> u32 {
    return constants[params.ticks + params.offsets + id];
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
