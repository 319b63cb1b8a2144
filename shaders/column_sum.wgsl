// The gradient of a bias: the sum of each column.
//
//     out[n] = Σ_m a[m, n]                                     a: [M, N], out: [N], written
//
// N, offsets and strides are multiples of 4. A workgroup adds up 32 columns: 32 groups of 8 invocations, each with four columns of the rows m, m + 32,
// ... of its group, in order; then the sums of the groups are added up in order.
// Twin: src/engine/reference/column_sum.rs

struct Params {
    @align(16) rows: u32,   // M
    columns: u32,           // N
    a_offset: u32,          // first element
    a_stride: u32,          // elements from row to row
    out_offset: u32,
}

@group(0) @binding(0) var<uniform> jobs: array<Params, 8>;   // sums side by side, one for each z of the grid
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4<f32>>;

const LANES = 8u;
const GROUPS = 32u;
var<workgroup> sums: array<array<vec4<f32>, LANES>, GROUPS>;

@compute @workgroup_size(LANES, GROUPS)
fn column_sum(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_id) id: vec3<u32>) {
    let job = jobs[workgroup.z];
    let column = workgroup.x * LANES + id.x;    // in vectors of 4
    let counts = 4u * column < job.columns;
    var sum = vec4<f32>(0.0);
    if counts {
        for (var row = id.y; row < job.rows; row += GROUPS) {
            sum += a[(job.a_offset + row * job.a_stride) / 4u + column];
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
