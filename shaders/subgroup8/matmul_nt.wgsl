// Matrix product with the second factor transposed: out = a · bᵀ, for subgroups of 8 invocations.
//
// The contract is that of shaders/matmul_nt.wgsl. One workgroup computes 32 rows of 32 columns; see
// common/subgroup_tile_32.wgsl for how the lanes share them. Each lane turns its 4 rows of b by 4 of the inner dimension.
// Twin: src/reference/matmul_nt.rs

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
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<f32>>;

@compute @workgroup_size(8)
fn matmul_nt(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let row = 32u * workgroup.y;
    let column = 8u * workgroup.x + lane;   // in vectors of 4
    let a_stride = params.a_stride / 4u;
    let b_stride = params.b_stride / 4u;
    let a_row = params.a_offset / 4u + (row + lane) * a_stride;
    let b_row = params.b_offset / 4u + 4u * column * b_stride;

    var tile: Tile;
    for (var k = 0u; k < params.k / 4u; k++) {
        let at = a_row + k;
        let rows = mat4x4<f32>(a[at], a[at + 8u * a_stride], a[at + 16u * a_stride], a[at + 24u * a_stride]);
        let w = b_row + k;
        let columns = mat4x4<f32>(b[w], b[w + b_stride], b[w + 2u * b_stride], b[w + 3u * b_stride]);
        multiply_add(&tile, rows, transpose(columns));
    }

    // A copy: the loop below indexes by a variable, which would keep the tile itself out of registers.
    var sums = tile;
    for (var i = 0u; i < 32u; i++) {
        if row + i < params.m && 4u * column < params.n {
            out[(params.out_offset + (row + i) * params.out_stride) / 4u + column] = sums[i / 4u][i % 4u];
        }
    }
}
