// A counter-based generator: the number at (seed, counter, index) needs no state, so a run can be resumed, and any
// invocation can draw its own. The hash is the output function of PCG-RXS-M-XS 32 (Jarzynski and Olano, "Hash Functions
// for GPU Rendering", JCGT 9(3), 2020).

fn pcg(value: u32) -> u32 {
    let state = value * 747796405u + 2891336453u;
    let word = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
    return (word >> 22u) ^ word;
}

// Uniform in [0, 1), a multiple of 2^-24.
fn uniform_at(seed: u32, counter: u32, index: u32) -> f32 {
    return f32(pcg(index ^ pcg(counter ^ pcg(seed))) >> 8u) * exp2(-24.0);
}
