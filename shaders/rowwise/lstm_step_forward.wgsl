// LSTM, time step t forward, for few batch rows.
//
// The contract is that of shaders/lstm_step_forward.wgsl, but for weight_hh, which is an image of [U/H · H, 4H]. One
// workgroup computes 32 units of one batch row, the strip of their gates; see common/strip.wgsl. The 16 columns of an
// invocation are the gates of 4 units.
// Twin: src/engine/reference/lstm_step_forward.rs

struct Params {
    step: u32,          // t
    seq_len: u32,       // T
    batch_size: u32,    // B
    hidden_size: u32,   // H: units of one LSTM
    units: u32,         // U: units of all LSTMs that run side by side, a multiple of H
    back: u32,          // 1: from slot t+1 of the state to slot t
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var weight_hh: texture_storage_2d_array<rgba32float, read>;
@group(0) @binding(2) var<storage, read> reset: array<u32>;                 // [T, B]
@group(0) @binding(3) var<storage, read_write> gates: array<vec4<f32>>;     // [T, B, U] of (i, f, g, o)
@group(0) @binding(4) var<storage, read_write> hidden: array<vec4<f32>>;    // [T+1, B, U]
@group(0) @binding(5) var<storage, read_write> cell: array<vec4<f32>>;      // [T+1, B, U]
@group(0) @binding(6) var<storage, read_write> output: array<vec4<f32>>;    // [T, B, U]

fn keep(row: u32) -> f32 {
    let next = params.step + 1u;
    if next == params.seq_len { return 1.0; }
    return 1.0 - f32(reset[next * params.batch_size + row]);
}

@compute @workgroup_size(8, SLICES)
fn lstm_step_forward(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let size = params.hidden_size;
    let strip = workgroup.x;
    let row = workgroup.y;
    let first = workgroup.z * size;                 // this LSTM's first unit
    let unit = 32u * strip + 4u * local.x;          // the first of four, within this LSTM
    let state = (params.step * params.batch_size + row) * params.units + first;
    let slot = params.batch_size * params.units / 4u;   // from one slot of the state to the next
    let from_slot = params.back * slot;
    let to_slot = slot - from_slot;

    var part = mat4x4<f32>();
    for (var k = local.y; k < size / 4u; k += SLICES) {
        part += strip_product(hidden[state / 4u + from_slot + k], weight_hh, strip, vec2<u32>(4u * local.x, first + 4u * k));
    }

    var sums = sum_of_slices(part, local);
    if local.y > 0u || unit >= size { return; }
    let at = (state + unit) / 4u;
    let before = cell[at + from_slot];
    var c = vec4<f32>();
    var h = vec4<f32>();
    for (var j = 0u; j < 4u; j++) {
        let unit_cell = lstm_cell_forward(sums[j] + gates[4u * at + j], before[j]);
        gates[4u * at + j] = unit_cell.gates;
        c = replaced(c, j, unit_cell.cell);
        h = replaced(h, j, unit_cell.hidden);
    }
    output[at] = h;
    hidden[at + to_slot] = keep(row) * h;
    cell[at + to_slot] = keep(row) * c;
}
