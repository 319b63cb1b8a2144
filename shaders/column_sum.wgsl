// The gradient of a bias: the sum of each column.
//
//     out[n] = Σ_m a[m, n]                                     a: [M, N], out: [N], written
//
// N is a multiple of 4. A workgroup adds up 32 columns: 32 groups of 8 invocations, each with four columns of the rows m, m + 32,
// ... of its group, in order; then the sums of the groups are added up in order.
// Twin: src/engine/reference/column_sum.rs

struct Params {
    rows: u32,          // M
    columns: u32,       // N
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4<f32>>;

const LANES = 8u;
const GROUPS = 32u;
var<workgroup> sums: array<array<vec4<f32>, LANES>, GROUPS>;

@compute @workgroup_size(LANES, GROUPS)
fn column_sum(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_id) id: vec3<u32>) {
    let stride = params.columns / 4u;
    let column = workgroup.x * LANES + id.x;
    var sum = vec4<f32>(0.0);
    if column < stride {
        for (var row = id.y; row < params.rows; row += GROUPS) {
            sum += a[row * stride + column];
        }
    }
    sums[id.y][id.x] = sum;
    workgroupBarrier();
    if id.y == 0u && column < stride {
        for (var group = 1u; group < GROUPS; group++) {
            sum += sums[group][id.x];
        }
        out[column] = sum;
    }
}
