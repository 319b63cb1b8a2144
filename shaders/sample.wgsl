// Draws one class per row of logits; the token never visits the host.
//
//     p = softmax(logits / temperature) over the allowed classes; the others have none
//     A class is kept when fewer than top_k classes are more probable, those hold less than top_p of the probability,
//     and p is at least min_p times the largest. Among equals, the lower index counts as more probable.
//     The class `exempt`, where there is one, takes no part in this: the filters rank, add up and compare the others
//     alone. It is kept, and so scaled that its share of the kept probability is its p.
//     The class drawn is the first whose running sum of kept probability, in order of index, exceeds
//     uniform_at(seed, counter, row) times the kept sum.
//
// At least one class is allowed. The most probable of them, or of the others, is always kept; temperature 0 means the
// most probable of all, exempt or not. The token is written to tokens (the next step's input) and to history, row by row
// [R, 3], in column `head`.
// One workgroup per row, V up to 1024. Classes are ranked only where top_k or top_p asks for it, see
// common/sample_ranking.wgsl. Every sum has a fixed order, see common/sample_runs.wgsl.
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
    exempt: u32,            // class that the filters leave alone; V or more: none
    seed: u32,
    counter: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> allowed: array<u32>;               // [V], 0 or 1
@group(0) @binding(3) var<storage, read_write> tokens: array<u32>;          // [R, 3]
@group(0) @binding(4) var<storage, read_write> history: array<u32>;         // [events, R, 3]

const LANES = 64u;
const MAX_VOCAB = 1024u;
const LOWEST = -3.4e38;                             // stands for the logit of a class that is not allowed
// exp((logit - largest) / temperature), the largest being that of all but the exempt; 0 where not allowed, or exempt
var<workgroup> weights: array<f32, MAX_VOCAB>;
var<workgroup> exempt_weight: f32;                  // the same for the exempt class
var<workgroup> kept: array<f32, MAX_VOCAB>;         // weights that the filters leave, 0 for others
var<workgroup> partials: array<f32, LANES>;
var<workgroup> shared_f32: f32;                     // from lane 0 to all

@compute @workgroup_size(LANES)
fn sample(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let row = workgroup.x;
    let greedy = params.temperature == 0.0;
    let ranked = !greedy && (params.top_k > 0u || params.top_p < 1.0);
    let exempt = select(params.exempt, params.vocab_size, greedy);

    weigh(row * params.stride, greedy, exempt, lane);
    for (var v = lane; v < params.vocab_size; v += LANES) {
        kept[v] = select(0.0, weights[v], !ranked && weights[v] >= params.min_p);
    }
    workgroupBarrier();
    if ranked {
        keep_ranked(lane);
    }
    if exempt < params.vocab_size {
        keep_exempt(exempt, lane);
    }
    let kept_total = kept_sum(lane);
    if lane == 0u {
        let draw = select(uniform_at(params.seed, params.counter, row), 0.0, greedy);
        let choice = draw_class(draw * kept_total);
        tokens[3u * row + params.head] = choice;
        history[3u * (params.first_history + row) + params.head] = choice;
    }
}

// Fills weights and exempt_weight. Where greedy, the largest weigh 1 and all others nothing.
fn weigh(first: u32, greedy: bool, exempt: u32, lane: u32) {
    var largest = LOWEST;
    for (var v = lane; v < params.vocab_size; v += LANES) {
        let logit = select(LOWEST, logits[first + v], allowed[v] != 0u);
        weights[v] = logit;
        largest = max(largest, select(logit, LOWEST, v == exempt));
    }
    partials[lane] = largest;
    workgroupBarrier();
    if lane == 0u {
        for (var i = 1u; i < LANES; i++) {
            largest = max(largest, partials[i]);
        }
        shared_f32 = largest;
    }
    largest = workgroupUniformLoad(&shared_f32);
    for (var v = lane; v < params.vocab_size; v += LANES) {
        let logit = weights[v];
        let exponent = (logit - largest) / select(params.temperature, 1.0, greedy);
        // Far below, exp must be 0, whatever the driver makes of infinity. Above is the exempt class alone, and at e^80
        // of any other it is as good as certain.
        let power = select(exp(clamp(exponent, -200.0, 80.0)), 0.0, greedy);
        let weight = select(select(power, 1.0, logit == largest), 0.0, logit == LOWEST);
        weights[v] = select(weight, 0.0, v == exempt);
        if v == exempt {
            exempt_weight = weight;
        }
    }
    workgroupBarrier();
}

// What the filters leave of the others shrinks their sum; the exempt class shrinks with it.
fn keep_exempt(exempt: u32, lane: u32) {
    let others = weight_sum(lane);
    let left = kept_sum(lane);
    if lane == 0u {
        kept[exempt] = exempt_weight * select(1.0, left / others, others > 0.0);
    }
    workgroupBarrier();
}
