// The part of find_candidates.wgsl that collects the evidence of tokens from distances, and what is ruled out.

const RUNS = array<u32, 8>(1u, 2u, 3u, 4u, 6u, 10u, 20u, 50u);
const COUNTS = array<u32, 8>(1u, 2u, 3u, 5u, 9u, 0xffffffffu, 0xffffffffu, 0xffffffffu);
const DISTANCES = array<u32, 8>(1u, 8u, 32u, 128u, 512u, 0xffffffffu, 0xffffffffu, 0xffffffffu);
const ROUNDS = array<u32, 8>(1u, 2u, 3u, 4u, 6u, 10u, 16u, 0xffffffffu);
const MAX_DISTANCE = 4095u;

// The evidence for each token. `best` is the rank of the distance ranked first, and how near it is.
var<workgroup> both: array<atomic<u32>, TOKENS>;
var<workgroup> interval: array<atomic<u32>, TOKENS>;
var<workgroup> rhythm: array<atomic<u32>, TOKENS>;
var<workgroup> votes: array<atomic<u32>, TOKENS>;
var<workgroup> rounds: array<atomic<u32>, TOKENS>;
var<workgroup> best: array<atomic<u32>, TOKENS>;
var<workgroup> ruled_out: array<atomic<u32>, TOKENS>;

fn clear_evidence(lane: u32) {
    for (var i = lane; i < TOKENS; i += LANES) {
        atomicStore(&both[i], 0u);
        atomicStore(&interval[i], 0u);
        atomicStore(&rhythm[i], 0u);
        atomicStore(&votes[i], 0u);
        atomicStore(&rounds[i], 0u);
        atomicStore(&ruled_out[i], 0u);
        atomicStore(&best[i], 0u);
    }
}

// Adds a distance to the evidence of its token. `pitch` is that of the last event; `tired` says that no more
// repeats are allowed.
fn vote(row: u32, distance: u32, last: u32, pitch: u32, tired: bool) {
    let at = runs_at(row, distance);
    var run = vec3<u32>(state[at], state[at + params.window], state[at + 2u * params.window]);
    let held = run.x / distance;
    let too_often = (run.z + 1u) / distance > constants[params.limits + figure_class(distance)];
    let repeats_again = tired && run.z + 1u >= REPEAT_STEPS && distance <= REPEAT_REACH;
    run = min(run, vec3<u32>(distance));
    let then = event(row, last + 1u - distance);
    let moved_pitch = i32(then.y + pitch - event(row, last - distance).y);
    let same_offset = params.field == 0u || then.x == token(row, 0u);
    let same_interval = params.field < 2u || moved_pitch == i32(token(row, 1u));
    run.x = select(0u, run.x, same_interval);
    run.y = select(0u, run.y, same_offset && params.field != 1u);
    run.z = select(0u, run.z, same_offset && same_interval);
    let voted = select(select(i32(then.z), moved_pitch, params.field == 1u), i32(then.x), params.field == 0u);
    if (run.x < 1u && run.z < 1u && run.y < 2u) || voted < 0 || voted >= select(128, i32(TOKENS), params.field == 0u) {
        return;
    }
    atomicMax(&interval[voted], run.x);
    atomicMax(&rhythm[voted], run.y);
    atomicMax(&both[voted], run.z);
    atomicAdd(&votes[voted], u32(run.x >= 2u || run.z >= 1u || run.y >= 4u));
    atomicMax(&ruled_out[voted], u32(params.field == 1u && (too_often || repeats_again) && run.z > 0u));
    atomicMax(&rounds[voted], select(0u, held, run.x > 0u));
    let rank = 3u * min(run.z, 60u) + 2u * min(run.x, 60u) + min(run.y, 60u);
    atomicMax(&best[voted], rank * (MAX_DISTANCE + 1u) + MAX_DISTANCE - distance);
}

// The classes of the evidence for a token, packed as src/music/candidates.rs has it.
fn classes(row: u32, candidate: u32, last: u32, pitch: u32) -> u32 {
    let distance = MAX_DISTANCE - atomicLoad(&best[candidate]) % (MAX_DISTANCE + 1u);
    let moved = i32(pitch - event(row, last - distance).y);
    let transposition = select(select(2u, 1u, moved % 12 == 0), 0u, moved == 0);
    let runs = 9u * reached(RUNS, atomicLoad(&both[candidate])) + reached(RUNS, atomicLoad(&interval[candidate]));
    return runs
        | reached(RUNS, atomicLoad(&rhythm[candidate])) << 7u
        | reached(COUNTS, atomicLoad(&votes[candidate])) << 11u
        | reached(DISTANCES, distance) << 14u
        | (8u * transposition + reached(ROUNDS, atomicLoad(&rounds[candidate]))) << 17u;
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
