// Draws one class per row of logits; the token never visits the host.
//
//     p = softmax(logits / temperature)
//     A class is kept when fewer than top_k classes are more probable, those hold less than top_p of the probability,
//     and p is at least min_p times the largest. Among equals, the lower index counts as more probable.
//     The class drawn is the first whose running sum of kept probability, in order of index, exceeds
//     uniform_at(seed, counter, row) times the kept sum.
//
// The most probable class is always kept. temperature 0 means that class alone. The token is written to tokens (the
// next step's input) and to history, row by row [R, 3], in column `head`.
// One workgroup per row, V up to 1024; an invocation ranks the classes lane, lane + 64, ...
// Twin: src/reference/sample.rs

struct Params {
    vocab_size: u32,        // V
    stride: u32,            // values from row to row of logits
    head: u32,
    first_history: u32,     // first row of history to write
    temperature: f32,
    top_k: u32,             // 0: all
    top_p: f32,             // 1: all
    min_p: f32,             // 0: all
    seed: u32,
    counter: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read_write> tokens: array<u32>;          // [R, 3]
@group(0) @binding(3) var<storage, read_write> history: array<u32>;         // [events, R, 3]

const LANES = 64u;
const MAX_VOCAB = 1024u;
var<workgroup> weights: array<f32, MAX_VOCAB>;      // exp((logit - largest) / temperature)
var<workgroup> kept: array<f32, MAX_VOCAB>;         // the same, or 0

@compute @workgroup_size(LANES)
fn sample(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let row = workgroup.x;
    let first = row * params.stride;
    let greedy = params.temperature == 0.0;

    var largest = logits[first];
    for (var v = 1u; v < params.vocab_size; v++) {
        largest = max(largest, logits[first + v]);
    }
    for (var v = lane; v < params.vocab_size; v += LANES) {
        weights[v] = exp((logits[first + v] - largest) / select(params.temperature, 1.0, greedy));
    }
    workgroupBarrier();

    var total = 0.0;
    for (var v = 0u; v < params.vocab_size; v++) {
        total += weights[v];
    }
    for (var v = lane; v < params.vocab_size; v += LANES) {
        var rank = 0u;
        var before = 0.0;
        for (var other = 0u; other < params.vocab_size; other++) {
            if weights[other] > weights[v] || (weights[other] == weights[v] && other < v) {
                rank += 1u;
                before += weights[other];
            }
        }
        let allowed = (params.top_k == 0u || rank < params.top_k)
            && before < params.top_p * total
            && weights[v] >= params.min_p;
        kept[v] = select(0.0, weights[v], rank == 0u || (allowed && !greedy));
    }
    workgroupBarrier();

    if lane == 0u {
        var kept_total = 0.0;
        for (var v = 0u; v < params.vocab_size; v++) {
            kept_total += kept[v];
        }
        let goal = uniform_at(params.seed, params.counter, row) * kept_total;
        var running = 0.0;
        var choice = 0u;
        var found = false;
        for (var v = 0u; v < params.vocab_size; v++) {
            running += kept[v];
            // The last kept class stands in should rounding leave the goal out of reach.
            if kept[v] > 0.0 && !found {
                choice = v;
                found = running > goal;
            }
        }
        tokens[3u * row + params.head] = choice;
        history[3u * (params.first_history + row) + params.head] = choice;
    }
}
