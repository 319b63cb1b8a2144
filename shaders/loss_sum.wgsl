// Adds the losses of a batch to running totals, one per head, so that the host need not read them every step.
//
//     totals[h] += Σ_r losses[r, h]                losses: [R, heads], totals: [heads], accumulated into; heads: 1 to 8
//
// One workgroup; of each head, invocation i adds up rows i, i + 64, ..., then invocation h adds up the 64 sums of head h.
// Twin: src/engine/reference/loss_sum.rs

struct Params {
    rows: u32,          // R
    heads: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> losses: array<f32>;
@group(0) @binding(2) var<storage, read_write> totals: array<f32>;

const LANES = 64u;
const MAX_HEADS = 8u;
var<workgroup> sums: array<array<f32, LANES>, MAX_HEADS>;

@compute @workgroup_size(LANES)
fn loss_sum(@builtin(local_invocation_index) lane: u32) {
    for (var head = 0u; head < params.heads; head++) {
        var sum = 0.0;
        for (var row = lane; row < params.rows; row += LANES) {
            sum += losses[params.heads * row + head];
        }
        sums[head][lane] = sum;
    }
    workgroupBarrier();
    if lane < params.heads {
        var total = totals[lane];
        for (var i = 0u; i < LANES; i++) {
            total += sums[lane][i];
        }
        totals[lane] = total;
    }
}
