// Softmax cross-entropy and its gradient in one pass over a row of logits.
//
//     losses[r]     = ln Σ_v exp(logits[r, v]) - logits[r, target]             in nats
//     dlogits[r, v] = scale · (softmax(logits[r])[v] - [v = target])
//
// Both are 0 in rows without a target (IGNORE), and dlogits is 0 in the columns behind the classes.
// The row's maximum is subtracted before exp, so nothing overflows. targets and losses: [R, heads], one column
// per head.
// LANES invocations share a row, each has every LANES-th class; their sums are added up in order. A workgroup has 64 / LANES
// rows. Both outputs are written. LANES comes from common/lanes_8.wgsl or common/lanes_64.wgsl.
// Twin: src/engine/reference/softmax_cross_entropy.rs

struct Params {
    rows: u32,          // R
    vocab_size: u32,    // V
    stride: u32,        // values from row to row, at least V
    heads: u32,
    head: u32,          // column of targets and losses
    scale: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>;                // [R, stride]
@group(0) @binding(2) var<storage, read> targets: array<u32>;               // [R, heads]
@group(0) @binding(3) var<storage, read_write> losses: array<f32>;          // [R, heads]
@group(0) @binding(4) var<storage, read_write> dlogits: array<f32>;         // [R, stride]

const IGNORE = 0xffffffffu;
var<workgroup> maxima: array<f32, 64>;
var<workgroup> sums: array<f32, 64>;

@compute @workgroup_size(64)
fn softmax_cross_entropy(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let lane = index % LANES;
    let neighbour = index - lane;       // the first invocation of the row
    let own_row = (workgroup.y * grid.x + workgroup.x) * (64u / LANES) + index / LANES;
    let row = min(own_row, params.rows - 1u);
    let is_row = own_row < params.rows; // others read the last row, and write nothing
    let first = row * params.stride;
    let target_class = targets[params.heads * row + params.head];

    var largest = logits[first];
    for (var v = lane; v < params.vocab_size; v += LANES) {
        largest = max(largest, logits[first + v]);
    }
    maxima[index] = largest;
    workgroupBarrier();
    for (var i = 0u; i < LANES; i++) {
        largest = max(largest, maxima[neighbour + i]);
    }

    var sum = 0.0;
    for (var v = lane; v < params.vocab_size; v += LANES) {
        let power = exp(logits[first + v] - largest);
        if is_row { dlogits[first + v] = power; }
        sum += power;
    }
    sums[index] = sum;
    workgroupBarrier();
    sum = 0.0;
    for (var i = 0u; i < LANES; i++) {
        sum += sums[neighbour + i];
    }

    let ignored = target_class == IGNORE;
    let scale = select(params.scale, 0.0, ignored);
    for (var v = lane; v < params.stride; v += LANES) {
        let gradient = scale * (dlogits[first + v] / sum - select(0.0, 1.0, v == target_class));
        if is_row { dlogits[first + v] = select(0.0, gradient, v < params.vocab_size); }
    }
    if lane == 0u && is_row {
        let chosen = logits[first + min(target_class, params.vocab_size - 1u)];
        losses[params.heads * row + params.head] = select(log(sum) + largest - chosen, 0.0, ignored);
    }
}
