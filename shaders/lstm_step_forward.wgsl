// LSTM, time step t forward, for one LSTM or several of one size side by side (U = n · H units; LSTM j owns the units
// j·H to (j+1)·H and reads the hidden state of those alone).
//
//     z = gates[t] + hidden[t] · weight_hh             gates[t] holds x[t] · weight_ih + bias
//     i, f, o = sigmoid(z_i), sigmoid(z_f), sigmoid(z_o)     g = tanh(z_g)
//     c = f * cell[t] + i * g                          h = o * tanh(c)
//     output[t] = h
//     hidden[t+1], cell[t+1] = h, c, or 0 where reset[t+1] is 1: a song begins there
//
// On return gates[t] holds the activations (i, f, g, o): backward needs those and never z. Slot t of hidden and cell is
// only read and slot t+1 only written, so no invocation sees another's write. A step `back` takes the state from slot t+1
// and leaves it in slot t: where none is kept, two slots serve any number of steps.
// H is a multiple of 4. One invocation computes 4 units of 4 batch rows; tile[j] is unit j, its columns the rows.
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
@group(0) @binding(1) var<storage, read> weight_hh: array<vec4<f32>>;       // [U/H, H, H] of (i, f, g, o): from, to
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

@compute @workgroup_size(8, 4)
fn lstm_step_forward(@builtin(global_invocation_id) id: vec3<u32>) {
    let size = params.hidden_size;
    let unit = 4u * id.x;                           // the first of four, within this LSTM
    let row = 4u * id.y;                            // the first of four
    let first = id.z * size;                        // this LSTM's first unit
    let stride = params.units / 4u;
    let state = (params.step * params.batch_size + row) * stride + first / 4u;
    let slot = params.batch_size * stride;          // from one slot of the state to the next
    let from_slot = params.back * slot;
    let to_slot = slot - from_slot;

    var tile = array<mat4x4<f32>, 4>();
    for (var k = 0u; k < size / 4u; k++) {
        let at = state + from_slot + k;
        let rows = mat4x4<f32>(hidden[at], hidden[at + stride], hidden[at + 2u * stride], hidden[at + 3u * stride]);
        let w = (first + 4u * k) * size + unit;
        tile[0] += mat4x4<f32>(weight_hh[w], weight_hh[w + size], weight_hh[w + 2u * size], weight_hh[w + 3u * size]) * rows;
        let w1 = w + 1u;
        tile[1] += mat4x4<f32>(weight_hh[w1], weight_hh[w1 + size], weight_hh[w1 + 2u * size], weight_hh[w1 + 3u * size]) * rows;
        let w2 = w + 2u;
        tile[2] += mat4x4<f32>(weight_hh[w2], weight_hh[w2 + size], weight_hh[w2 + 2u * size], weight_hh[w2 + 3u * size]) * rows;
        let w3 = w + 3u;
        tile[3] += mat4x4<f32>(weight_hh[w3], weight_hh[w3 + size], weight_hh[w3 + 2u * size], weight_hh[w3 + 3u * size]) * rows;
    }

    if unit >= size { return; }
    // A copy: the loop below indexes by a variable, which would keep the tile itself out of registers.
    var sums = tile;
    for (var i = 0u; i < min(4u, max(params.batch_size, row) - row); i++) {
        let at = state + i * stride + unit / 4u;
        let before = cell[at + from_slot];
        var c = vec4<f32>();
        var h = vec4<f32>();
        for (var j = 0u; j < 4u; j++) {
            let unit_cell = lstm_cell_forward(sums[j][i] + gates[4u * at + j], before[j]);
            gates[4u * at + j] = unit_cell.gates;
            c = replaced(c, j, unit_cell.cell);
            h = replaced(h, j, unit_cell.hidden);
        }
        output[at] = h;
        hidden[at + to_slot] = keep(row + i) * h;
        cell[at + to_slot] = keep(row + i) * c;
    }
}
