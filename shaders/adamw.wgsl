// One step of AdamW over all parameters at once (Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019,
// as torch.optim.AdamW computes it: eps is added outside the corrected root).
//
//     g  = clip_scale · gradient
//     p  = p · (1 - learning_rate · weight_decay)
//     m  = beta1 · m + (1 - beta1) · g
//     v  = beta2 · v + (1 - beta2) · g²
//     p -= step_size · m / (sqrt(v) / correction + eps)
//
// step_size = learning_rate / (1 - beta1^step) and correction = sqrt(1 - beta2^step) come from the host, in f64.
// All arrays have one length, a multiple of 4. One invocation updates 4 parameters.
// Twin: src/engine/reference/adamw.rs

struct Params {
    len: u32,           // parameters
    step_size: f32,
    correction: f32,
    decay: f32,         // 1 - learning_rate · weight_decay
    beta1: f32,
    beta2: f32,
    eps: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradients: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> clip: array<f32>;                  // [2]: norm, scale
@group(0) @binding(3) var<storage, read_write> parameters: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> first_moment: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> second_moment: array<vec4<f32>>;

@compute @workgroup_size(64)
fn adamw(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>) {
    let at = id.y * 64u * grid.x + id.x;
    if at >= params.len / 4u { return; }
    let g = clip[1] * gradients[at];
    let m = params.beta1 * first_moment[at] + (1.0 - params.beta1) * g;
    let v = params.beta2 * second_moment[at] + (1.0 - params.beta2) * g * g;
    first_moment[at] = m;
    second_moment[at] = v;
    parameters[at] = parameters[at] * params.decay - params.step_size * m / (sqrt(v) / params.correction + params.eps);
}
