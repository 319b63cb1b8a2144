// LSTM backward, all time steps from the last down to `step` in one dispatch, for small LSTMs on GPUs.
//
//     dh = doutput[t] + keep · (dgates[t+1] · weight_hhᵀ), then the derivatives of common/lstm_cell.wgsl
//
// The contract is that of so many dispatches of shaders/lstm_step_backward.wgsl, with H a multiple of 8 and at most 128. One
// workgroup computes 4 batch rows of one LSTM: the gradients of the gates go from step to step in workgroup memory, that
// of the cell in registers.
//
// For the product a workgroup is 32 groups of 8 invocations. A group has the units g, g + 32, ..., and its invocations divide
// the inner dimension, for which weights lie side by side: k = lane, lane + 8, ... The sums of the eight are added up in
// order. For the rest it is two halves of 128 invocations, one for each unit, with two rows each.
// Twin: src/engine/reference/lstm_step_backward.rs

struct Params {
    step: u32,          // the last step that is computed
    seq_len: u32,       // T
    batch_size: u32,    // B
    hidden_size: u32,   // H: units of one LSTM
    units: u32,         // U: units of all LSTMs that run side by side, a multiple of H
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weight_hh: array<vec4<f32>>;       // [U/H, H, H] of (i, f, g, o): from, to
@group(0) @binding(2) var<storage, read> reset: array<u32>;                 // [T, B]
@group(0) @binding(3) var<storage, read> doutput: array<f32>;               // [T, B, U]
@group(0) @binding(4) var<storage, read> cell: array<f32>;                  // [T+1, B, U]
@group(0) @binding(5) var<storage, read_write> gates: array<vec4<f32>>;     // [T, B, U] of (i, f, g, o)
@group(0) @binding(6) var<storage, read_write> dcell: array<f32>;           // [B, U]

const HALF = 128u;
const LANES = 8u;
const GROUPS = 32u;

// The gradients of the gates of four rows, [4, HALF]; in between the sums of the lanes, [LANES, HALF] of four rows.
var<workgroup> values: array<vec4<f32>, LANES * HALF>;

// Where the sum of a lane for a unit lies. Lanes side by side write to, and units side by side are read from, different banks.
fn place_of_sum(lane: u32, unit: u32) -> u32 {
    return lane * HALF + (unit ^ lane);
}

// Of one unit and four rows, whose dgates at one inner step are the columns of a transposed matrix.
fn product(dgates: mat4x4<f32>, weight: vec4<f32>) -> vec4<f32> {
    return weight * dgates;
}

// dgates[t+1] · weight_hhᵀ: of one unit and four rows.
fn sum_of_products(local: u32, first: u32) -> vec4<f32> {
    let size = params.hidden_size;
    let lane = local % LANES;
    let group = local / LANES;
    // Units past the end do as the last one, and nobody reads their sums.
    let units = min(vec4<u32>(group, group + GROUPS, group + 2u * GROUPS, group + 3u * GROUPS), vec4<u32>(size - 1u));
    let rows = (first + units) * size;
    var sums = mat4x4<f32>();
    for (var k = lane; k < size; k += LANES) {
        let dgates = mat4x4<f32>(values[k], values[HALF + k], values[2u * HALF + k], values[3u * HALF + k]);
        sums[0] += product(dgates, weight_hh[rows.x + k]);
        if size > GROUPS { sums[1] += product(dgates, weight_hh[rows.y + k]); }
        if size > 2u * GROUPS { sums[2] += product(dgates, weight_hh[rows.z + k]); }
        if size > 3u * GROUPS { sums[3] += product(dgates, weight_hh[rows.w + k]); }
    }
    workgroupBarrier();     // all have used the gradients
    values[place_of_sum(lane, group)] = sums[0];
    values[place_of_sum(lane, group + GROUPS)] = sums[1];
    values[place_of_sum(lane, group + 2u * GROUPS)] = sums[2];
    values[place_of_sum(lane, group + 3u * GROUPS)] = sums[3];
    workgroupBarrier();
    var sum = vec4<f32>();
    for (var i = 0u; i < LANES; i++) {
        sum += values[place_of_sum(i, local % HALF)];
    }
    workgroupBarrier();     // all have read the sums
    return sum;
}

fn kept(step: u32, row: u32) -> bool {
    let next = step + 1u;
    if next == params.seq_len { return false; }
    return reset[next * params.batch_size + row] == 0u;
}

@compute @workgroup_size(256)
fn lstm_step_backward(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let size = params.hidden_size;
    let part = local / HALF;
    let unit = local % HALF;
    let first = workgroup.z * size;                         // this LSTM's first unit
    let row = 4u * workgroup.y + 2u * part;                 // the first of two
    let place = row * params.units + first + unit;          // within a step; the second row is params.units after it
    let counts = (vec2<u32>(row, row + 1u) < vec2<u32>(params.batch_size)) & vec2<bool>(unit < size);

    var dcells = vec2<f32>();
    for (var steps = params.seq_len; steps > params.step; steps--) {
        let step = steps - 1u;
        var sums = vec2<f32>();
        if steps < params.seq_len {
            workgroupBarrier();     // all have written their gradients
            let sum = sum_of_products(local, first);
            sums = select(sum.zw, sum.xy, part == 0u);
        }
        let at = step * params.batch_size * params.units + place;
        let to = 2u * part * HALF + unit;
        if counts.x {
            dcells.x = finish(step, row, at, sums.x, dcells.x, to);
        } else {
            values[to] = vec4<f32>();
        }
        if counts.y {
            dcells.y = finish(step, row + 1u, at + params.units, sums.y, dcells.y, to + HALF);
        } else {
            values[to + HALF] = vec4<f32>();
        }
    }
    if counts.x { dcell[place] = dcells.x; }
    if counts.y { dcell[place + params.units] = dcells.y; }
}

// One row and unit of a step: returns the gradient of the cell before it. `at` is the place within [T, B, U], `to` that in
// workgroup memory.
fn finish(step: u32, row: u32, at: u32, sum: f32, dcell_after: f32, to: u32) -> f32 {
    let is_kept = kept(step, row);
    let dhidden = doutput[at] + select(0.0, sum, is_kept);
    let gradient = lstm_cell_backward(gates[at], cell[at], dhidden, select(0.0, dcell_after, is_kept));
    gates[at] = gradient.dgates;
    values[to] = gradient.dgates;
    return gradient.dcell;
}
