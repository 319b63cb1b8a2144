// The gradient of relative_pitch by what is predicted at intervals, from those of the logits.
//
//     drelative[r, i, c] = Σ over the pitches p with clamp(p - (ref_i - 1) + 37, 0, 74) = c of dlogits[r, p], 0 if ref_i = 0
//     dlogits[r, p]      = 0 where p is ruled out
//
// drelative goes into its columns of dlogits, [R, stride], the unused ones as 0. In the middle one pitch has the column, at the
// ends several; a gradient that is ruled out is not read, so that it may be cleared meanwhile. One invocation handles one
// column: first of the logits, then the two ends of each reference, which take a loop and so lie together, then the others.
// Twin: src/model/reference/relative_pitch_backward.rs

struct Params {
    rows: u32,          // R
    pitches: u32,       // V
    stride: u32,        // values from row to row of dlogits
    relative: u32,      // first column of drelative
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> context: array<u32>;
@group(0) @binding(2) var<storage, read_write> dlogits: array<f32>;         // [R, stride]

const ENDS = 2u * REFERENCES;
const MIDDLE = REFERENCE_STRIDE - 2u;       // columns of a reference between its ends, the unused one among them

fn gradient(row: u32, pitch: i32) -> f32 {
    if pitch < 0 || pitch >= i32(params.pitches) || is_ruled_out(row, u32(pitch)) { return 0.0; }
    return dlogits[row * params.stride + u32(pitch)];
}

@compute @workgroup_size(64)
fn relative_pitch_backward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>) {
    let row = id.z * grid.y + id.y;
    // The first pitches fill whole vectors of lanes, so that no end shares one with them.
    let clears = (params.pitches + 7u) / 8u * 8u;
    if id.x < clears {
        if id.x < params.pitches && is_ruled_out(row, id.x) { dlogits[row * params.stride + id.x] = 0.0; }
        return;
    }
    if id.x < clears + ENDS {
        let end = id.x - clears;
        let reference = i32(reference_pitch(row, end / 2u)) - 1;
        let is_high = end % 2u == 1u;
        let low = select(0, reference + REACH, is_high);
        let high = select(reference - REACH, i32(params.pitches) - 1, is_high);
        var sum = 0.0;
        for (var pitch = low; pitch <= high; pitch++) {
            sum += gradient(row, pitch);
        }
        write(row, end / 2u, select(0u, 2u * u32(REACH), is_high), select(0.0, sum, reference >= 0));
        return;
    }
    let column = id.x - clears - ENDS;
    if column >= REFERENCES * MIDDLE { return; }
    let reference = i32(reference_pitch(row, column / MIDDLE)) - 1;
    let interval = 1 + i32(column % MIDDLE);
    let used = reference >= 0 && interval < 2 * REACH;
    let offset = select(2u * u32(REACH) + 1u, u32(interval), interval < 2 * REACH);
    write(row, column / MIDDLE, offset, select(0.0, gradient(row, reference + interval - REACH), used));
}

fn write(row: u32, reference: u32, column: u32, sum: f32) {
    dlogits[row * params.stride + params.relative + REFERENCE_STRIDE * reference + column] = sum;
}

fn context_at(row: u32, column: u32) -> u32 {
    return context[CONTEXT_SIZE * row + column];
}
