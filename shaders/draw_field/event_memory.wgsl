// The events of a piece so far and what repeats among them, as find_candidates.wgsl asks for it. src/music/candidates.rs defines
// runs and repeats.
//
// memory: the number of events so far, the last W of them in a ring of offset, pitch and duration, run[0 to W - 1] of
// intervals, of rhythm and of both, of which the first and the last are not used, the number and the list of the distances whose
// runs are long enough for any head, and four words with a bit for each of the last 128 events, the last one lowest: whether its
// run of both was at least 4 at a distance of at most 128.
// Each lane takes every 64th distance.

const REPEAT_STEPS = 4u;        // a repeat is a run of both of so many steps
const REPEAT_REACH = 128u;      // at most so many events away

var<workgroup> active_count: atomic<u32>;
var<workgroup> is_repeat: atomic<u32>;

fn memory_start(row: u32) -> u32 {
    return params.memory + row * (6u + 7u * params.window);
}

// Offset, pitch and duration of event `at`; there may be none before the first.
fn event(row: u32, at: u32) -> vec3<u32> {
    let slot = memory_start(row) + 1u + 3u * (at % params.window);
    return vec3<u32>(state[slot], state[slot + 1u], state[slot + 2u]);
}

// Where the runs of a distance are: those of the other kinds lie W and 2 W further.
fn runs_at(row: u32, distance: u32) -> u32 {
    return memory_start(row) + 1u + 3u * params.window + distance;
}

// The number of the distances that are looked at, before their list.
fn listed_at(row: u32) -> u32 {
    return runs_at(row, 3u * params.window);
}

fn repeats_at(row: u32) -> u32 {
    return listed_at(row) + 1u + params.window;
}

// How many of the last 128 events were repeats.
fn repeats(row: u32) -> u32 {
    var count = 0u;
    for (var word = 0u; word < REPEAT_REACH / 32u; word++) {
        count += countOneBits(state[repeats_at(row) + word]);
    }
    return count;
}

// The event in tokens joins the others: run[D] of each kind is 1 longer or 0.
fn remember(row: u32, lane: u32) {
    let last = state[memory_start(row)];
    workgroupBarrier();
    storageBarrier();           // all have read what lane 0 is to change
    if lane == 0u {
        for (var part = 0u; part < CORE; part++) {
            state[memory_start(row) + 1u + 3u * (last % params.window) + part] = token(row, part);
        }
        state[memory_start(row)] = last + 1u;
        atomicStore(&active_count, 0u);
        atomicStore(&is_repeat, 0u);
    }
    workgroupBarrier();
    storageBarrier();

    let now = event(row, last);
    let step = now.y - event(row, last + params.window - 1u).y;
    let end = min(params.window - 1u, last);        // of the distances
    for (var distance = 1u + lane; distance < end; distance += LANES) {
        if extend(row, distance, last, now, step) {
            state[listed_at(row) + 1u + atomicAdd(&active_count, 1u)] = distance;
        }
        if distance <= REPEAT_REACH && state[runs_at(row, distance) + 2u * params.window] >= REPEAT_STEPS {
            atomicStore(&is_repeat, 1u);
        }
    }
    workgroupBarrier();
    if lane == 0u {
        state[listed_at(row)] = atomicLoad(&active_count);
        var carried = atomicLoad(&is_repeat);
        for (var word = 0u; word < REPEAT_REACH / 32u; word++) {
            let before = state[repeats_at(row) + word];
            state[repeats_at(row) + word] = before << 1u | carried;
            carried = before >> 31u;
        }
    }
}

// The runs of a distance after the last event; whether they are long enough to be looked at.
fn extend(row: u32, distance: u32, last: u32, now: vec3<u32>, step: u32) -> bool {
    let then = event(row, last - distance);
    let same_interval = then.y - event(row, last - distance + params.window - 1u).y == step;
    let same_rhythm = then.x == now.x && then.z == now.z;
    let at = runs_at(row, distance);
    let by_rhythm = select(0u, state[at + params.window] + 1u, same_rhythm);
    state[at] = select(0u, state[at] + 1u, same_interval);
    state[at + params.window] = by_rhythm;
    state[at + 2u * params.window] = select(0u, state[at + 2u * params.window] + 1u, same_interval && same_rhythm);
    return same_interval || by_rhythm >= 2u;
}
