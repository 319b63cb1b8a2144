// The global norm of the gradients, and the factor that brings it down to a maximum.
//
//     norm  = sqrt(Σ partials)
//     scale = min(1, max_grad_norm / (norm + 1e-6)), or 1 when max_grad_norm is 0   (torch.nn.utils.clip_grad_norm_)
//
// clip[0] is the norm, clip[1] the scale; both written. One invocation.
// Twin: src/engine/reference/gradient_clip.rs

struct Params {
    count: u32,             // partial sums
    max_grad_norm: f32,     // 0: no clipping
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> partials: array<f32>;
@group(0) @binding(2) var<storage, read_write> clip: array<f32>;            // [2]

@compute @workgroup_size(1)
fn gradient_clip() {
    var sum = 0.0;
    for (var i = 0u; i < params.count; i++) {
        sum += partials[i];
    }
    let norm = sqrt(sum);
    clip[0] = norm;
    clip[1] = select(1.0, min(1.0, params.max_grad_norm / (norm + 1e-6)), params.max_grad_norm > 0.0);
}
