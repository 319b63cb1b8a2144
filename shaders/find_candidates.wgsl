// Finds the candidates of a field of the event that is drawn next: the tokens that followed where the piece has played the
// same before. src/candidates.rs defines runs, ranks, evidence and classes.
//
//     head 0     the event in tokens is complete: it is remembered, run[D] of each kind is 1 longer or 0, then the offsets
//     head 1     tokens has the offset of the next event: its pitches
//     head 2     tokens has its offset and pitch: its durations
//
// memory: [R, 2 + 7 W], all 0 at the beginning: the number of events so far, the last W of them in a ring of offset, pitch and
// duration, run[0 to W - 1] of intervals, of rhythm and of both, of which the first and the last are not used, and the number and
// the list of the distances whose runs are long enough for any head, which heads 1 and 2 look at alone. candidates:
// [R, 3, 8, 2], of which those of the head are written: token + 1, or 0, and the classes. One workgroup works for one piece; each
// lane takes every 64th distance, then every 64th token. A pitch is ruled out, by a bit of its own above the classes, if the run of
// both would hold a distance more than most_rounds[class of the distance] times with it.
// Twin: src/reference/find_candidates.rs

struct Params {
    window: u32,            // W, at most 4096
    head: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> tokens: array<u32>;                // [R, 3]
@group(0) @binding(2) var<storage, read_write> memory: array<u32>;
@group(0) @binding(3) var<storage, read_write> candidates: array<u32>;
@group(0) @binding(4) var<storage, read> most_rounds: array<u32>;           // [24]

const CANDIDATES = 8u;
const TOKENS = 130u;            // of the largest field; its last one ends a piece and is never a candidate
const LANES = 64u;
const MAX_DISTANCE = 4095u;
const RULED_OUT = 22u;          // bit of the classes
const RUNS = array<u32, 8>(1u, 2u, 3u, 4u, 6u, 10u, 20u, 50u);
const COUNTS = array<u32, 8>(1u, 2u, 3u, 5u, 9u, 0xffffffffu, 0xffffffffu, 0xffffffffu);
const DISTANCES = array<u32, 8>(1u, 8u, 32u, 128u, 512u, 0xffffffffu, 0xffffffffu, 0xffffffffu);
const ROUNDS = array<u32, 8>(1u, 2u, 3u, 4u, 6u, 10u, 16u, 0xffffffffu);

// What speaks for each token. `best` is the rank of the distance ranked first, and how near it is.
var<workgroup> both: array<atomic<u32>, TOKENS>;
var<workgroup> interval: array<atomic<u32>, TOKENS>;
var<workgroup> rhythm: array<atomic<u32>, TOKENS>;
var<workgroup> counts: array<atomic<u32>, TOKENS>;
var<workgroup> rounds: array<atomic<u32>, TOKENS>;
var<workgroup> best: array<atomic<u32>, TOKENS>;
var<workgroup> ruled_out: array<atomic<u32>, TOKENS>;
var<workgroup> found: atomic<u32>;
var<workgroup> active_count: atomic<u32>;

fn start(row: u32) -> u32 {
    return row * (2u + 7u * params.window);
}

// Offset, pitch and duration of event `at`; there may be none before the first.
fn event(row: u32, at: u32) -> vec3<u32> {
    let slot = start(row) + 1u + 3u * (at % params.window);
    return vec3<u32>(memory[slot], memory[slot + 1u], memory[slot + 2u]);
}

// Where the runs of a distance are: those of the other kinds lie W and 2 W further.
fn runs_at(row: u32, distance: u32) -> u32 {
    return start(row) + 1u + 3u * params.window + distance;
}

@compute @workgroup_size(LANES)
fn find_candidates(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let row = workgroup.x;
    // Of the last event; it is remembered already, unless it is about to be.
    let last = memory[start(row)] - select(1u, 0u, params.head == 0u);
    workgroupBarrier();
    storageBarrier();           // all have read what lane 0 is to change
    if params.head == 0u && lane == 0u {
        for (var part = 0u; part < 3u; part++) {
            memory[start(row) + 1u + 3u * (last % params.window) + part] = tokens[3u * row + part];
        }
        memory[start(row)] = last + 1u;
    }
    for (var token = lane; token < TOKENS; token += LANES) {
        atomicStore(&both[token], 0u);
        atomicStore(&interval[token], 0u);
        atomicStore(&rhythm[token], 0u);
        atomicStore(&counts[token], 0u);
        atomicStore(&rounds[token], 0u);
        atomicStore(&ruled_out[token], 0u);
        atomicStore(&best[token], 0u);
    }
    if lane == 0u {
        atomicStore(&found, 0u);
        atomicStore(&active_count, 0u);
    }
    workgroupBarrier();
    storageBarrier();

    let now = event(row, last);
    let before = event(row, last + params.window - 1u);
    let listed = runs_at(row, 3u * params.window);      // their number, then the list
    if params.head == 0u {
        let end = min(params.window - 1u, last);        // of the distances
        for (var distance = 1u + lane; distance < end; distance += LANES) {
            if extend(row, distance, last, now, now.y - before.y) {
                memory[listed + 1u + atomicAdd(&active_count, 1u)] = distance;
                vote(row, distance, last, now.y);
            }
        }
    } else {
        let count = memory[listed];
        for (var i = lane; i < count; i += LANES) {
            vote(row, memory[listed + 1u + i], last, now.y);
        }
    }
    workgroupBarrier();
    if params.head == 0u && lane == 0u { memory[listed] = atomicLoad(&active_count); }

    for (var token = lane; token < TOKENS; token += LANES) {
        let mine = atomicLoad(&best[token]);
        if mine == 0u { continue; }
        atomicAdd(&found, 1u);
        var rank = 0u;
        for (var other = 0u; other < TOKENS; other++) {
            rank += u32(atomicLoad(&best[other]) > mine);
        }
        if rank < CANDIDATES { write(row, rank, token, last, now.y); }
    }
    workgroupBarrier();
    if lane < CANDIDATES && lane >= atomicLoad(&found) {
        let at = 2u * (CANDIDATES * (3u * row + params.head) + lane);
        candidates[at] = 0u;
        candidates[at + 1u] = 0u;
    }
}

// The runs of a distance after the last event; whether they are long enough to be looked at.
fn extend(row: u32, distance: u32, last: u32, now: vec3<u32>, step: u32) -> bool {
    let then = event(row, last - distance);
    let same_interval = then.y - event(row, last - distance + params.window - 1u).y == step;
    let same_rhythm = then.x == now.x && then.z == now.z;
    let at = runs_at(row, distance);
    let by_rhythm = select(0u, memory[at + params.window] + 1u, same_rhythm);
    memory[at] = select(0u, memory[at] + 1u, same_interval);
    memory[at + params.window] = by_rhythm;
    memory[at + 2u * params.window] = select(0u, memory[at + 2u * params.window] + 1u, same_interval && same_rhythm);
    return same_interval || by_rhythm >= 2u;
}

// Adds what a distance has to say to the evidence of its token. `pitch` is that of the last event.
fn vote(row: u32, distance: u32, last: u32, pitch: u32) {
    let at = runs_at(row, distance);
    var run = vec3<u32>(memory[at], memory[at + params.window], memory[at + 2u * params.window]);
    let held = run.x / distance;
    let too_often = params.head == 1u && (run.z + 1u) / distance > most_rounds[figure_class(distance)];
    run = min(run, vec3<u32>(distance));
    let then = event(row, last + 1u - distance);
    let moved_pitch = i32(then.y + pitch - event(row, last - distance).y);
    let same_offset = params.head == 0u || then.x == tokens[3u * row];
    let same_interval = params.head < 2u || moved_pitch == i32(tokens[3u * row + 1u]);
    run.x = select(0u, run.x, same_interval);
    run.y = select(0u, run.y, same_offset && params.head != 1u);
    run.z = select(0u, run.z, same_offset && same_interval);
    let token = select(select(i32(then.z), moved_pitch, params.head == 1u), i32(then.x), params.head == 0u);
    if (run.x < 1u && run.z < 1u && run.y < 2u) || token < 0 || token >= select(128, i32(TOKENS), params.head == 0u) {
        return;
    }
    atomicMax(&interval[token], run.x);
    atomicMax(&rhythm[token], run.y);
    atomicMax(&both[token], run.z);
    atomicAdd(&counts[token], u32(run.x >= 2u || run.z >= 1u || run.y >= 4u));
    atomicMax(&ruled_out[token], u32(too_often && run.z > 0u));
    atomicMax(&rounds[token], select(0u, held, run.x > 0u));
    let rank = 3u * min(run.z, 60u) + 2u * min(run.x, 60u) + min(run.y, 60u);
    atomicMax(&best[token], rank * (MAX_DISTANCE + 1u) + MAX_DISTANCE - distance);
}

// Writes the candidate of a rank.
fn write(row: u32, rank: u32, token: u32, last: u32, pitch: u32) {
    let distance = MAX_DISTANCE - atomicLoad(&best[token]) % (MAX_DISTANCE + 1u);
    let moved = i32(pitch - event(row, last - distance).y);
    let transposition = select(select(2u, 1u, moved % 12 == 0), 0u, moved == 0);
    let runs = 9u * reached(RUNS, atomicLoad(&both[token])) + reached(RUNS, atomicLoad(&interval[token]));
    let at = 2u * (CANDIDATES * (3u * row + params.head) + rank);
    candidates[at] = token + 1u;
    candidates[at + 1u] = runs
        | reached(RUNS, atomicLoad(&rhythm[token])) << 7u
        | reached(COUNTS, atomicLoad(&counts[token])) << 11u
        | reached(DISTANCES, distance) << 14u
        | (8u * transposition + reached(ROUNDS, atomicLoad(&rounds[token]))) << 17u
        | atomicLoad(&ruled_out[token]) << RULED_OUT;
}

// Each of 1 to 16 events, then 17 to 32, 33 to 64 and so on.
fn figure_class(distance: u32) -> u32 {
    return select(12u + firstLeadingBit(distance - 1u), distance - 1u, distance <= 16u);
}

// How many thresholds a number reaches.
fn reached(thresholds: array<u32, 8>, number: u32) -> u32 {
    var count = 0u;
    for (var i = 0u; i < 8u; i++) {
        count += u32(number >= thresholds[i]);
    }
    return count;
}
