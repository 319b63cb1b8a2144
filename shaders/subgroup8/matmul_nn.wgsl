// Matrix product with bias, and ReLU on request: out = a · b + bias, for subgroups of 8 invocations.
//
// The contract is that of shaders/matmul_nn.wgsl. One workgroup computes 32 rows (8 when there are few) of 32 columns;
// see common/subgroup_tile_32.wgsl for how the lanes share them.
// Twin: src/reference/matmul_nn.rs

struct Params {
    m: u32,             // rows of out
    n: u32,             // columns of out
    k: u32,             // inner dimension
    a_offset: u32,      // first element, and elements from row to row, of each matrix
    a_stride: u32,
    b_offset: u32,
    b_stride: u32,
    out_offset: u32,
    out_stride: u32,
    bias_offset: u32,
    relu: u32,          // 1: negative values become 0
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> out: array<vec4<f32>>;

@compute @workgroup_size(8)
fn matmul_nn(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let row = TILE_ROWS * workgroup.y;
    let column = 8u * workgroup.x + lane;   // in vectors of 4
    let a_stride = params.a_stride / 4u;
    let b_stride = params.b_stride / 4u;
    let a_row = params.a_offset / 4u + (row + lane) * a_stride;
    let b_column = params.b_offset / 4u + column;

    var tile: Tile;
    for (var k = 0u; k < params.k / 4u; k++) {
        let at = a_row + k;
        let rows = mat4x4<f32>(a[at], a[at + 8u * a_stride], a[at + 16u * a_stride], a[at + 24u * a_stride]);
        let w = b_column + 4u * k * b_stride;
        multiply_add(&tile, rows, mat4x4<f32>(b[w], b[w + b_stride], b[w + 2u * b_stride], b[w + 3u * b_stride]));
    }

    // A copy: the loop below indexes by a variable, which would keep the tile itself out of registers.
    var sums = tile;
    for (var i = 0u; i < TILE_ROWS; i++) {
        if row + i < params.m && 4u * column < params.n {
            let sum = sums[i / 4u][i % 4u] + bias[params.bias_offset / 4u + column];
            let at = (params.out_offset + (row + i) * params.out_stride) / 4u + column;
            out[at] = select(sum, max(sum, vec4<f32>(0.0)), params.relu == 1u);
        }
    }
}
