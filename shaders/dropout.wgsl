// Dropout, in place; the same mask again is its backward pass.
//
//     values[i] = values[i] / (1 - p) where uniform_at(seed, counter, i) >= p, else 0
//
// The mask depends on (seed, counter, i) alone. The length is a multiple of 4. One invocation handles 4 values.
// Twin: src/engine/reference/dropout.rs

struct Params {
    len: u32,           // values
    probability: f32,   // p, of a value to be dropped, below 1
    seed: u32,          // one per place in the network and run
    counter: u32,       // the training step
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> values: array<vec4<f32>>;

@compute @workgroup_size(64)
fn dropout(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>) {
    let at = id.y * 64u * grid.x + id.x;
    if at >= params.len / 4u { return; }
    let draws = vec4<f32>(draw(4u * at), draw(4u * at + 1u), draw(4u * at + 2u), draw(4u * at + 3u));
    let scaled = values[at] / (1.0 - params.probability);
    values[at] = select(vec4<f32>(0.0), scaled, draws >= vec4<f32>(params.probability));
}

fn draw(index: u32) -> f32 {
    return uniform_at(params.seed, params.counter, index);
}
