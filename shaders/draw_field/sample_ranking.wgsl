// The part of sample.wgsl that ranks classes, for top_k and top_p. Only those that could be kept are ranked: bins of
// similar weight decide which.
// Needs sample_runs.wgsl.

const BINS = 64u;
const SUM_UNIT = 1048576.0;                         // 2^20: 1024 weights of at most 1 add up to less than 2^32 units
var<workgroup> ranked_classes: array<u32, MAX_VOCAB>;   // classes to be ranked, in order of index
var<workgroup> counts: array<u32, LANES>;
var<workgroup> bin_counts: array<atomic<u32>, BINS>;    // allowed classes by bin_of their weight
var<workgroup> bin_sums: array<atomic<u32>, BINS>;      // their weights, in units

// Keeps what top_k, top_p and min_p leave.
fn keep_ranked(lane: u32) {
    for (var bin = lane; bin < BINS; bin += LANES) {
        atomicStore(&bin_counts[bin], 0u);
        atomicStore(&bin_sums[bin], 0u);
    }
    let total = weight_sum(lane);
    let ranked_count = find_ranked(last_bin(total, lane), lane);
    for (var i = lane; i < ranked_count; i += LANES) {
        let v = ranked_classes[i];
        var rank = 0u;
        var before = 0.0;
        for (var j = 0u; j < ranked_count; j++) {
            let other = class_weights[ranked_classes[j]];
            let is_before = other > class_weights[v] || (other == class_weights[v] && j < i);
            rank += select(0u, 1u, is_before);
            before += select(0.0, other, is_before);
        }
        let within = (params.top_k == 0u || rank < params.top_k)
            && (params.top_p >= 1.0 || before < params.top_p * total);
        kept[v] = select(0.0, class_weights[v], rank == 0u || within);
    }
    workgroupBarrier();
}

// How far a weight is below the largest, in half powers of 2.
fn bin_of(weight: f32) -> u32 {
    return min(u32(-2.0 * log2(weight)), BINS - 1u);
}

// The last bin that must be ranked: up to it there are top_k classes, or they hold top_p, and those of later bins rank
// behind all of these. That only saves work, so sums may be coarse, as long as they are not too large.
fn last_bin(total: f32, lane: u32) -> u32 {
    for (var v = lane; v < params.vocab_size; v += LANES) {
        if class_weights[v] > 0.0 {
            let bin = bin_of(class_weights[v]);
            atomicAdd(&bin_counts[bin], 1u);
            atomicAdd(&bin_sums[bin], u32(class_weights[v] * SUM_UNIT));
        }
    }
    workgroupBarrier();
    if lane == 0u {
        let goal = (params.top_p + 1e-4) * total * SUM_UNIT;
        var bin = 0u;
        var count = atomicLoad(&bin_counts[0]);
        var sum = atomicLoad(&bin_sums[0]);
        while bin + 1u < BINS && (params.top_k == 0u || count < params.top_k) && f32(sum) < goal {
            bin += 1u;
            count += atomicLoad(&bin_counts[bin]);
            sum += atomicLoad(&bin_sums[bin]);
        }
        shared_u32 = bin;
    }
    return workgroupUniformLoad(&shared_u32);
}

fn may_be_kept(weight: f32, last: u32) -> bool {
    return weight > 0.0 && weight >= params.min_p && bin_of(weight) <= last;
}

// Fills ranked_classes; the result is their number.
fn find_ranked(last: u32, lane: u32) -> u32 {
    let end = run_end(lane);
    var count = 0u;
    for (var v = run_start(lane); v < end; v++) {
        count += select(0u, 1u, may_be_kept(class_weights[v], last));
    }
    counts[lane] = count;
    workgroupBarrier();
    if lane == 0u {
        // From numbers to places.
        var all = 0u;
        for (var i = 0u; i < LANES; i++) {
            let here = counts[i];
            counts[i] = all;
            all += here;
        }
        shared_u32 = all;
    }
    let all = workgroupUniformLoad(&shared_u32);
    var place = counts[lane];
    for (var v = run_start(lane); v < end; v++) {
        if may_be_kept(class_weights[v], last) {
            ranked_classes[place] = v;
            place += 1u;
        }
    }
    workgroupBarrier();
    return all;
}
