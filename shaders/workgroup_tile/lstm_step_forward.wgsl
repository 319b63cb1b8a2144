// LSTM, time step t forward, for GPUs.
//
//     z = gates[t] + hidden[t] · weight_hh, then the cell of common/lstm_cell.wgsl
//
// The contract is that of shaders/lstm_step_forward.wgsl. One workgroup computes 16 batch rows by
// 16 units: see common/workgroup_step.wgsl for how its invocations share the product. One invocation then computes the
// cell of one row and unit.
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
@group(0) @binding(4) var<storage, read_write> hidden: array<f32>;          // [T+1, B, U]
@group(0) @binding(5) var<storage, read_write> cell: array<f32>;            // [T+1, B, U]
@group(0) @binding(6) var<storage, read_write> output: array<f32>;          // [T, B, U]

fn keep(row: u32) -> f32 {
    let next = params.step + 1u;
    if next == params.seq_len { return 1.0; }
    return 1.0 - f32(reset[next * params.batch_size + row]);
}

const PITCH = SLICE + 1u;   // from row to row, which then lie in different banks

var<workgroup> hidden_slice: array<f32, ROWS * PITCH>;

fn factor(step: u32, row: u32) -> vec4<f32> {
    return vec4<f32>(hidden_slice[row * PITCH + step]);
}

fn weight_place(step: u32, unit: u32) -> u32 {
    return step * UNITS + unit;
}

// What an invocation loads of a slice: two inner steps of a unit, and one inner step of two rows.
struct Loaded {
    weight_0: vec4<f32>,
    weight_1: vec4<f32>,
    hidden: vec2<f32>,
}

// `weight` is the place of the first slice, `hidden_rows` that of two rows, k the inner step at which the slice begins.
// Steps past the end count as 0.
fn load(k: u32, weight: u32, hidden_rows: vec2<u32>, local: u32) -> Loaded {
    let size = params.hidden_size;
    let step = k + local / UNITS;
    let at = weight + k * size;
    // Within its row: behind the last one lies a slot that another workgroup may be writing.
    let inner = min(k + local % SLICE, size - 1u);
    let two = vec2<f32>(hidden[hidden_rows.x + inner], hidden[hidden_rows.y + inner]);
    return Loaded(
        select(vec4<f32>(0.0), weight_hh[at], step < size),
        select(vec4<f32>(0.0), weight_hh[at + SLICE / 2u * size], step + SLICE / 2u < size),
        select(vec2<f32>(0.0), two, k + local % SLICE < size),
    );
}

fn stage(loaded: Loaded, local: u32) {
    workgroupBarrier();     // all have used the slice before
    weight_slice[local] = loaded.weight_0;
    weight_slice[local + SLICE / 2u * UNITS] = loaded.weight_1;
    let at = local / SLICE * PITCH + local % SLICE;
    hidden_slice[at] = loaded.hidden.x;
    hidden_slice[at + 8u * PITCH] = loaded.hidden.y;
    workgroupBarrier();
}

@compute @workgroup_size(256)
fn lstm_step_forward(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let size = params.hidden_size;
    let first = workgroup.z * size;                 // this LSTM's first unit
    let first_row = ROWS * workgroup.y;
    let first_unit = UNITS * workgroup.x;           // within this LSTM
    let slot = params.batch_size * params.units;    // from one slot of the state to the next
    let from_slot = params.back * slot;
    let to_slot = slot - from_slot;

    let weight = (first + local / UNITS) * size + first_unit + local % UNITS;
    // Rows past the end are the last one.
    let two_rows = min(first_row + local / SLICE + vec2<u32>(0u, 8u), vec2<u32>(params.batch_size - 1u));
    let hidden_rows = params.step * slot + from_slot + two_rows * params.units + first;

    let place = place_of(local);
    var sums = Sums();
    var loaded = load(0u, weight, hidden_rows, local);
    for (var k = 0u; k < size; k += SLICE) {
        stage(loaded, local);
        // The next slice is on its way while this one is used.
        if k + SLICE < size {
            loaded = load(k + SLICE, weight, hidden_rows, local);
        }
        sums = multiply_add(sums, place);
    }
    let sum = sum_of_parts(sums, place, local);

    let row = first_row + local / UNITS;
    let unit = first_unit + local % UNITS;
    if row >= params.batch_size || unit >= size { return; }
    let at = params.step * slot + row * params.units + first + unit;
    let unit_cell = lstm_cell_forward(sum + gates[at], cell[at + from_slot]);
    gates[at] = unit_cell.gates;
    output[at] = unit_cell.hidden;
    hidden[at + to_slot] = keep(row) * unit_cell.hidden;
    cell[at + to_slot] = keep(row) * unit_cell.cell;
}
