// Matrix product with bias, and ReLU on request: out = a · b + bias, for few rows.
//
// The contract is that of shaders/matmul_nn.wgsl, but for b, which is an image of whole rows. One workgroup computes one
// row of a strip of 128 columns; see common/strip.wgsl.
// Twin: src/engine/reference/matmul_nn.rs

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
    bias_offset: u32,
    relu: u32,          // 1: negative values become 0
}

@group(0) @binding(0) var<uniform> jobs: array<Params, 8>;   // products side by side, one for each z of the grid
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var b: texture_storage_2d_array<rgba32float, read>;
@group(0) @binding(3) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> out: array<vec4<f32>>;

var<private> params: Params;    // of this workgroup

@compute @workgroup_size(8, SLICES)
fn matmul_nn(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    params = jobs[workgroup.z];
    let strip = workgroup.x;
    let row = workgroup.y;
    let a_row = (params.a_offset + row * params.a_stride) / 4u;
    let b_row = params.b_offset / params.b_stride;

    var part = mat4x4<f32>();
    for (var k = local.y; k < params.k / 4u; k += SLICES) {
        part += strip_product(a[a_row + k], b, strip, vec2<u32>(4u * local.x, b_row + 4u * k));
    }

    var sums = sum_of_slices(part, local);
    if local.y > 0u { return; }
    for (var j = 0u; j < 4u; j++) {
        let column = 32u * strip + 4u * local.x + j;    // in vectors of 4
        if 4u * column < params.n {
            let sum = sums[j] + bias[params.bias_offset / 4u + column];
            let at = (params.out_offset + row * params.out_stride) / 4u + column;
            out[at] = select(sum, max(sum, vec4<f32>(0.0)), params.relu == 1u);
        }
    }
}
