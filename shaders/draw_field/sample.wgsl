// Draws a class of one row of logits.
//
//     logit = logits[v] + b_k where v is the token of candidate k, as in candidate_bias.wgsl
//     pitches: + what is predicted at intervals, as in relative_pitch.wgsl
//     -30 where that, or find_candidates.wgsl, rules the class out; an offset of 0 where enough
//     notes have begun with the last; the end of a piece that has too few events
//     p = softmax(logit / temperature) over the allowed classes; the others have none
//     A class is kept when fewer than top_k classes are more probable, those hold less than top_p of the probability,
//     and p is at least min_p times the largest. Among equals, the lower index counts as more probable.
//     The class `exempt`, where there is one, takes no part in this: the filters rank, add up and compare the others
//     alone. It is kept, and so scaled that its share of the kept probability is its p.
//     The class drawn is the first whose running sum of kept probability, in order of index, exceeds
//     uniform_at(seed, counter, row) times the kept sum.
//
// At least one class is allowed. The most probable of them, or of the others, is always kept; temperature 0 means the
// most probable of all, exempt or not. V up to 512. Classes are ranked only where top_k or top_p asks for it, see
// sample_ranking.wgsl. Every sum has a fixed order, see sample_runs.wgsl.

const MAX_VOCAB = 512u;
const LOWEST = -3.4e38;                             // stands for the logit of a class that is not allowed
// exp((logit - largest) / temperature), the largest being that of all but the exempt; 0 where not allowed, or exempt
var<workgroup> class_weights: array<f32, MAX_VOCAB>;
var<workgroup> exempt_weight: f32;                  // the same for the exempt class
var<workgroup> kept: array<f32, MAX_VOCAB>;         // weights that the filters leave, 0 for others
var<workgroup> partials: array<f32, LANES>;
var<workgroup> shared_f32: f32;                     // from lane 0 to all
var<workgroup> shared_u32: u32;

fn sample(row: u32, lane: u32) -> u32 {
    let greedy = params.temperature == 0.0;
    let ranked = !greedy && (params.top_k > 0u || params.top_p < 1.0);
    let exempt = select(params.exempt, params.vocab_size, greedy);

    collect_logits(row, lane);
    weigh(greedy, exempt, lane);
    for (var v = lane; v < params.vocab_size; v += LANES) {
        kept[v] = select(0.0, class_weights[v], !ranked && class_weights[v] >= params.min_p);
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
        shared_u32 = draw_class(row, draw * kept_total);
    }
    return workgroupUniformLoad(&shared_u32);
}

fn may_be_drawn(row: u32, v: u32) -> bool {
    let is_allowed = constants[params.allowed + params.allowed_stride * row + v] != 0u;
    if HAS_MELODY { return melody_allows(row, v, is_allowed); }
    return is_allowed;
}

// Fills class_weights and exempt_weight from the logits in class_weights. Where greedy, the largest weigh 1 and all others
// nothing.
fn weigh(greedy: bool, exempt: u32, lane: u32) {
    var largest = LOWEST;
    for (var v = lane; v < params.vocab_size; v += LANES) {
        largest = max(largest, select(class_weights[v], LOWEST, v == exempt));
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
        let logit = class_weights[v];
        let exponent = (logit - largest) / select(params.temperature, 1.0, greedy);
        // Far below, exp must be 0, whatever the driver makes of infinity. Above is the exempt class alone, and at e^80
        // of any other it is as good as certain.
        let power = select(exp(clamp(exponent, -200.0, 80.0)), 0.0, greedy);
        let weight = select(select(power, 1.0, logit == largest), 0.0, logit == LOWEST);
        class_weights[v] = select(weight, 0.0, v == exempt);
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
