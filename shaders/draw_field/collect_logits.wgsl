// The part of sample.wgsl that puts the logits of a row into class_weights: what the output layer computed, the scores of the
// candidates, and what is predicted at intervals, in the order of training, so that the sums are the same.
// Needs candidate_rows.wgsl and references.wgsl.

var<workgroup> score_parts: array<array<f32, VECTORS>, CANDIDATES>;

fn collect_logits(row: u32, lane: u32) {
    let first = row * params.stride;
    for (var v = lane; v < params.vocab_size; v += LANES) {
        class_weights[v] = logits[first + v];
    }
    // A lane has four of the 32 values of one candidate.
    let candidate = lane / VECTORS;
    let i = lane % VECTORS;
    let is_scored = params.query > 0u && candidate_tokens[candidate] > 0u;
    if is_scored {
        let at = first + params.query + 4u * i;
        let query = vec4<f32>(logits[at], logits[at + 1u], logits[at + 2u], logits[at + 3u]);
        let e = query + table_sum(table_rows(params.field, candidate_classes[candidate]), i);
        score_parts[candidate][i] = dot(score_vector(SCORE_VECTORS * params.field + i), max(e, vec4<f32>(0.0)));
    }
    workgroupBarrier();
    if is_scored && i == 0u {
        var bias = score_vector(SCORE_VECTORS * params.field + VECTORS).x;
        for (var part = 0u; part < VECTORS; part++) {
            bias += score_parts[candidate][part];
        }
        class_weights[candidate_tokens[candidate] - 1u] += bias;
    }
    let chord_is_full = params.field == 0u && context_at(row, TOGETHER) >= constants[params.limits + FIGURE_CLASSES];
    let is_too_short = params.field == 0u && state[memory_start(row)] < constants[params.limits + FIGURE_CLASSES + 2u];
    workgroupBarrier();
    for (var v = lane; v < params.vocab_size; v += LANES) {
        var logit = class_weights[v];
        if params.relative > 0u {
            logit = with_intervals(logit, row, v, first);
        }
        let is_out = (params.relative > 0u && is_ruled_out(row, v))
            || (v < TOKENS && atomicLoad(&ruled_out[min(v, TOKENS - 1u)]) > 0u)
            || (chord_is_full && v == 0u)
            || (is_too_short && v == params.exempt);
        class_weights[v] = select(LOWEST, select(logit, RULED_OUT, is_out), may_be_drawn(row, v));
    }
    workgroupBarrier();
}

// The logit of a pitch with what is predicted for it at intervals.
fn with_intervals(logit: f32, row: u32, pitch: u32, first: u32) -> f32 {
    var sum = logit;
    for (var i = 0u; i < REFERENCES; i++) {
        let reference = reference_pitch(row, i);
        let column = u32(clamp(i32(pitch) - (i32(reference) - 1) + REACH, 0, 2 * REACH));
        sum += select(0.0, logits[first + params.relative + REFERENCE_STRIDE * i + column], reference > 0u);
    }
    return sum;
}

fn table_vector(at: u32) -> vec4<f32> {
    return weights[params.table + at];
}

fn score_vector(at: u32) -> vec4<f32> {
    return weights[params.score + at];
}
