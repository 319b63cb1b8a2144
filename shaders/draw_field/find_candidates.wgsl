// The candidates of a field: the tokens that followed where the piece has played the same before. src/music/candidates.rs defines
// runs, ranks, evidence and classes, and what is ruled out.
//
// limits: how often a figure may be repeated, by the class of its distance; how many notes may begin together; how many of the
// last 128 events may be repeats; how many events a piece has before it ends.
// Each lane takes every 64th distance, then every 64th token. Needs event_memory.wgsl and candidate_evidence.wgsl.

const CANDIDATES_FOUND = 8u;
const TOKENS = 130u;            // of the largest field; its last one ends a piece and is never a candidate
const FIGURE_CLASSES = 24u;

var<workgroup> candidate_tokens: array<u32, CANDIDATES_FOUND>;      // token + 1, or 0, as in training
var<workgroup> candidate_classes: array<u32, CANDIDATES_FOUND>;

// Fills the candidates and ruled_out; velocity and instrument have none.
fn find_candidates(row: u32, lane: u32) {
    clear_evidence(lane);
    if lane < CANDIDATES_FOUND { candidate_tokens[lane] = 0u; }
    workgroupBarrier();
    if params.field >= CORE { return; }

    let count = state[listed_at(row)];
    let last = state[memory_start(row)] - 1u;       // with no event there is no distance either
    let pitch = event(row, last).y;
    let tired = repeats(row) >= constants[params.limits + FIGURE_CLASSES + 1u];
    for (var i = lane; i < count; i += LANES) {
        vote(row, state[listed_at(row) + 1u + i], last, pitch, tired);
    }
    workgroupBarrier();

    for (var candidate = lane; candidate < TOKENS; candidate += LANES) {
        let mine = atomicLoad(&best[candidate]);
        if mine == 0u { continue; }
        var rank = 0u;
        for (var other = 0u; other < TOKENS; other++) {
            rank += u32(atomicLoad(&best[other]) > mine);
        }
        if rank < CANDIDATES_FOUND {
            candidate_tokens[rank] = candidate + 1u;
            candidate_classes[rank] = classes(row, candidate, last, pitch);
        }
    }
    workgroupBarrier();
    if lane < CANDIDATES_FOUND {
        let at = params.candidates + 2u * (CANDIDATES_FOUND * row + lane);
        state[at] = candidate_tokens[lane];
        state[at + 1u] = select(0u, candidate_classes[lane], candidate_tokens[lane] > 0u);
    }
}
