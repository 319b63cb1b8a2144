// The gradient of the embedding tables: each row is the sum over the places that chose it.
//
//     dweight[v, :] = Σ over the places r of v of dout[r, :]               dweight: [V, E], written; dout: [3R, E]
//
// A place is an event and a block, r = 3 · event + block. There are no atomic additions of floats, so the host sorts
// the places: those of row v are places[starts[v] .. starts[v + 1]], in ascending order. Rows that no event chose become 0.
// E is a multiple of 4. One invocation adds up 4 values of one row.
// Twin: src/reference/embedding_backward.rs

struct Params {
    rows: u32,          // V
    size: u32,          // E
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dout: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> starts: array<u32>;                // [V + 1]
@group(0) @binding(3) var<storage, read> places: array<u32>;                // [F R]
@group(0) @binding(4) var<storage, read_write> dweight: array<vec4<f32>>;

@compute @workgroup_size(8)
fn embedding_backward(@builtin(global_invocation_id) id: vec3<u32>) {
    let stride = params.size / 4u;
    let row = id.x / stride;
    if row >= params.rows { return; }
    var sum = vec4<f32>(0.0);
    for (var i = starts[row]; i < starts[row + 1u]; i++) {
        sum += dout[places[i] * stride + id.x % stride];
    }
    dweight[id.x] = sum;
}
