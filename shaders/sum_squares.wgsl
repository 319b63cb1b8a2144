// The squares of all gradients, added up in a fixed order: one partial sum per workgroup.
//
//     partials[w] = Σ over the values of workgroup w of values[i]²         partials: one per workgroup, written
//
// The length is a multiple of 4. Invocation i of the whole grid takes the vectors i, i + grid, ...; invocation 0 of a
// workgroup adds up the sums of its 64.
// Twin: src/engine/reference/sum_squares.rs

struct Params {
    len: u32,           // values
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> values: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> partials: array<f32>;

const LANES = 64u;
var<workgroup> sums: array<f32, LANES>;

@compute @workgroup_size(LANES)
fn sum_squares(
    @builtin(global_invocation_id) id: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
) {
    var sum = vec4<f32>(0.0);
    for (var i = id.x; i < params.len / 4u; i += LANES * grid.x) {
        sum += values[i] * values[i];
    }
    sums[lane] = sum.x + sum.y + sum.z + sum.w;
    workgroupBarrier();
    if lane == 0u {
        var total = 0.0;
        for (var i = 0u; i < LANES; i++) {
            total += sums[i];
        }
        partials[workgroup.x] = total;
    }
}
