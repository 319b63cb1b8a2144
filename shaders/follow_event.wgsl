// Follows an event that is being drawn: after each head, what the later heads and the next step are conditioned on.
//
//     offset      position = last position + its ticks; what sounds there, and the voices
//     note
//     duration    the note joins the recent ones and the scale, the event the last ones; it becomes the last event;
//                 what sounds after it
//
// context: [R, 64], its columns are those of src/features.rs. recent: [R, 97], the number of notes so far, then pitch,
// onset and end of the last 32 in a ring. All 0 is the beginning. One invocation follows one piece.
// Twin: src/reference/follow_event.rs

struct Params {
    rows: u32,          // R
    head: u32,          // the part that was drawn: 0 offset, 1 note, 2 duration
    offsets: u32,       // ticks of offsets, before those of durations
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> tokens: array<u32>;                // [R, 3]
@group(0) @binding(2) var<storage, read> ticks: array<u32>;                 // of each offset, of each duration
@group(0) @binding(3) var<storage, read_write> recent: array<u32>;
@group(0) @binding(4) var<storage, read_write> context: array<u32>;

const NEXT = 4u;                // columns of the context
const CHORD = 8u;
const SOUNDING = 12u;
const ENDED = 18u;
const SCALE = 24u;
const LAST = 36u;               // offsets + 1, notes + 1, durations + 1
const VOICES = 60u;
const CONTEXT_SIZE = 64u;

const SLOTS = 6u;
const RECENT = 32u;
const LAST_EVENTS = 8u;
const MAX_REMAINING = 96u;
const CHORD_PLACES = 16u;

// Pitch, onset and end of the note drawn `age` notes before the last one.
fn recent_note(row: u32, age: u32) -> vec3<u32> {
    let first = row * (1u + 3u * RECENT);
    let at = first + 1u + 3u * ((recent[first] + RECENT - 1u - age) % RECENT);
    return vec3<u32>(recent[at], recent[at + 1u], recent[at + 2u]);
}

// Puts a number before the others of a list.
fn push(column: u32, number: u32) {
    for (var i = LAST_EVENTS - 1u; i > 0u; i--) {
        context[column + i] = context[column + i - 1u];
    }
    context[column] = number;
}

@compute @workgroup_size(8)
fn follow_event(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = id.x;
    if row >= params.rows { return; }
    let last = CONTEXT_SIZE * row;
    let next = last + NEXT;
    let token = tokens[3u * row + params.head];
    context[next + params.head] = token;
    if params.head == 0u {
        let position = context[last + 3u] + ticks[token];
        context[next + 3u] = position;
        write_sounding(row, position, CHORD + 2u);
        write_pitches(row, position);
    }
    if params.head == 2u {
        let first = row * (1u + 3u * RECENT);
        let at = first + 1u + 3u * (recent[first] % RECENT);
        let onset = context[next + 3u];
        for (var part = 0u; part < 3u; part++) {
            push(last + LAST + LAST_EVENTS * part, context[next + part] + 1u);
        }
        let scale = last + SCALE;
        if recent[first] >= RECENT { context[scale + recent[at] % 12u] -= 1u; }
        context[scale + context[next + 1u] % 12u] += 1u;
        recent[at] = context[next + 1u];
        recent[at + 1u] = onset;
        recent[at + 2u] = onset + ticks[params.offsets + token];
        recent[first] += 1u;
        for (var i = 0u; i < 4u; i++) {
            context[last + i] = context[next + i];
        }
        write_sounding(row, onset, CHORD);
    }
}
