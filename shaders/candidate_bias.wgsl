// Adds a score to the logits of the candidates of a head.
//
//     logits[r, y_k] += b_k,      b_k = v · max(e_k, 0) + v0,      e_k = query[r] + Σ over the five classes of table[class]
//
// for each candidate k of the row, y_k its token; the tokens of a row are distinct. The query, 32 values, is a linear function of
// the head's hidden layer and lies in the row of the logits from column `query` on. candidates: [R, 3, 8, 2], token + 1, or 0 for
// none, and the classes packed as src/music/candidates.rs has it; table: [3, 126, 32], the five tables of each head one below the
// other; score: [3, 40], v, v0 and padding of each head; evidence: [R, 3, 8, 32], e_k of each candidate, written for the
// backward pass. One workgroup handles a row of a head, a lane a candidate.
// Twin: src/model/reference/candidate_bias.rs

struct Params {
    @align(16) head: u32,
    stride: u32,            // values from row to row of logits
    query: u32,             // its first column, a multiple of 4
    logits_offset: u32,       // first element
}

@group(0) @binding(0) var<uniform> jobs: array<Params, 8>;   // heads side by side, one for each z of the grid
@group(0) @binding(1) var<storage, read> candidates: array<u32>;
@group(0) @binding(2) var<storage, read> table: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> score: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> logits: array<f32>;          // [R, stride]
@group(0) @binding(5) var<storage, read_write> evidence: array<vec4<f32>>;

@compute @workgroup_size(CANDIDATES)
fn candidate_bias(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let params = jobs[workgroup.z];
    let row = workgroup.y * grid.x + workgroup.x;
    if row >= arrayLength(&candidates) / (6u * CANDIDATES) { return; }
    let candidate = CANDIDATES * (3u * row + params.head) + lane;
    let token = candidates[2u * candidate];
    if token == 0u { return; }
    let rows = table_rows(params.head, candidates[2u * candidate + 1u]);
    let row_of_logits = params.logits_offset + row * params.stride;
    let first = row_of_logits + params.query;
    var bias = score[SCORE_VECTORS * params.head + VECTORS].x;
    for (var i = 0u; i < VECTORS; i++) {
        let query = vec4<f32>(
            logits[first + 4u * i], logits[first + 4u * i + 1u], logits[first + 4u * i + 2u], logits[first + 4u * i + 3u],
        );
        let e = query + table_sum(rows, i);
        evidence[VECTORS * candidate + i] = e;
        bias += dot(score[SCORE_VECTORS * params.head + i], max(e, vec4<f32>(0.0)));
    }
    logits[row_of_logits + token - 1u] += bias;
}

fn table_vector(at: u32) -> vec4<f32> {
    return table[at];
}
