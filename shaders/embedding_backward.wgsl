// The gradient of the embedding tables: each row is the sum over the places that chose it.
//
//     dweight[v, :] = Σ over the places of v of factor · dout[r, :]        dweight: [V, E], written; dout: [3R, E]
//
// A place is the event, the block and the lookup within the block, 64 · r + j with r = 3 · event + block, and 2^31 more if
// the row is never dropped; its factor is that of embedding_forward. There are no atomic additions of floats, so the host
// sorts the places: those of row v are places[starts[v] .. starts[v + 1]], in ascending order, without those that are dropped.
// Rows that no event chose become 0.
// E is a multiple of 4. One invocation adds up two vectors of 4 values of one row, eight vectors apart, so that both share
// the place and its factor. It takes 8 places each time round: an event may choose a row several times, and the loop must
// not be much longer than there are events.
// Twin: src/reference/embedding_backward.rs

struct Params {
    rows: u32,          // V
    size: u32,          // E
    probability: f32,   // p, of a row to be dropped, below 1
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dout: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> starts: array<u32>;                // [V + 1]
@group(0) @binding(3) var<storage, read> places: array<u32>;                // [F R]
@group(0) @binding(4) var<storage, read_write> dweight: array<vec4<f32>>;

const LOOKUPS = 64u;
const NEVER_DROPPED = 0x80000000u;
const LANES = 8u;

fn at(i: u32, first: u32, second: u32) -> mat2x4<f32> {
    let factor = select(1.0 / (1.0 - params.probability), 1.0, places[i] >= NEVER_DROPPED);
    let from_row = (places[i] & ~NEVER_DROPPED) / LOOKUPS * (params.size / 4u);
    return factor * mat2x4<f32>(dout[from_row + first], dout[from_row + second]);
}

@compute @workgroup_size(LANES)
fn embedding_backward(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let stride = params.size / 4u;
    let groups = (stride + 2u * LANES - 1u) / (2u * LANES);     // workgroups of one row
    let group = workgroup.y * grid.x + workgroup.x;
    let row = group / groups;
    let column = group % groups * 2u * LANES + lane;
    if row >= params.rows || column >= stride { return; }
    let beside = min(column + LANES, stride - 1u);

    let end = starts[row + 1u];
    let rest = end - (end - starts[row]) % 8u;
    var sum: mat2x4<f32>;
    for (var i = starts[row]; i < rest; i += 8u) {
        sum += at(i, column, beside) + at(i + 1u, column, beside);
        sum += at(i + 2u, column, beside) + at(i + 3u, column, beside);
        sum += at(i + 4u, column, beside) + at(i + 5u, column, beside);
        sum += at(i + 6u, column, beside) + at(i + 7u, column, beside);
    }
    for (var i = rest; i < end; i++) {
        sum += at(i, column, beside);
    }
    dweight[row * stride + column] = sum[0];
    if column + LANES < stride {
        dweight[row * stride + column + LANES] = sum[1];
    }
}
