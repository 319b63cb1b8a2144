// Embedding: a row of a table for each token.
//
//     out[r, s, :] = weight[first_s + tokens[r, s], :]
//
// tokens: [R, 3] and weight: [V, E], the tables of three streams one below the other; table s begins at row first_s.
// E is a multiple of 4. One invocation copies 4 values.
// Twin: src/reference/embedding_forward.rs

struct Params {
    rows: u32,          // 3 R
    size: u32,          // E
    first_1: u32,       // first row of the second table; the first table begins at row 0
    first_2: u32,       // first row of the third table
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> tokens: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<f32>>;

@compute @workgroup_size(64)
fn embedding_forward(@builtin(global_invocation_id) id: vec3<u32>) {
    let stride = params.size / 4u;
    let row = id.x / stride;
    if row >= params.rows { return; }
    let firsts = vec3<u32>(0u, params.first_1, params.first_2);
    out[id.x] = weight[(firsts[row % 3u] + tokens[row]) * stride + id.x % stride];
}
