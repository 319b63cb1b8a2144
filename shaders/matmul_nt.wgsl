// Matrix product with the second factor transposed: out = a · bᵀ. The gradient of a linear layer's input.
//
//     out[m, n] = Σ_k a[m, k] b[n, k]                          a: [M, K], b: [N, K], out: [M, N], written
//
// N, K, offsets and strides are multiples of 4; M is any size. Blocks as in matmul_nn, those of b transposed.
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

fn block_of_a(at: u32) -> mat4x4<f32> {
    let stride = params.a_stride / 4u;
    return mat4x4<f32>(a[at], a[at + stride], a[at + 2u * stride], a[at + 3u * stride]);
}

fn block_of_b(at: u32) -> mat4x4<f32> {
    let stride = params.b_stride / 4u;
    return transpose(mat4x4<f32>(b[at], b[at + stride], b[at + 2u * stride], b[at + 3u * stride]));
}

@compute @workgroup_size(8, 8)
fn matmul_nt(@builtin(global_invocation_id) id: vec3<u32>) {
    params = jobs[id.z];
    let row = 8u * id.y;
    let column = 2u * id.x;     // in vectors of 4
    if row >= params.m || 4u * column >= params.n { return; }
    let a_row = (params.a_offset + row * params.a_stride) / 4u;
    let b_row = params.b_offset / 4u + column * params.b_stride;

    var tile = array<mat4x4<f32>, 4>();
    for (var k = 0u; k < params.k / 4u; k++) {
        let a_0 = block_of_a(a_row + k);
        let a_1 = block_of_a(a_row + params.a_stride + k);
        let b_0 = block_of_b(b_row + k);
        tile[0] += b_0 * a_0;
        tile[2] += b_0 * a_1;
        // Loaded only now: with fewer values alive at once, a processor is faster by a tenth.
        let b_1 = block_of_b(b_row + params.b_stride + k);
        tile[1] += b_1 * a_0;
        tile[3] += b_1 * a_1;
    }

    // A copy: the loop below indexes by a variable, which would keep the tile itself out of registers.
    var sums = tile;
    for (var i = 0u; i < 8u; i++) {
        for (var j = 0u; j < 2u; j++) {
            if row + i < params.m && 4u * (column + j) < params.n {
                out[(params.out_offset + (row + i) * params.out_stride) / 4u + column + j] = sums[i / 4u * 2u + j][i % 4u];
            }
        }
    }
}
