// Adds the losses of a batch to running totals, one per head, so that the host need not read them every step.
//
//     totals[h] += Σ_r losses[r, h]                            losses: [R, 3], totals: [3], accumulated into
//
// One workgroup; invocation i adds up rows i, i + 64, ..., then invocation h adds up the 64 sums of head h.
// Twin: src/engine/reference/loss_sum.rs

struct Params {
    rows: u32,          // R
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> losses: array<f32>;
@group(0) @binding(2) var<storage, read_write> totals: array<f32>;

const LANES = 64u;
var<workgroup> sums: array<vec3<f32>, LANES>;

@compute @workgroup_size(LANES)
fn loss_sum(@builtin(local_invocation_index) lane: u32) {
    var sum = vec3<f32>(0.0);
    for (var row = lane; row < params.rows; row += LANES) {
        sum += vec3<f32>(losses[3u * row], losses[3u * row + 1u], losses[3u * row + 2u]);
    }
    sums[lane] = sum;
    workgroupBarrier();
    if lane < 3u {
        var total = totals[lane];
        for (var i = 0u; i < LANES; i++) {
            total += sums[i][lane];
        }
        totals[lane] = total;
    }
}
