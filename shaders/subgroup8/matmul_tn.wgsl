// Matrix product with the first factor transposed: out = aᵀ · b, for subgroups of 8 invocations.
//
// The contract is that of shaders/matmul_tn.wgsl. One workgroup computes 32 rows of 32 columns; see
// common/subgroup_tile_32.wgsl for how the lanes share them. One row of a is the tile's 32 rows at one inner index, so a
// lane loads 4 neighbouring rows at once, and component c of lane l is row 4l + c instead of 8c + l.
// Twin: src/reference/matmul_tn.rs

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
    accumulate: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<f32>>;

// Rows past the end count as 0: those of a are zeroed, those of b replaced by the last one.
fn row_of_a(k: u32, column: u32) -> vec4<f32> {
    return select(vec4<f32>(0.0), a[column + min(k, params.k - 1u) * (params.a_stride / 4u)], k < params.k);
}

fn row_of_b(k: u32, column: u32) -> vec4<f32> {
    return b[column + min(k, params.k - 1u) * (params.b_stride / 4u)];
}

@compute @workgroup_size(8)
fn matmul_tn(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let row = 32u * workgroup.y;
    let column = 8u * workgroup.x + lane;   // in vectors of 4
    let a_column = params.a_offset / 4u + row / 4u + lane;
    let b_column = params.b_offset / 4u + column;

    var tile: Tile;
    for (var k = 0u; k < params.k; k += 4u) {
        let rows = mat4x4<f32>(row_of_a(k, a_column), row_of_a(k + 1u, a_column), row_of_a(k + 2u, a_column), row_of_a(k + 3u, a_column));
        let columns = mat4x4<f32>(row_of_b(k, b_column), row_of_b(k + 1u, b_column), row_of_b(k + 2u, b_column), row_of_b(k + 3u, b_column));
        multiply_add(&tile, transpose(rows), columns);
    }

    // A copy: the loop below indexes by a variable, which would keep the tile itself out of registers.
    var sums = tile;
    for (var i = 0u; i < 32u; i++) {
        let out_row = row + 4u * (i % 8u) + i / 8u;
        if out_row < params.m && 4u * column < params.n {
            let at = (params.out_offset + out_row * params.out_stride) / 4u + column;
            let before = select(vec4<f32>(0.0), out[at], params.accumulate == 1u);
            out[at] = before + sums[i / 4u][i % 4u];
        }
    }
}
