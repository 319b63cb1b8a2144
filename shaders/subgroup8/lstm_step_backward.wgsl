// LSTM, time step t backward, for subgroups of 8 invocations.
//
// The contract is that of shaders/lstm_step_backward.wgsl. One workgroup computes a tile of batch rows and units; see
// common/subgroup_tile.wgsl for how the lanes share it. The inner dimension goes over units, four gates at a time.
// Twin: src/engine/reference/lstm_step_backward.rs

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

fn rows_of_gates(at: u32) -> mat4x4<f32> {
    let stride = 8u * params.units;     // eight rows
    return mat4x4<f32>(gates[at], gates[at + stride], gates[at + 2u * stride], gates[at + 3u * stride]);
}

fn columns_of_weight(at: u32) -> mat4x4<f32> {
    let size = params.hidden_size;
    return transpose(mat4x4<f32>(weight_hh[at], weight_hh[at + size], weight_hh[at + 2u * size], weight_hh[at + 3u * size]));
}

var<private> first: u32;    // the first unit of this LSTM

fn write_rows(sums: mat4x4<f32>, row: u32, four_units: u32) {
    let unit = 4u * four_units;
    if unit >= params.hidden_size { return; }
    for (var i = 0u; i < min(4u, params.batch_size - row); i++) {
        let at = (params.step * params.batch_size + row + i) * params.units + first + unit;
        let carried = ((row + i) * params.units + first + unit) / 4u;
        // select, for dcell may hold anything before the last step
        let kept = keep(row + i) == 1.0;
        let dhidden = doutput[at / 4u] + select(vec4<f32>(0.0), pick_row(sums, i), kept);
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

@compute @workgroup_size(8)
fn lstm_step_backward(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let size = params.hidden_size;
    first = workgroup.z * size;
    let row = TILE_ROWS * workgroup.y;
    let column = TILE_COLUMNS / 4u * workgroup.x + lane;    // four units of this LSTM
    let after = ((params.step + 1u) * params.batch_size + row + lane) * params.units + first;

    var tile = Tile();
    let steps = select(size, 0u, params.step + 1u == params.seq_len);
    for (var k = 0u; k < steps; k++) {
        let at = after + k;
        let w = (first + 4u * column) * size + k;
        let rows = Rows(rows_of_gates(at), rows_of_gates(at + 32u * params.units));
        tile = multiply_add(tile, rows, Columns(columns_of_weight(w), columns_of_weight(w + 32u * size)));
    }
    write_tile(tile, row, column, min(TILE_ROWS, params.batch_size - row));
}
