// What the kernels of the candidates share: where the rows of a candidate's classes lie, and their sum. Needs table_vector.

const CANDIDATES = 8u;
const VECTORS = 8u;             // of four values: 32 of a row of the tables
const SCORE_VECTORS = 10u;      // of a head's score
const CANDIDATE_ROWS = 126u;    // of a head's tables

// First vectors within the stack of all heads.
struct CandidateRows {
    runs: u32,
    rhythm: u32,
    count: u32,
    distance: u32,
    rounds: u32,
}

fn table_rows(head: u32, classes: u32) -> CandidateRows {
    let first = CANDIDATE_ROWS * head;
    return CandidateRows(
        VECTORS * (first + (classes & 127u)),
        VECTORS * (first + 81u + (classes >> 7u & 15u)),
        VECTORS * (first + 90u + (classes >> 11u & 7u)),
        VECTORS * (first + 96u + (classes >> 14u & 7u)),
        VECTORS * (first + 102u + (classes >> 17u & 31u)),
    );
}

// Four values of the sum of the rows.
fn table_sum(rows: CandidateRows, i: u32) -> vec4<f32> {
    return table_vector(rows.runs + i)
        + table_vector(rows.rhythm + i)
        + table_vector(rows.count + i)
        + table_vector(rows.distance + i)
        + table_vector(rows.rounds + i);
}
