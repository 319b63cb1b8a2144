// ReLU backward, in place, together with the dropout that came after it: no gradient passes where the output is 0.
//
//     doutput = doutput / (1 - p) where output > 0, else 0     both of one shape, a multiple of 4 values
//
// What dropout dropped is 0 in the output, too, so no mask is drawn anew.
// Twin: src/engine/reference/relu_backward.rs

struct Params {
    len: u32,           // values
    probability: f32,   // p of the dropout, below 1
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> output: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> doutput: array<vec4<f32>>;

@compute @workgroup_size(64)
fn relu_backward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>) {
    let at = id.y * 64u * grid.x + id.x;
    if at >= params.len / 4u { return; }
    doutput[at] = select(vec4<f32>(0.0), doutput[at] / (1.0 - params.probability), output[at] > vec4<f32>(0.0));
}
