// The gradients of candidate_bias by its tables, score and query, from those of the logits.
//
//     db_k = dlogits[r, y_k]                      de_k = db_k · v where e_k > 0, else 0
//     dquery[r] = Σ_k de_k                        dscore[r] = Σ_k db_k · max(e_k, 0), and Σ_k db_k for v0
//
// dquery goes into the columns of the query of dlogits; evidence: [R, 3, 8, 32], e_k as candidate_bias left it, becomes de_k, from
// which embedding_backward makes the gradient of the tables; dscore: [R, 3, 40], its columns add up to the gradient of the
// score. Those of the head are written. The gradient of the logits themselves stays as it is. One workgroup handles a row of a head: first
// a lane a candidate, then a lane four of the 32 values.
// Twin: src/model/reference/candidate_bias_backward.rs

struct Params {
    @align(16) head: u32,
    stride: u32,            // values from row to row of dlogits
    query: u32,             // its first column, a multiple of 4
    dlogits_offset: u32,      // first element
}

@group(0) @binding(0) var<uniform> jobs: array<Params, 8>;   // heads side by side, one for each z of the grid
@group(0) @binding(1) var<storage, read> candidates: array<u32>;
@group(0) @binding(2) var<storage, read> score: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> dlogits: array<f32>;         // [R, stride]
@group(0) @binding(4) var<storage, read_write> evidence: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> dscore: array<vec4<f32>>;

const CANDIDATES = 8u;
const VECTORS = 8u;             // of four values: 32 of a row of the tables
const SCORE_VECTORS = 10u;      // of a head's score

var<workgroup> by_evidence: array<array<vec4<f32>, CANDIDATES>, VECTORS>;
var<workgroup> by_score: array<array<vec4<f32>, CANDIDATES>, VECTORS>;
var<workgroup> by_bias: array<f32, CANDIDATES>;

@compute @workgroup_size(CANDIDATES)
fn candidate_bias_backward(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let params = jobs[workgroup.z];
    let row = workgroup.y * grid.x + workgroup.x;
    if row >= arrayLength(&candidates) / (6u * CANDIDATES) { return; }
    let candidate = CANDIDATES * (3u * row + params.head) + lane;
    let token = candidates[2u * candidate];
    let row_of_dlogits = params.dlogits_offset + row * params.stride;
    let dbias = select(0.0, dlogits[row_of_dlogits + max(token, 1u) - 1u], token > 0u);
    for (var i = 0u; i < VECTORS; i++) {
        let e = select(vec4<f32>(0.0), evidence[VECTORS * candidate + i], token > 0u);
        let de = select(vec4<f32>(0.0), dbias * score[SCORE_VECTORS * params.head + i], e > vec4<f32>(0.0));
        evidence[VECTORS * candidate + i] = de;
        by_evidence[i][lane] = de;
        by_score[i][lane] = dbias * max(e, vec4<f32>(0.0));
    }
    by_bias[lane] = dbias;
    workgroupBarrier();
    storageBarrier();           // all have read the gradients of the logits

    var dquery = vec4<f32>(0.0);
    var dv = vec4<f32>(0.0);
    var dv0 = 0.0;
    for (var k = 0u; k < CANDIDATES; k++) {
        dquery += by_evidence[lane][k];
        dv += by_score[lane][k];
        dv0 += by_bias[k];
    }
    let first = row_of_dlogits + params.query + 4u * lane;
    dlogits[first] = dquery.x;
    dlogits[first + 1u] = dquery.y;
    dlogits[first + 2u] = dquery.z;
    dlogits[first + 3u] = dquery.w;
    let scores = SCORE_VECTORS * (3u * row + params.head);
    dscore[scores + lane] = dv;
    if lane < SCORE_VECTORS - VECTORS {
        dscore[scores + VECTORS + lane] = vec4<f32>(select(0.0, dv0, lane == 0u), 0.0, 0.0, 0.0);
    }
}
