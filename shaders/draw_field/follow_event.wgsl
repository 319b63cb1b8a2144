// Follows an event that is being drawn: after each field, what the later ones and the next event are conditioned on.
//
//     offset        position = last position + its ticks; what sounds there, and the voices
//     the last one  the note joins the recent ones, the event the last ones; it becomes the last event; what sounds after it,
//                   and how many have begun with it
//
// The columns of the context are those of src/model/conditioning.rs. recent: the number of notes so far, then pitch, onset and end of the
// last 32 in a ring. The lanes fetch the notes and lane 0 does the rest. Needs follow_chord.wgsl
// and keep_melody.wgsl.

const CHORD = 8u;               // columns of the context
const SOUNDING = 12u;
const ENDED = 18u;
const LAST = 24u;               // offsets + 1, pitches + 1, durations + 1
const TOGETHER = 52u;
const EXTRA = 53u;              // of velocity, then of instrument: last, next, and last events + 1

const SLOTS = 6u;
const RECENT = 32u;
const LAST_EVENTS = 8u;
const EXTRA_COLUMNS = 2u + LAST_EVENTS;
const MAX_REMAINING = 96u;
const CHORD_PLACES = 16u;

var<workgroup> recent_notes: array<vec3<u32>, RECENT>;      // pitch, onset and end, the latest first

fn recent_start(row: u32) -> u32 {
    return params.recent + row * (1u + 3u * RECENT);
}

// Fills recent_notes; those before the first are 0. Notes of the melody that are to begin with the event come first,
// with no onset yet.
fn fetch_recent(row: u32, lane: u32) {
    let due = due_notes(row, context_at(row, NEXT + 3u));
    if lane < min(due, RECENT) {
        let i = played(row) + due - 1u - lane;
        recent_notes[lane] = vec3<u32>(melody_note(i, 1u), 0xffffffffu, melody_note(i, 2u));
    } else if lane < RECENT {
        let first = recent_start(row);
        let at = first + 1u + 3u * ((state[first] + RECENT - 1u - (lane - due)) % RECENT);
        recent_notes[lane] = vec3<u32>(state[at], state[at + 1u], state[at + 2u]);
    }
    workgroupBarrier();
}

// Notes of recent_notes that there are.
fn recent_count(row: u32) -> u32 {
    return min(state[recent_start(row)] + due_notes(row, context_at(row, NEXT + 3u)), RECENT);
}

// `ends` says that the field completes the event.
fn follow_event(row: u32, field: u32, ends: bool, lane: u32) {
    if lane == 0u {
        set_context(row, next_column(field), token(row, field));
        if field == 0u { set_context(row, NEXT + 3u, event_onset(row)); }
    }
    if field == 0u {
        workgroupBarrier();
        storageBarrier();
        fetch_recent(row, lane);
        if lane == 0u {
            let position = context_at(row, NEXT + 3u);
            write_sounding(row, position, CHORD + 2u);
            write_pitches(row, position);
        }
    }
    workgroupBarrier();
    storageBarrier();
    if !ends { return; }
    if lane < FIELDS { add_token(row, lane); }
    if lane == 0u { add_note(row); }
    workgroupBarrier();
    storageBarrier();
    fetch_recent(row, lane);
    if lane == 0u {
        write_sounding(row, context_at(row, 3u), CHORD);
        set_context(row, TOGETHER, min(chord_size(row), CHORD_PLACES - 1u));
    }
    workgroupBarrier();
    storageBarrier();
}

// The event is complete: a field of it becomes that of the last one.
fn add_token(row: u32, field: u32) {
    let id = context_at(row, next_column(field));
    push(row, select(EXTRA + EXTRA_COLUMNS * (field - CORE) + 2u, LAST + LAST_EVENTS * field, field < CORE), id + 1u);
    set_context(row, select(EXTRA + EXTRA_COLUMNS * (field - CORE), field, field < CORE), id);
}

// The column of a field of the event to predict.
fn next_column(field: u32) -> u32 {
    return select(EXTRA + EXTRA_COLUMNS * (field - CORE) + 1u, NEXT + field, field < CORE);
}

// The event is complete: its note joins the others.
fn add_note(row: u32) {
    let first = recent_start(row);
    let at = first + 1u + 3u * (state[first] % RECENT);
    let onset = context_at(row, NEXT + 3u);
    state[at] = context_at(row, NEXT + 1u);
    state[at + 1u] = onset;
    state[at + 2u] = event_end(row);
    state[first] += 1u;
    set_context(row, 3u, onset);
}

// Puts a number before the others of a list.
fn push(row: u32, column: u32, number: u32) {
    for (var i = LAST_EVENTS - 1u; i > 0u; i--) {
        set_context(row, column + i, context_at(row, column + i - 1u));
    }
    set_context(row, column, number);
}
