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
