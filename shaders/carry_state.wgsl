// Truncated backpropagation through time: the state after the last step of a batch is the state before the first step
// of the next one.
//
//     hidden[0], cell[0] = hidden[T], cell[T], or 0 where reset[0] is 1: a song begins there
//
// Slot 0 is only written, slot T only read. One invocation carries 4 values of both.
// Twin: src/engine/reference/carry_state.rs

struct Params {
    seq_len: u32,       // T
    batch_size: u32,    // B
    units: u32,         // U, a multiple of 4
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> reset: array<u32>;                 // [T, B]
@group(0) @binding(2) var<storage, read_write> hidden: array<vec4<f32>>;    // [T+1, B, U]
@group(0) @binding(3) var<storage, read_write> cell: array<vec4<f32>>;      // [T+1, B, U]

@compute @workgroup_size(64)
fn carry_state(@builtin(global_invocation_id) id: vec3<u32>) {
    let slot = params.batch_size * params.units / 4u;
    if id.x >= slot { return; }
    let begins = reset[4u * id.x / params.units] == 1u;
    let last = params.seq_len * slot + id.x;
    hidden[id.x] = select(hidden[last], vec4<f32>(0.0), begins);
    cell[id.x] = select(cell[last], vec4<f32>(0.0), begins);
}
