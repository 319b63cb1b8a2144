// LSTM, time step t forward, for subgroups of 8 invocations.
//
// The contract is that of shaders/lstm_step_forward.wgsl, with H a multiple of 8. One workgroup computes 8 units of 32
// batch rows (8 when there are few), a lane one unit: the 4 columns it holds of the tile are the gates of its unit, so
// all that follows the product is local to the lane.
// Twin: src/reference/lstm_step_forward.rs

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

@compute @workgroup_size(8)
fn lstm_step_forward(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let size = params.hidden_size;
    let first = workgroup.z * size;                 // this LSTM's first unit
    let unit = 8u * workgroup.x + lane;             // within this LSTM
    let row = TILE_ROWS * workgroup.y;
    let stride = params.units / 4u;
    let step = params.step * params.batch_size;     // first row of step t
    let slot = params.batch_size * stride;          // from one slot of the state to the next
    let from_slot = params.back * slot;
    let to_slot = slot - from_slot;
    let state = (step + row + lane) * stride + from_slot + first / 4u;

    var tile: Tile;
    for (var k = 0u; k < size / 4u; k++) {
        let at = state + k;
        let rows = mat4x4<f32>(hidden[at], hidden[at + 8u * stride], hidden[at + 16u * stride], hidden[at + 24u * stride]);
        let w = (first + 4u * k) * size + unit;
        let weights = mat4x4<f32>(weight_hh[w], weight_hh[w + size], weight_hh[w + 2u * size], weight_hh[w + 3u * size]);
        multiply_add(&tile, rows, weights);
    }

    // A copy: the loop below indexes by a variable, which would keep the tile itself out of registers.
    var sums = tile;
    for (var i = 0u; i < min(TILE_ROWS, params.batch_size - row); i++) {
        let at = (step + row + i) * params.units + first + unit;
        let unit_cell = lstm_cell_forward(sums[i / 4u][i % 4u] + gates[at], cell[at + 4u * from_slot]);
        gates[at] = unit_cell.gates;
        cell[at + 4u * to_slot] = keep(row + i) * unit_cell.cell;
        // Lanes 0 and 4 store for themselves and the three lanes after them.
        let h = unit_cell.hidden;
        let low = vec4<f32>(subgroupShuffle(h, 0u), subgroupShuffle(h, 1u), subgroupShuffle(h, 2u), subgroupShuffle(h, 3u));
        let high = vec4<f32>(subgroupShuffle(h, 4u), subgroupShuffle(h, 5u), subgroupShuffle(h, 6u), subgroupShuffle(h, 7u));
        if lane % 4u == 0u {
            let four = select(low, high, lane == 4u);
            output[at / 4u] = four;
            hidden[at / 4u + to_slot] = keep(row + i) * four;
        }
    }
}
