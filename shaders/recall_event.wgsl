// Remembers the event that was just drawn, and tells what followed when the last notes were played before.
//
//     run[d]      how many of the last notes have the pitches of those d events before them, without a gap
//     best d      that of the longest run, the smallest of several
//     context[RECALL + part] = (reached - 1) · V[part] + part of the event after that run + 1, or 0 if no run is 1 long
//
// `reached` is how many entries of LENGTHS the run is at least as long as. memory: [R, 1 + 4W], all 0 at the beginning:
// the number of events so far, the last W of them in a ring of offset, note and duration, and run[0 to W - 1], of which the
// first is not used. context: [R, 63]. One workgroup works for one piece; each lane takes every 64th distance.
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
const CONTEXT_SIZE = 63u;
const CLASSES = 8u;
const LENGTHS = array<u32, CLASSES>(1u, 2u, 3u, 4u, 6u, 9u, 16u, 32u);

const LANES = 64u;
var<workgroup> longest: array<u32, LANES>;      // run of each lane's best distance
var<workgroup> nearest: array<u32, LANES>;      // that distance

@compute @workgroup_size(LANES)
fn recall_event(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let row = workgroup.x;
    let first = row * (1u + 4u * params.window);
    let events = first + 1u;
    let runs = events + 3u * params.window;
    let last = memory[first];                   // the number of the event, which is one more than all before it
    let note = tokens[3u * row + 1u];

    var best_run = 0u;
    var best_distance = 0u;
    for (var distance = 1u + lane; distance < min(params.window, last + 1u); distance += LANES) {
        let before = memory[events + 3u * ((last - distance) % params.window) + 1u];
        let run = select(0u, memory[runs + distance] + 1u, before == note);
        memory[runs + distance] = run;
        if run > best_run {
            best_run = run;
            best_distance = distance;
        }
    }
    longest[lane] = best_run;
    nearest[lane] = best_distance;
    workgroupBarrier();
    if lane > 0u { return; }

    for (var i = 1u; i < LANES; i++) {
        if longest[i] > best_run || (longest[i] == best_run && nearest[i] < best_distance) {
            best_run = longest[i];
            best_distance = nearest[i];
        }
    }
    let slot = events + 3u * (last % params.window);
    for (var part = 0u; part < 3u; part++) {
        memory[slot + part] = tokens[3u * row + part];
    }
    memory[first] = last + 1u;

    var reached = 0u;
    for (var i = 0u; i < CLASSES; i++) {
        reached += u32(LENGTHS[i] <= best_run);
    }
    let vocab_sizes = vec3<u32>(params.offsets, params.notes, params.durations);
    let followed = events + 3u * ((last + 1u - best_distance) % params.window);
    for (var part = 0u; part < 3u; part++) {
        let number = (reached - 1u) * vocab_sizes[part] + memory[followed + part] + 1u;
        context[CONTEXT_SIZE * row + RECALL + part] = select(0u, number, reached > 0u);
    }
}
