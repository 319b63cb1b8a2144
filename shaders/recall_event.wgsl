// Remembers the event that was just drawn, and tells what followed when the passage it ends was played before.
//
//     run[d]      how many of the last intervals from note to note are those of d events before, without a gap
//     best d      that of the longest run, the smallest of several
//     length    = reached(LENGTHS, min(run, d))
//     context[RECALL + part] = (length - 1) · V[part] + part of the event that followed there + 1
//     context[RECALL + 3]    = (length - 1) · CLASSES + reached(ROUNDS, run / d)
//
// All are 0 if every run is. The note that followed is moved by what the passage was moved since, and held within 0 to V - 1.
// `reached` is how many entries the number is at least. memory: [R, 1 + 4W], all 0 at the beginning: the number of events so
// far, the last W of them in a ring of offset, note and duration, and run[0 to W - 1], of which the first and the last are
// not used. context: [R, 64]. One workgroup works for one piece; each lane takes every 64th distance.
// Twin: src/reference/recall_event.rs

struct Params {
    window: u32,            // W
    offsets: u32,           // V of each part
    notes: u32,
    durations: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> tokens: array<u32>;                // [R, 3]
@group(0) @binding(2) var<storage, read_write> memory: array<u32>;
@group(0) @binding(3) var<storage, read_write> context: array<u32>;

const RECALL = 60u;             // column of the context
const CONTEXT_SIZE = 64u;
const CLASSES = 8u;
const LENGTHS = array<u32, CLASSES>(1u, 2u, 3u, 4u, 6u, 10u, 20u, 50u);
const ROUNDS = array<u32, CLASSES>(0u, 1u, 2u, 3u, 4u, 6u, 10u, 16u);

const LANES = 64u;
var<workgroup> longest: array<u32, LANES>;      // of each lane's runs
var<workgroup> nearest: array<u32, LANES>;      // its distance

// Where event `at` of a piece is remembered; there may be none before the first.
fn slot(row: u32, at: u32) -> u32 {
    return row * (1u + 4u * params.window) + 1u + 3u * (at % params.window);
}

fn note(row: u32, at: u32) -> u32 {
    return memory[slot(row, at) + 1u];
}

@compute @workgroup_size(LANES)
fn recall_event(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let row = workgroup.x;
    let first = slot(row, 0u) - 1u;
    let runs = first + 1u + 3u * params.window;
    let last = memory[first];                   // the number of this event
    let note_now = tokens[3u * row + 1u];
    let interval = note_now - note(row, last + params.window - 1u);
    let end = min(params.window - 1u, last);    // of the distances

    var mine = vec2<u32>(0u);
    for (var distance = 1u + lane; distance < end; distance += LANES) {
        let at = last - distance;
        let same = note(row, at) - note(row, at + params.window - 1u) == interval;
        let run = select(0u, memory[runs + distance] + 1u, same);
        memory[runs + distance] = run;
        if run > mine.x {
            mine = vec2<u32>(run, distance);
        }
    }
    longest[lane] = mine.x;
    nearest[lane] = mine.y;
    workgroupBarrier();
    storageBarrier();       // all have read what lane 0 is to change
    if lane > 0u { return; }

    for (var i = 1u; i < LANES; i++) {
        if longest[i] > mine.x || (longest[i] == mine.x && nearest[i] < mine.y) {
            mine = vec2<u32>(longest[i], nearest[i]);
        }
    }
    for (var part = 0u; part < 3u; part++) {
        memory[slot(row, last) + part] = tokens[3u * row + part];
    }
    memory[first] = last + 1u;
    tell(row, mine.x, mine.y, slot(row, last + 1u - mine.y), note_now - note(row, last - mine.y));
}

// `moved` is by how many semitones the passage was moved, modulo 2^32.
fn tell(row: u32, run: u32, distance: u32, followed: u32, moved: u32) {
    var length = 0u;
    var rounds = 0u;
    for (var i = 0u; i < CLASSES; i++) {
        length += u32(LENGTHS[i] <= min(run, distance));
        rounds += u32(ROUNDS[i] <= run / max(distance, 1u));
    }
    let moved_note = u32(clamp(i32(memory[followed + 1u] + moved), 0, i32(params.notes) - 1));
    let rows = vec4<u32>(params.offsets, params.notes, params.durations, CLASSES);
    let event = vec4<u32>(memory[followed], moved_note, memory[followed + 2u], rounds - 1u);
    let numbers = (length - 1u) * rows + event + 1u;
    for (var part = 0u; part < 4u; part++) {
        context[CONTEXT_SIZE * row + RECALL + part] = select(0u, numbers[part], run > 0u);
    }
}
