// LSTM forward, all time steps from `step` on in one dispatch, for small LSTMs on GPUs.
//
//     z = gates[t] + hidden[t] · weight_hh, then the cell of common/lstm_cell.wgsl, for t = step, step + 1, ... T - 1
//
// The contract is that of so many dispatches of shaders/lstm_step_forward.wgsl, with H a multiple of 8 and at most 128. One
// workgroup computes 4 batch rows of one LSTM, which need nothing of other workgroups: the hidden state goes from step to
// step in workgroup memory and the cell in registers. The weights are read again in each step, so they should fit into a
// cache.
//
// A workgroup is two halves of 128 invocations, one for each unit. Each half goes over half of the inner dimension for all
// four rows, then both give each other the sums of two rows and finish two.
// Twin: src/engine/reference/lstm_step_forward.rs

struct Params {
    step: u32,          // the first step
    seq_len: u32,       // T
    batch_size: u32,    // B
    hidden_size: u32,   // H: units of one LSTM
    units: u32,         // U: units of all LSTMs that run side by side, a multiple of H
    back: u32,          // 0: a step back is a single one
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weight_hh: array<vec4<f32>>;       // [U/H, H, H] of (i, f, g, o): from, to
@group(0) @binding(2) var<storage, read> reset: array<u32>;                 // [T, B]
@group(0) @binding(3) var<storage, read_write> gates: array<vec4<f32>>;     // [T, B, U] of (i, f, g, o)
@group(0) @binding(4) var<storage, read_write> hidden: array<f32>;          // [T+1, B, U]
@group(0) @binding(5) var<storage, read_write> cell: array<f32>;            // [T+1, B, U]
@group(0) @binding(6) var<storage, read_write> output: array<f32>;          // [T, B, U]

const HALF = 128u;

var<workgroup> state: array<vec2<f32>, 2u * HALF>;      // of unit u: two rows at 2u, two at 2u + 1
var<workgroup> given: array<vec4<f32>, 4u * HALF>;      // sums of the other half: the first row of each invocation, then the second

// Columns are the four rows.
fn multiply_add(sums: mat4x4<f32>, k: u32, weight: vec4<f32>) -> mat4x4<f32> {
    let low = state[2u * k];
    let high = state[2u * k + 1u];
    return sums + mat4x4<f32>(weight * low.x, weight * low.y, weight * high.x, weight * high.y);
}

fn keep(step: u32, row: u32) -> f32 {
    let next = step + 1u;
    if next == params.seq_len { return 1.0; }
    return 1.0 - f32(reset[next * params.batch_size + row]);
}

// One row of a step: returns hidden and cell of the next slot. `at` is the place within [T, B, U].
fn finish(step: u32, row: u32, at: u32, z: vec4<f32>, cell_before: f32) -> vec2<f32> {
    let unit_cell = lstm_cell_forward(z, cell_before);
    let after = keep(step, row) * vec2<f32>(unit_cell.hidden, unit_cell.cell);
    let next = at + params.batch_size * params.units;
    gates[at] = unit_cell.gates;
    output[at] = unit_cell.hidden;
    hidden[next] = after.x;
    cell[next] = after.y;
    return after;
}

@compute @workgroup_size(256)
fn lstm_step_forward(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let size = params.hidden_size;
    let part = local / HALF;
    let unit = min(local % HALF, size - 1u);                // those past the end do as the last one, and write nothing
    let first = workgroup.z * size;                         // this LSTM's first unit
    let row = 4u * workgroup.y + 2u * part;                 // the first of two
    let slot = params.batch_size * params.units;            // from one step to the next
    let place = row * params.units + first + unit;          // within a step; the second row is params.units after it
    let counts = (vec2<u32>(row, row + 1u) < vec2<u32>(params.batch_size)) & vec2<bool>(local % HALF < size);

    let begin = params.step * slot + place;
    var two = mat2x2<f32>();                                // hidden and cell of two rows
    if counts.x { two[0] = vec2<f32>(hidden[begin], cell[begin]); }
    if counts.y { two[1] = vec2<f32>(hidden[begin + params.units], cell[begin + params.units]); }

    for (var step = params.step; step < params.seq_len; step++) {
        if local % HALF < size { state[2u * unit + part] = vec2<f32>(two[0].x, two[1].x); }
        workgroupBarrier();
        // Loaded ahead of the product.
        let at = step * slot + place;
        var z_0 = vec4<f32>();
        var z_1 = vec4<f32>();
        if counts.x { z_0 = gates[at]; }
        if counts.y { z_1 = gates[at + params.units]; }

        var sums = mat4x4<f32>();
        let inner = part * size / 2u;
        // Four steps at a time, for fewer rounds and so that loads can run ahead.
        for (var k = inner; k < inner + size / 2u; k += 4u) {
            let w = (first + k) * size + unit;
            let weight_0 = weight_hh[w];
            let weight_1 = weight_hh[w + size];
            let weight_2 = weight_hh[w + 2u * size];
            let weight_3 = weight_hh[w + 3u * size];
            sums = multiply_add(sums, k, weight_0);
            sums = multiply_add(sums, k + 1u, weight_1);
            sums = multiply_add(sums, k + 2u, weight_2);
            sums = multiply_add(sums, k + 3u, weight_3);
        }
        let lower = part == 0u;
        given[local] = select(sums[0], sums[2], lower);
        given[local + 2u * HALF] = select(sums[1], sums[3], lower);
        workgroupBarrier();
        let other = (local + HALF) % (2u * HALF);
        if counts.x {
            z_0 += select(sums[2], sums[0], lower) + given[other];
            two[0] = finish(step, row, at, z_0, two[0].y);
        }
        if counts.y {
            z_1 += select(sums[3], sums[1], lower) + given[other + 2u * HALF];
            two[1] = finish(step, row + 1u, at + params.units, z_1, two[1].y);
        }
    }
}
