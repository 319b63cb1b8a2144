// Softmax cross-entropy and its gradient in one pass over a row of logits.
//
//     losses[r]     = ln Σ_v exp(logits[r, v]) - logits[r, target]             in nats
//     dlogits[r, v] = scale · (softmax(logits[r])[v] - [v = target])
//
// Both are 0 in rows without a target (IGNORE), and dlogits is 0 in the columns behind the classes. Without gradient the losses
// alone are written.
// The row's maximum is subtracted before exp, so nothing overflows. targets and losses: [R, heads], one column
// per head.
// LANES invocations share a row, each has every LANES-th class; their sums are added up in order. A workgroup has 64 / LANES
// rows. LANES comes from common/lanes_8.wgsl or common/lanes_64.wgsl.
// Twin: src/engine/reference/softmax_cross_entropy.rs

struct Params {
    @align(16) rows: u32,   // R
    vocab_size: u32,        // V
    stride: u32,            // values from row to row, at least V
    heads: u32,
    head: u32,              // column of targets and losses
    scale: f32,
    logits_offset: u32,     // first element
    dlogits_offset: u32,
    with_gradient: u32,     // 1, or 0: dlogits is something else and stays as it is
}

@group(0) @binding(0) var<uniform> jobs: array<Params, 8>;   // heads side by side, one for each z of the grid
@group(0) @binding(1) var<storage, read> logits: array<f32>;                // [R, stride]
@group(0) @binding(2) var<storage, read> targets: array<u32>;               // [R, heads]
@group(0) @binding(3) var<storage, read_write> losses: array<f32>;          // [R, heads]
@group(0) @binding(4) var<storage, read_write> dlogits: array<f32>;         // [R, stride]

var<private> params: Params;    // of this workgroup

const IGNORE = 0xffffffffu;
var<workgroup> maxima: array<f32, 64>;
var<workgroup> sums: array<f32, 64>;

@compute @workgroup_size(64)
fn softmax_cross_entropy(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    params = jobs[workgroup.z];
    let lane = index % LANES;
    let neighbour = index - lane;       // the first invocation of the row
    let own_row = (workgroup.y * grid.x + workgroup.x) * (64u / LANES) + index / LANES;
    let row = min(own_row, params.rows - 1u);
    let is_row = own_row < params.rows; // others read the last row, and write nothing
    let first = params.logits_offset + row * params.stride;
    let dfirst = params.dlogits_offset + row * params.stride;
    let writes = is_row && params.with_gradient == 1u;
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
        if writes { dlogits[dfirst + v] = power; }
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
    let columns = select(0u, params.stride, writes);
    for (var v = lane; v < columns; v += LANES) {
        let gradient = scale * (dlogits[dfirst + v] / sum - select(0.0, 1.0, v == target_class));
        dlogits[dfirst + v] = select(0.0, gradient, v < params.vocab_size);
    }
    if lane == 0u && is_row {
        let chosen = logits[first + min(target_class, params.vocab_size - 1u)];
        losses[params.heads * row + params.head] = select(log(sum) + largest - chosen, 0.0, ignored);
    }
}
