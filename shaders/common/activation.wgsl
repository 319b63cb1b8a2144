// Activations that stay finite for every finite input. WGSL leaves an overflowing exp, and tanh beyond |x| of about 88,
// to the driver, and drivers do return NaN. In f32 the clamps change nothing: sigmoid(-80) is 1.8e-35, tanh(15) is 1.

fn sigmoid(x: vec4<f32>) -> vec4<f32> {
    return 1.0 / (1.0 + exp(min(-x, vec4<f32>(80.0))));
}

fn tanh_safe(x: f32) -> f32 {
    return 1.0 - 2.0 / (exp(2.0 * clamp(x, -15.0, 15.0)) + 1.0);
}
