// The gradient of the embedding tables: each row is the sum over the places that chose it.
//
//     dweight[v, :] = Σ over the places of v of factor · dout[r, :]        dweight: [V, E], written; dout: [3R, E]
//
// A place is the event, the block and the lookup within the block, 64 · r + j with r = 3 · event + block, and 2^31 more if
// the row is never dropped; its factor is that of embedding_forward. There are no atomic additions of floats, so the host
// sorts the places: those of row v are places[starts[v] .. starts[v + 1]], in ascending order, without those that are dropped.
// Rows that no event chose become 0.
// E is a multiple of 4. One invocation adds up two vectors of 4 values of one row, eight vectors apart, so that both share
// the place and its factor, or one where E is at most 32. It takes 8 places each time round: an event may choose a row several
// times, and the loop must not be much longer than there are events.
// Twin: src/engine/reference/embedding_backward.rs

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

fn factor(place: u32) -> f32 {
    return select(1.0 / (1.0 - params.probability), 1.0, place >= NEVER_DROPPED);
}

// First vector of the row of dout that a place stands for.
fn from_row(place: u32) -> u32 {
    return (place & ~NEVER_DROPPED) / LOOKUPS * (params.size / 4u);
}

fn both_at(i: u32, first: u32, second: u32) -> mat2x4<f32> {
    let row = from_row(places[i]);
    return factor(places[i]) * mat2x4<f32>(dout[row + first], dout[row + second]);
}

fn one_at(i: u32, column: u32) -> vec4<f32> {
    return factor(places[i]) * dout[from_row(places[i]) + column];
}

@compute @workgroup_size(64)
fn embedding_backward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>) {
    let stride = params.size / 4u;
    let groups = (stride + 2u * LANES - 1u) / (2u * LANES);     // of LANES invocations, for one row
    let invocation = id.y * 64u * grid.x + id.x;
    let group = invocation / LANES;
    let row = group / groups;
    let column = group % groups * 2u * LANES + invocation % LANES;
    if row >= params.rows || column >= stride { return; }
    let end = starts[row + 1u];
    let rest = end - (end - starts[row]) % 8u;
    if stride <= LANES {
        var sum = vec4<f32>(0.0);
        for (var i = starts[row]; i < rest; i += 8u) {
            sum += one_at(i, column) + one_at(i + 1u, column);
            sum += one_at(i + 2u, column) + one_at(i + 3u, column);
            sum += one_at(i + 4u, column) + one_at(i + 5u, column);
            sum += one_at(i + 6u, column) + one_at(i + 7u, column);
        }
        for (var i = rest; i < end; i++) {
            sum += one_at(i, column);
        }
        dweight[row * stride + column] = sum;
        return;
    }
    let beside = min(column + LANES, stride - 1u);
    var sum = mat2x4<f32>();
    for (var i = starts[row]; i < rest; i += 8u) {
        sum += both_at(i, column, beside) + both_at(i + 1u, column, beside);
        sum += both_at(i + 2u, column, beside) + both_at(i + 3u, column, beside);
        sum += both_at(i + 4u, column, beside) + both_at(i + 5u, column, beside);
        sum += both_at(i + 6u, column, beside) + both_at(i + 7u, column, beside);
    }
    for (var i = rest; i < end; i++) {
        sum += both_at(i, column, beside);
    }
    dweight[row * stride + column] = sum[0];
    if column + LANES < stride {
        dweight[row * stride + column + LANES] = sum[1];
    }
}
