// LSTM, time step t backward, for one LSTM or several side by side as in lstm_step_forward.
//
//     dh = doutput[t] + keep · (dgates[t+1] · weight_hhᵀ)     keep = 0 where a song begins at t+1; nothing comes from t+1
//     dc = keep · dcell                                        when t is the last step (truncated backpropagation)
//     dgates[t], dcell = the derivatives of common/lstm_cell.wgsl
//
// gates[t] holds the activations (i, f, g, o) and is overwritten by dgates[t]; gates[t+1] holds dgates[t+1] already.
// dcell carries from step to step; its content before the last step does not matter.
// H is a multiple of 4. One invocation computes 4 units of 4 batch rows; the columns of its tile are the rows.
// Twin: src/engine/reference/lstm_step_backward.rs, which derives the formulas.

struct Params {
    step: u32,          // t
    seq_len: u32,       // T
    batch_size: u32,    // B
    hidden_size: u32,   // H: units of one LSTM
    units: u32,         // U: units of all LSTMs that run side by side, a multiple of H
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weight_hh: array<vec4<f32>>;       // [U/H, H, H] of (i, f, g, o): from, to
@group(0) @binding(2) var<storage, read> reset: array<u32>;                 // [T, B]
@group(0) @binding(3) var<storage, read> doutput: array<vec4<f32>>;         // [T, B, U]
@group(0) @binding(4) var<storage, read> cell: array<vec4<f32>>;            // [T+1, B, U]
@group(0) @binding(5) var<storage, read_write> gates: array<vec4<f32>>;     // [T, B, U] of (i, f, g, o)
@group(0) @binding(6) var<storage, read_write> dcell: array<vec4<f32>>;     // [B, U]

fn keep(row: u32) -> f32 {
    let next = params.step + 1u;
    if next == params.seq_len { return 0.0; }
    return 1.0 - f32(reset[next * params.batch_size + row]);
}

@compute @workgroup_size(8, 4)
fn lstm_step_backward(@builtin(global_invocation_id) id: vec3<u32>) {
    let size = params.hidden_size;
    let unit = 4u * id.x;                           // the first of four, within this LSTM
    let row = 4u * id.y;                            // the first of four
    let first = id.z * size;                        // this LSTM's first unit
    let state = (params.step * params.batch_size + row) * params.units + first;
    let after = state + params.batch_size * params.units;

    var tile = mat4x4<f32>();
    let steps = select(size, 0u, params.step + 1u == params.seq_len);
    for (var k = 0u; k < steps; k++) {
        let at = after + k;
        let rows = mat4x4<f32>(gates[at], gates[at + params.units], gates[at + 2u * params.units], gates[at + 3u * params.units]);
        let w = (first + unit) * size + k;
        tile += transpose(mat4x4<f32>(weight_hh[w], weight_hh[w + size], weight_hh[w + 2u * size], weight_hh[w + 3u * size])) * rows;
    }

    if unit >= size { return; }
    // A copy: the loop below indexes by a variable, which would keep the tile itself out of registers.
    var sums = tile;
    for (var i = 0u; i < min(4u, max(params.batch_size, row) - row); i++) {
        let at = state + i * params.units + unit;
        let carried = ((row + i) * params.units + first + unit) / 4u;
        // select, for dcell may hold anything before the last step
        let kept = keep(row + i) == 1.0;
        let dhidden = doutput[at / 4u] + select(vec4<f32>(0.0), sums[i], kept);
        let dcell_after = select(vec4<f32>(0.0), dcell[carried], kept);
        let before = cell[at / 4u];
        var dcell_before = vec4<f32>();
        for (var j = 0u; j < 4u; j++) {
            let gradient = lstm_cell_backward(gates[at + j], before[j], dhidden[j], dcell_after[j]);
            gates[at + j] = gradient.dgates;
            dcell_before = replaced(dcell_before, j, gradient.dcell);
        }
        dcell[carried] = dcell_before;
    }
}
