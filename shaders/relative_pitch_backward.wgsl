// The gradient of relative_pitch by what is predicted at intervals, from those of the logits.
//
//     drelative[r, i, c] = Σ over the pitches p with clamp(p - (ref_i - 1) + 37, 0, 74) = c of dlogits[r, p], 0 if ref_i = 0
//     dlogits[r, p]      = 0 where p is ruled out
//
// drelative goes into its columns of dlogits, [R, stride], the unused ones as 0. In the middle one pitch has the column, at the
// ends several; a gradient that is ruled out is not read, so that it may be cleared meanwhile. One invocation handles one
// column: first of the logits, then of drelative.
// Twin: src/reference/relative_pitch_backward.rs

struct Params {
    rows: u32,          // R
    pitches: u32,       // V
    stride: u32,        // values from row to row of dlogits
    relative: u32,      // first column of drelative
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> context: array<u32>;
@group(0) @binding(2) var<storage, read_write> dlogits: array<f32>;         // [R, stride]

fn gradient(row: u32, pitch: i32) -> f32 {
    if pitch < 0 || pitch >= i32(params.pitches) || is_ruled_out(row, u32(pitch)) { return 0.0; }
    return dlogits[row * params.stride + u32(pitch)];
}

@compute @workgroup_size(64)
fn relative_pitch_backward(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = id.y;
    if id.x < params.pitches {
        if is_ruled_out(row, id.x) { dlogits[row * params.stride + id.x] = 0.0; }
        return;
    }
    let column = id.x - params.pitches;
    if column >= REFERENCES * REFERENCE_STRIDE { return; }
    let reference = i32(reference_pitch(row, column / REFERENCE_STRIDE)) - 1;
    let interval = i32(column % REFERENCE_STRIDE) - REACH;
    // The pitches that share the column.
    var low = reference + interval;
    var high = low;
    if interval == -REACH { low = 0; }
    if interval == REACH { high = i32(params.pitches) - 1; }
    var sum = 0.0;
    for (var pitch = low; pitch <= high; pitch++) {
        sum += gradient(row, pitch);
    }
    let used = reference >= 0 && interval <= REACH;
    dlogits[row * params.stride + params.relative + column] = select(0.0, sum, used);
}
