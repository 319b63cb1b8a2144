// The pointwise half of an LSTM step, for one unit of one batch row. Gates are i, f, g, o (PyTorch order).
// Needs activation.wgsl.

struct LstmCell {
    gates: vec4<f32>,   // activated i, f, g, o
    cell: f32,
    hidden: f32,
}

//     i, f, o = sigmoid(z_i), sigmoid(z_f), sigmoid(z_o)     g = tanh(z_g)
//     cell    = f * cell_before + i * g
//     hidden  = o * tanh(cell)
fn lstm_cell_forward(z: vec4<f32>, cell_before: f32) -> LstmCell {
    let s = sigmoid(z);
    let gates = vec4<f32>(s.x, s.y, tanh_safe(z.z), s.w);
    let cell = gates.y * cell_before + gates.x * gates.z;
    return LstmCell(gates, cell, gates.w * tanh_safe(cell));
}

struct LstmCellGradient {
    dgates: vec4<f32>,  // of the pre-activations z
    dcell: f32,         // of cell_before
}

// From the gradients of `hidden` and `cell`; activations are differentiated from their outputs.
fn lstm_cell_backward(gates: vec4<f32>, cell_before: f32, dhidden: f32, dcell_after: f32) -> LstmCellGradient {
    let i = gates.x;
    let f = gates.y;
    let g = gates.z;
    let o = gates.w;
    let tanh_cell = tanh_safe(f * cell_before + i * g);
    let dcell = dcell_after + dhidden * o * (1.0 - tanh_cell * tanh_cell);
    let dgates = vec4<f32>(
        dcell * g * i * (1.0 - i),
        dcell * cell_before * f * (1.0 - f),
        dcell * i * (1.0 - g * g),
        dhidden * tanh_cell * o * (1.0 - o),
    );
    return LstmCellGradient(dgates, dcell * f);
}

// `values` with `value` at `j`. FXC, which compiles for DX12 where no DXC is found, refuses a write through a computed index of a
// vector in a loop.
fn replaced(values: vec4<f32>, j: u32, value: f32) -> vec4<f32> {
    return select(values, vec4<f32>(value), vec4<u32>(0u, 1u, 2u, 3u) == vec4<u32>(j));
}
