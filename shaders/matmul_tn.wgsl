// Matrix product with the first factor transposed: out = aᵀ · b. The gradient of a weight, summed over all rows.
//
//     out[m, n] = Σ_k a[k, m] b[k, n]  (+ out[m, n])           a: [K, M], b: [K, N], out: [M, N]
//
// Written, or accumulated into when `accumulate` is 1: the host splits a long K into chunks.
// M, N, offsets and strides are multiples of 4; K (time steps times batch rows) is any size, and rows past the end
// count as 0. Blocks as in matmul_nn, those of a transposed.
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

// Rows past the end count as 0: those of a are zeroed, those of b replaced by the last one. Nothing branches, for a
// branch around each load costs more than the load of a row that does not count.
fn row_of_a(k: u32, column: u32) -> vec4<f32> {
    let row = a[(params.a_offset + min(k, params.k - 1u) * params.a_stride) / 4u + column];
    return select(vec4<f32>(0.0), row, k < params.k);
}

fn row_of_b(k: u32, column: u32) -> vec4<f32> {
    return b[(params.b_offset + min(k, params.k - 1u) * params.b_stride) / 4u + column];
}

fn block_of_a(k: u32, column: u32) -> mat4x4<f32> {
    return transpose(mat4x4<f32>(row_of_a(k, column), row_of_a(k + 1u, column), row_of_a(k + 2u, column), row_of_a(k + 3u, column)));
}

fn block_of_b(k: u32, column: u32) -> mat4x4<f32> {
    return mat4x4<f32>(row_of_b(k, column), row_of_b(k + 1u, column), row_of_b(k + 2u, column), row_of_b(k + 3u, column));
}

@compute @workgroup_size(8, 8)
fn matmul_tn(@builtin(global_invocation_id) id: vec3<u32>) {
    params = jobs[id.z];
    let row = 2u * id.y;        // in vectors of 4
    let column = 2u * id.x;     // in vectors of 4
    if 4u * row >= params.m || 4u * column >= params.n { return; }

    var tile = array<mat4x4<f32>, 4>();
    for (var k = 0u; k < params.k; k += 4u) {
        let a_0 = block_of_a(k, row);
        let a_1 = block_of_a(k, row + 1u);
        let b_0 = block_of_b(k, column);
        tile[0] += b_0 * a_0;
        tile[2] += b_0 * a_1;
        // Loaded only now: with fewer values alive at once, a processor is faster by a tenth.
        let b_1 = block_of_b(k, column + 1u);
        tile[1] += b_1 * a_0;
        tile[3] += b_1 * a_1;
    }

    // A copy: the loop below indexes by a variable, which would keep the tile itself out of registers.
    var sums = tile;
    for (var i = 0u; i < 8u; i++) {
        for (var j = 0u; j < 2u; j++) {
            if 4u * row + i < params.m && 4u * (column + j) < params.n {
                let at = (params.out_offset + (4u * row + i) * params.out_stride) / 4u + column + j;
                let before = select(vec4<f32>(0.0), out[at], params.accumulate == 1u);
                out[at] = before + sums[i / 4u * 2u + j][i % 4u];
            }
        }
    }
}
