// Matrix product with the first factor transposed: out = aᵀ · b, for subgroups of 8 invocations.
//
// The contract is that of shaders/matmul_tn.wgsl. One workgroup computes a tile; see common/subgroup_tile.wgsl for how the
// lanes share it. 32 values of a row of a are 32 rows of the tile at one inner index, so a lane loads 4 of them at once,
// and component c of lane l is row 4l + c instead of 8c + l.
// Twin: src/engine/reference/matmul_tn.rs

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
    accumulate: u32,
}

@group(0) @binding(0) var<uniform> jobs: array<Params, 8>;   // products side by side, one for each z of the grid
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<f32>>;

var<private> params: Params;    // of this workgroup

// Rows past the end count as 0: those of a are zeroed, those of b replaced by the last one.
fn row_of_a(k: u32, column: u32) -> vec4<f32> {
    return select(vec4<f32>(0.0), a[column + min(k, params.k - 1u) * (params.a_stride / 4u)], k < params.k);
}

fn row_of_b(k: u32, column: u32) -> vec4<f32> {
    return b[column + min(k, params.k - 1u) * (params.b_stride / 4u)];
}

fn rows_of_a(k: u32, at: u32) -> mat4x4<f32> {
    return transpose(mat4x4<f32>(row_of_a(k, at), row_of_a(k + 1u, at), row_of_a(k + 2u, at), row_of_a(k + 3u, at)));
}

fn columns_of_b(k: u32, at: u32) -> mat4x4<f32> {
    return mat4x4<f32>(row_of_b(k, at), row_of_b(k + 1u, at), row_of_b(k + 2u, at), row_of_b(k + 3u, at));
}

// By the order in which a was loaded, rows 8c + l of the tile are rows 4l + c of the product.
fn write_rows(sums: mat4x4<f32>, row: u32, column: u32) {
    if 4u * column >= params.n { return; }
    let first = row / 32u * 32u + row % 8u * 4u + row % 32u / 8u;
    // A constant bound, so that the compiler writes four rows out and no index varies.
    for (var i = 0u; i < 4u; i++) {
        let out_row = first + 4u * i;
        if out_row < params.m {
            let at = (params.out_offset + out_row * params.out_stride) / 4u + column;
            let before = select(vec4<f32>(0.0), out[at], params.accumulate == 1u);
            out[at] = before + sums[i];
        }
    }
}

@compute @workgroup_size(8)
fn matmul_tn(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    params = jobs[workgroup.z];
    let row = TILE_ROWS * workgroup.y;
    let column = TILE_COLUMNS / 4u * workgroup.x + lane;    // in vectors of 4
    // Others of the products side by side have more.
    if row >= params.m || TILE_COLUMNS * workgroup.x >= params.n { return; }
    let a_column = (params.a_offset + row) / 4u + lane;
    let b_column = params.b_offset / 4u + column;

    var tile = Tile();
    for (var k = 0u; k < params.k; k += 4u) {
        let rows = Rows(rows_of_a(k, a_column), rows_of_a(k, a_column + 8u));
        tile = multiply_add(tile, rows, Columns(columns_of_b(k, b_column), columns_of_b(k, b_column + 8u)));
    }
    // Whole blocks of 32, for their rows are not in order.
    write_tile(tile, row, column, min(TILE_ROWS, (params.m - row + 31u) / 32u * 32u));
}
