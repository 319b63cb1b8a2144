// Matrix product with the second factor transposed: out = a · bᵀ, for subgroups of 8 invocations.
//
// The contract is that of shaders/matmul_nt.wgsl. One workgroup computes a tile; see common/subgroup_tile.wgsl for how the
// lanes share it. Each lane turns its 4 rows of b by 4 of the inner dimension.
// Twin: src/engine/reference/matmul_nt.rs

struct Params {
    @align(16) m: u32,  // rows of out
    n: u32,             // columns of out
    k: u32,             // inner dimension
    a_offset: u32,      // first element, and elements from row to row, of each matrix
    a_stride: u32,
    b_offset: u32,
    b_stride: u32,
    out_offset: u32,
    out_stride: u32,
}

@group(0) @binding(0) var<uniform> jobs: array<Params, 8>;   // products side by side, one for each z of the grid
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<f32>>;

var<private> params: Params;    // of this workgroup

fn rows_of_a(at: u32) -> mat4x4<f32> {
    let stride = 2u * params.a_stride;  // eight rows, in vectors of 4
    return mat4x4<f32>(a[at], a[at + stride], a[at + 2u * stride], a[at + 3u * stride]);
}

fn columns_of_b(at: u32) -> mat4x4<f32> {
    let stride = params.b_stride / 4u;
    return transpose(mat4x4<f32>(b[at], b[at + stride], b[at + 2u * stride], b[at + 3u * stride]));
}

fn write_rows(sums: mat4x4<f32>, row: u32, column: u32) {
    if 4u * column >= params.n { return; }
    // A constant bound, so that the compiler writes four rows out and no index varies.
    for (var i = 0u; i < 4u; i++) {
        if row + i < params.m {
            out[(params.out_offset + (row + i) * params.out_stride) / 4u + column] = sums[i];
        }
    }
}

@compute @workgroup_size(8)
fn matmul_nt(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    params = jobs[workgroup.z];
    let row = TILE_ROWS * workgroup.y;
    let column = TILE_COLUMNS / 4u * workgroup.x + lane;    // in vectors of 4
    // Others of the products side by side have more.
    if row >= params.m || TILE_COLUMNS * workgroup.x >= params.n { return; }
    let a_row = (params.a_offset + (row + lane) * params.a_stride) / 4u;
    let b_row = params.b_offset / 4u + column * params.b_stride;

    var tile = Tile();
    for (var k = 0u; k < params.k / 4u; k++) {
        let at = a_row + k;
        let w = b_row + k;
        let rows = Rows(rows_of_a(at), rows_of_a(at + 8u * params.a_stride));
        tile = multiply_add(tile, rows, Columns(columns_of_b(w), columns_of_b(w + 8u * params.b_stride)));
    }
    write_tile(tile, row, column, min(TILE_ROWS, params.m - row));
}
