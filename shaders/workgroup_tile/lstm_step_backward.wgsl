// LSTM, time step t backward, for GPUs.
//
//     dh = doutput[t] + keep · (dgates[t+1] · weight_hhᵀ), then the derivatives of common/lstm_cell.wgsl
//
// The contract is that of shaders/lstm_step_backward.wgsl. One workgroup computes 16 batch rows by
// 16 units: see common/workgroup_step.wgsl for how its invocations share the product. The inner dimension goes over units,
// whose four gates are added up last. One invocation then computes the gradients of one row and unit.
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
@group(0) @binding(3) var<storage, read> doutput: array<f32>;               // [T, B, U]
@group(0) @binding(4) var<storage, read> cell: array<f32>;                  // [T+1, B, U]
@group(0) @binding(5) var<storage, read_write> gates: array<vec4<f32>>;     // [T, B, U] of (i, f, g, o)
@group(0) @binding(6) var<storage, read_write> dcell: array<f32>;           // [B, U]

fn keep(row: u32) -> f32 {
    let next = params.step + 1u;
    if next == params.seq_len { return 0.0; }
    return 1.0 - f32(reset[next * params.batch_size + row]);
}

var<workgroup> dgates_slice: array<vec4<f32>, SLICE * ROWS>;

// Where row or unit i of 16 lies at an inner step. Loads have invocations side by side at steps side by side, products at
// rows or units side by side: flipping the lowest bits of i by the step, both use different banks.
fn place_in_slice(step: u32, i: u32) -> u32 {
    return step * 16u + (i ^ (step % 8u));
}

fn factor(step: u32, row: u32) -> vec4<f32> {
    return dgates_slice[place_in_slice(step, row)];
}

fn weight_place(step: u32, unit: u32) -> u32 {
    return place_in_slice(step, unit);
}

// What an invocation loads of a slice: one inner step of two rows and of two units.
struct Loaded {
    dgates_0: vec4<f32>,
    dgates_1: vec4<f32>,
    weight_0: vec4<f32>,
    weight_1: vec4<f32>,
}

// `rows` and `weights` are the places of two rows and two units, k the inner step at which the slice begins. Steps past the
// end count as 0.
fn load(k: u32, rows: vec2<u32>, weights: vec2<u32>, local: u32) -> Loaded {
    let step = k + local % SLICE;
    let counts = step < params.hidden_size;
    let inner = min(step, params.hidden_size - 1u);
    return Loaded(
        select(vec4<f32>(0.0), gates[rows.x + inner], counts),
        select(vec4<f32>(0.0), gates[rows.y + inner], counts),
        select(vec4<f32>(0.0), weight_hh[weights.x + inner], counts),
        select(vec4<f32>(0.0), weight_hh[weights.y + inner], counts),
    );
}

fn stage(loaded: Loaded, local: u32) {
    workgroupBarrier();     // all have used the slice before
    let at = place_in_slice(local % SLICE, local / SLICE);
    dgates_slice[at] = loaded.dgates_0;
    dgates_slice[at + 8u] = loaded.dgates_1;
    weight_slice[at] = loaded.weight_0;
    weight_slice[at + 8u] = loaded.weight_1;
    workgroupBarrier();
}

@compute @workgroup_size(256)
fn lstm_step_backward(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let size = params.hidden_size;
    let first = workgroup.z * size;             // this LSTM's first unit
    let first_row = ROWS * workgroup.y;
    let first_unit = UNITS * workgroup.x;       // within this LSTM

    // Rows past the end are the last one.
    let two_rows = min(first_row + local / SLICE + vec2<u32>(0u, 8u), vec2<u32>(params.batch_size - 1u));
    let after = (params.step + 1u) * params.batch_size + two_rows;
    let rows = after * params.units + first;
    let weights = (first + first_unit + local / SLICE + vec2<u32>(0u, 8u)) * size;

    let place = place_of(local);
    var sums = Sums();
    let steps = select(size, 0u, params.step + 1u == params.seq_len);
    var loaded = Loaded();
    if steps > 0u {
        loaded = load(0u, rows, weights, local);
    }
    for (var k = 0u; k < steps; k += SLICE) {
        stage(loaded, local);
        // The next slice is on its way while this one is used.
        if k + SLICE < steps {
            loaded = load(k + SLICE, rows, weights, local);
        }
        sums = multiply_add(sums, place);
    }
    let gate_sums = sum_of_parts(sums, place, local);

    let row = first_row + local / UNITS;
    let unit = first_unit + local % UNITS;
    if row >= params.batch_size || unit >= size { return; }
    let carried = row * params.units + first + unit;
    let at = params.step * params.batch_size * params.units + carried;
    // select, for dcell may hold anything before the last step
    let kept = keep(row) == 1.0;
    let dhidden = doutput[at] + select(0.0, dot(gate_sums, vec4<f32>(1.0)), kept);
    let gradient = lstm_cell_backward(gates[at], cell[at], dhidden, select(0.0, dcell[carried], kept));
    gates[at] = gradient.dgates;
    dcell[carried] = gradient.dcell;
}
