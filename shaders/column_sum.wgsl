// The gradient of a bias: the sum of each column, rows in order.
//
//     out[n] = Σ_m a[m, n]                                     a: [M, N], out: [N], written
//
// N is a multiple of 4. One invocation adds up 4 columns.
// Twin: src/reference/column_sum.rs

struct Params {
    rows: u32,          // M
    columns: u32,       // N
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4<f32>>;

@compute @workgroup_size(8)
fn column_sum(@builtin(global_invocation_id) id: vec3<u32>) {
    let stride = params.columns / 4u;
    if id.x >= stride { return; }
    var sum = vec4<f32>(0.0);
    for (var row = 0u; row < params.rows; row++) {
        sum += a[row * stride + id.x];
    }
    out[id.x] = sum;
}
