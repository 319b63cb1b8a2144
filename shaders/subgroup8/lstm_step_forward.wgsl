// LSTM, time step t forward, for subgroups of 8 invocations.
//
// The contract is that of shaders/lstm_step_forward.wgsl, with H a multiple of 8. One workgroup computes a tile of batch
// rows and gates; see common/subgroup_tile.wgsl for how the lanes share it. The 4 columns of a lane are the gates of one
// unit, so all that follows the product is local to the lane.
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
@group(0) @binding(5) var<storage, read_write> cell: array<f32>;            // [T+1, B, U]
@group(0) @binding(6) var<storage, read_write> output: array<vec4<f32>>;    // [T, B, U]

fn keep(row: u32) -> f32 {
    let next = params.step + 1u;
    if next == params.seq_len { return 1.0; }
    return 1.0 - f32(reset[next * params.batch_size + row]);
}

fn rows_of_hidden(at: u32) -> mat4x4<f32> {
    let stride = 2u * params.units;     // eight rows, in vectors of 4
    return mat4x4<f32>(hidden[at], hidden[at + stride], hidden[at + 2u * stride], hidden[at + 3u * stride]);
}

fn columns_of_weight(at: u32) -> mat4x4<f32> {
    let size = params.hidden_size;
    return mat4x4<f32>(weight_hh[at], weight_hh[at + size], weight_hh[at + 2u * size], weight_hh[at + 3u * size]);
}

var<private> first: u32;        // the first unit of this LSTM
var<private> from_slot: u32;    // of the state that is read, counted from slot t, in vectors of 4
var<private> to_slot: u32;      // that is written

fn write_rows(sums: mat4x4<f32>, row: u32, unit: u32) {
    if unit >= params.hidden_size { return; }
    let lane = unit % 8u;
    for (var i = 0u; i < min(4u, params.batch_size - row); i++) {
        let at = (params.step * params.batch_size + row + i) * params.units + first + unit;
        let unit_cell = lstm_cell_forward(pick_row(sums, i) + gates[at], cell[at + 4u * from_slot]);
        let kept = keep(row + i);
        gates[at] = unit_cell.gates;
        cell[at + 4u * to_slot] = kept * unit_cell.cell;
        // Lanes 0 and 4 store for themselves and the three lanes after them.
        let h = unit_cell.hidden;
        let low = vec4<f32>(subgroupShuffle(h, 0u), subgroupShuffle(h, 1u), subgroupShuffle(h, 2u), subgroupShuffle(h, 3u));
        let high = vec4<f32>(subgroupShuffle(h, 4u), subgroupShuffle(h, 5u), subgroupShuffle(h, 6u), subgroupShuffle(h, 7u));
        if lane % 4u == 0u {
            let four = select(low, high, lane == 4u);
            output[at / 4u] = four;
            hidden[at / 4u + to_slot] = kept * four;
        }
    }
}

@compute @workgroup_size(8)
fn lstm_step_forward(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let size = params.hidden_size;
    first = workgroup.z * size;
    let slot = params.batch_size * params.units / 4u;
    from_slot = params.back * slot;
    to_slot = slot - from_slot;
    let row = TILE_ROWS * workgroup.y;
    let unit = TILE_COLUMNS / 4u * workgroup.x + lane;  // within this LSTM
    let state = ((params.step * params.batch_size + row + lane) * params.units + first) / 4u + from_slot;

    var tile = Tile();
    for (var k = 0u; k < size / 4u; k++) {
        let at = state + k;
        let w = (first + 4u * k) * size + unit;
        let rows = Rows(rows_of_hidden(at), rows_of_hidden(at + 8u * params.units));
        tile = multiply_add(tile, rows, Columns(columns_of_weight(w), columns_of_weight(w + 8u)));
    }
    write_tile(tile, row, unit, min(TILE_ROWS, params.batch_size - row));
}
