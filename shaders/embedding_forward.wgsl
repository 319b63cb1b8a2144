// Embeddings: a sum of table rows for each event, chosen by what is known of it.
//
//     out[r, block · E : (block + 1) · E] = Σ over j of weight[first_j + context[r, column_j] / divisor_j % rows_j, :]
//
// or, with `onto`, the ReLU of that sum and what `out` held before: a layer whose bias depends on the event.
//
// context: [R, 52]; weight: [V, E], tables one below the other; features: [F, 4], column, divisor, rows and first row of
// each; j goes from starts[block] to starts[block + 1]. E is a multiple of 4. One invocation computes 4 values; the second
// dimension of the grid goes through the blocks.
// Twin: src/reference/embedding_forward.rs

struct Params {
    rows: u32,          // R
    size: u32,          // E
    stride: u32,        // values from row to row of out
    first_block: u32,
    onto: u32,          // 1: added to what out holds, then ReLU
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> context: array<u32>;
@group(0) @binding(3) var<storage, read> features: array<vec4<u32>>;        // column, divisor, rows, first row
@group(0) @binding(4) var<storage, read> starts: array<u32>;                // [blocks + 1]
@group(0) @binding(5) var<storage, read_write> out: array<vec4<f32>>;

@compute @workgroup_size(64)
fn embedding_forward(@builtin(global_invocation_id) id: vec3<u32>) {
    let size = params.size / 4u;
    let row = id.x / size;
    if row >= params.rows { return; }
    let block = params.first_block + id.y;
    let at = row * (params.stride / 4u) + block * size + id.x % size;
    var sum = vec4<f32>(0.0);
    for (var j = starts[block]; j < starts[block + 1u]; j++) {
        let feature = features[j];
        let table_row = feature.w + context[52u * row + feature.x] / feature.y % feature.z;
        sum += weight[table_row * size + id.x % size];
    }
    out[at] = select(sum, max(out[at] + sum, vec4<f32>(0.0)), params.onto == 1u);
}
