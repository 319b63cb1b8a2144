// Adds to the logits of the pitches what is predicted at intervals from four notes, and keeps chords in order.
//
//     logits[r, p] += Σ over the references i with ref_i > 0 of relative[r, i, clamp(p - (ref_i - 1) + 37, 0, 74)]
//     logits[r, p]  = -30 where the offset of the event is 0 and p is not above the last pitch
//
// ref_i is a pitch + 1, or 0 for none: the last pitch, the lowest and the highest that sound, and the pitch of the same place in
// the chord before, all from context: [R, 73]. `relative`, [4, 76] with the last of each 76 unused, is a linear function of the head's
// hidden layer and lies in the row of the logits from column `relative` on. Notes of one onset are sorted by pitch and differ, so
// that an offset of 0 rules out all up to the last. One invocation computes one logit.
// Twin: src/model/reference/relative_pitch.rs

struct Params {
    rows: u32,          // R
    pitches: u32,       // V
    stride: u32,        // values from row to row of logits
    relative: u32,      // its first column
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> context: array<u32>;
@group(0) @binding(2) var<storage, read_write> logits: array<f32>;          // [R, stride]

@compute @workgroup_size(64)
fn relative_pitch(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>) {
    let pitch = id.x;
    let row = id.z * grid.y + id.y;
    if pitch >= params.pitches { return; }
    let first = row * params.stride;
    var logit = logits[first + pitch];
    for (var i = 0u; i < REFERENCES; i++) {
        let reference = reference_pitch(row, i);
        let column = u32(clamp(i32(pitch) - (i32(reference) - 1) + REACH, 0, 2 * REACH));
        logit += select(0.0, logits[first + params.relative + REFERENCE_STRIDE * i + column], reference > 0u);
    }
    logits[first + pitch] = select(logit, RULED_OUT, is_ruled_out(row, pitch));
}

fn context_at(row: u32, column: u32) -> u32 {
    return context[CONTEXT_SIZE * row + column];
}
