// The gradient of a bias: the sum of each column.
//
//     out[n] = Σ_m a[m, n]                                     a: [M, N], out: [N], written
//
// The matrices of up to eight sums lie in up to six buffers, so that the sums of a whole pass are one dispatch. N, offsets and
// strides are multiples of 4. A workgroup adds up 32 columns: 32 groups of 8 invocations, each with four columns of the rows m, m + 32,
// ... of its group, in order; then the sums of the groups are added up in order.
// Twin: src/engine/reference/column_sum.rs

struct Params {
    @align(16) rows: u32,   // M
    columns: u32,           // N
    source: u32,            // which of the six has the matrix
    a_offset: u32,          // first element
    a_stride: u32,          // elements from row to row
    out_offset: u32,
}

@group(0) @binding(0) var<uniform> jobs: array<Params, 8>;   // sums side by side, one for each z of the grid
@group(0) @binding(1) var<storage, read> a_0: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> a_1: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> a_2: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> a_3: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read> a_4: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read> a_5: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> out: array<vec4<f32>>;

const LANES = 8u;
const GROUPS = 32u;
var<workgroup> sums: array<array<vec4<f32>, LANES>, GROUPS>;

@compute @workgroup_size(LANES, GROUPS)
fn column_sum(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_id) id: vec3<u32>) {
    let job = jobs[workgroup.z];
    let column = workgroup.x * LANES + id.x;    // in vectors of 4
    let counts = 4u * column < job.columns;
    var sum = vec4<f32>(0.0);
    let first = job.a_offset / 4u + column;
    let stride = job.a_stride / 4u;
    if counts {
        switch job.source {
            case 0u: { for (var row = id.y; row < job.rows; row += GROUPS) { sum += a_0[first + row * stride]; } }
            case 1u: { for (var row = id.y; row < job.rows; row += GROUPS) { sum += a_1[first + row * stride]; } }
            case 2u: { for (var row = id.y; row < job.rows; row += GROUPS) { sum += a_2[first + row * stride]; } }
            case 3u: { for (var row = id.y; row < job.rows; row += GROUPS) { sum += a_3[first + row * stride]; } }
            case 4u: { for (var row = id.y; row < job.rows; row += GROUPS) { sum += a_4[first + row * stride]; } }
            default: { for (var row = id.y; row < job.rows; row += GROUPS) { sum += a_5[first + row * stride]; } }
        }
    }
    sums[id.y][id.x] = sum;
    workgroupBarrier();
    if id.y == 0u && counts {
        for (var group = 1u; group < GROUPS; group++) {
            sum += sums[group][id.x];
        }
        out[job.out_offset / 4u + column] = sum;
    }
}
