// Mean squared error and its gradient in one pass over a row of predictions.
//
//     losses[r]          = Σ_n (prediction[r, n] - targets[r, n])² / N
//     dprediction[r, n]  = scale · 2 / N · (prediction[r, n] - targets[r, n])
//
// dprediction is 0 in the columns behind the values. losses: [R, heads], one column per head.
// LANES invocations share a row, each has every LANES-th value; their sums are added up in order. A workgroup has 64 / LANES
// rows. Both outputs are written. LANES comes from common/lanes_8.wgsl or common/lanes_64.wgsl.
// Twin: src/engine/reference/mean_squared_error.rs

struct Params {
    rows: u32,          // R
    size: u32,          // N
    stride: u32,        // values from row to row, at least N
    heads: u32,
    head: u32,          // column of losses
    scale: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> prediction: array<f32>;            // [R, stride]
@group(0) @binding(2) var<storage, read> targets: array<f32>;                // [R, stride]
@group(0) @binding(3) var<storage, read_write> losses: array<f32>;          // [R, heads]
@group(0) @binding(4) var<storage, read_write> dprediction: array<f32>;     // [R, stride]

var<workgroup> sums: array<f32, 64>;

@compute @workgroup_size(64)
fn mean_squared_error(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let lane = index % LANES;
    let row = (workgroup.y * grid.x + workgroup.x) * (64u / LANES) + index / LANES;
    let is_row = row < params.rows;
    var sum = 0.0;
    for (var n = lane; is_row && n < params.stride; n += LANES) {
        let at = row * params.stride + n;
        let difference = select(0.0, prediction[at] - targets[at], n < params.size);
        dprediction[at] = params.scale * 2.0 / f32(params.size) * difference;
        sum += difference * difference;
    }
    sums[index] = sum;
    workgroupBarrier();
    if lane == 0u && is_row {
        for (var i = 1u; i < LANES; i++) {
            sum += sums[index + i];
        }
        losses[params.heads * row + params.head] = sum / f32(params.size);
    }
}
