// Softmax cross-entropy and its gradient in one pass over a row of logits.
//
//     losses[r]     = ln Σ_v exp(logits[r, v]) - logits[r, target]             in nats
//     dlogits[r, v] = scale · (softmax(logits[r])[v] - [v = target])
//
// Both are 0 in rows without a target (IGNORE), and dlogits is 0 in the columns behind the classes.
// The row's maximum is subtracted before exp, so nothing overflows. targets and losses: [R, 3], one column per head.
// One invocation handles a row. Both outputs are written.
// Twin: src/reference/softmax_cross_entropy.rs

struct Params {
    rows: u32,          // R
    vocab_size: u32,    // V
    stride: u32,        // values from row to row, at least V
    head: u32,          // column of targets and losses
    scale: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>;                // [R, stride]
@group(0) @binding(2) var<storage, read> targets: array<u32>;               // [R, 3]
@group(0) @binding(3) var<storage, read_write> losses: array<f32>;          // [R, 3]
@group(0) @binding(4) var<storage, read_write> dlogits: array<f32>;         // [R, stride]

const IGNORE = 0xffffffffu;

@compute @workgroup_size(64)
fn softmax_cross_entropy(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = id.x;
    if row >= params.rows { return; }
    let first = row * params.stride;
    let target_class = targets[3u * row + params.head];

    var largest = logits[first];
    for (var v = 1u; v < params.vocab_size; v++) {
        largest = max(largest, logits[first + v]);
    }
    var sum = 0.0;
    for (var v = 0u; v < params.vocab_size; v++) {
        sum += exp(logits[first + v] - largest);
    }

    let ignored = target_class == IGNORE;
    let scale = select(params.scale, 0.0, ignored);
    for (var v = 0u; v < params.vocab_size; v++) {
        let probability = exp(logits[first + v] - largest) / sum;
        dlogits[first + v] = scale * (probability - select(0.0, 1.0, v == target_class));
    }
    for (var v = params.vocab_size; v < params.stride; v++) {
        dlogits[first + v] = 0.0;
    }
    let chosen = logits[first + min(target_class, params.vocab_size - 1u)];
    losses[3u * row + params.head] = select(log(sum) + largest - chosen, 0.0, ignored);
}
