// The gradient of the embedding tables: each row is the sum over the places that chose it.
//
//     dweight[v, :] = Σ over the places of v of factor · dout[r, :]        dweight: [V, E], written; dout: [3R, E]
//
// A place is the event, the block and the lookup within the block, 64 · r + j with r = 3 · event + block, and 2^31 more if
// the row is never dropped; its factor is that of embedding_forward. There are no atomic additions of floats, so the host
// sorts the places: those of row v are places[starts[v] .. starts[v + 1]], in ascending order. Rows that no event chose
// become 0.
// E is a multiple of 4. One invocation adds up 4 values of one row, 8 places each time round: an event may choose a row
// several times, and the loop must not be longer than there are events.
// Twin: src/reference/embedding_backward.rs

struct Params {
    rows: u32,          // V
    size: u32,          // E
    probability: f32,   // p, of a row to be dropped, below 1
    seed: u32,          // those of the forward pass
    counter: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dout: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> starts: array<u32>;                // [V + 1]
@group(0) @binding(3) var<storage, read> places: array<u32>;                // [F R]
@group(0) @binding(4) var<storage, read_write> dweight: array<vec4<f32>>;

const LOOKUPS = 64u;
const NEVER_DROPPED = 0x80000000u;

fn at(i: u32, end: u32, column: u32) -> vec4<f32> {
    if i >= end { return vec4<f32>(0.0); }
    let place = places[i] & ~NEVER_DROPPED;
    let kept = uniform_at(params.seed, params.counter, place) >= params.probability;
    let factor = select(select(0.0, 1.0 / (1.0 - params.probability), kept), 1.0, places[i] >= NEVER_DROPPED);
    return factor * dout[place / LOOKUPS * (params.size / 4u) + column];
}

@compute @workgroup_size(8)
fn embedding_backward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>) {
    let written = id.y * 8u * grid.x + id.x;
    let stride = params.size / 4u;
    let row = written / stride;
    if row >= params.rows { return; }
    let column = written % stride;
    let end = starts[row + 1u];
    var sum = vec4<f32>(0.0);
    for (var i = starts[row]; i < end; i += 8u) {
        sum += at(i, end, column) + at(i + 1u, end, column) + at(i + 2u, end, column) + at(i + 3u, end, column);
        sum += at(i + 4u, end, column) + at(i + 5u, end, column) + at(i + 6u, end, column) + at(i + 7u, end, column);
    }
    dweight[written] = sum;
}
