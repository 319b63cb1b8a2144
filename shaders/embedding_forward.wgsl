// Embeddings: a sum of table rows for each event, chosen by what is known of it.
//
//     out[r, block · E : (block + 1) · E] = Σ over j of weight[first_j + row_j, :]
//
// or, with `onto`, the ReLU of that sum and what `out` held before: a layer whose bias depends on the event. Rows of tables
// that ask for it are dropped as in dropout.wgsl, each whole: 0 or 1 / (1 - p) times the row, by uniform_at of its
// place, 64 · (n r + block) + j counted from the block's first feature.
//
// context: [R, C]; weight: [V, E], tables one below the other; features: [F, 6], see common/lookup_rows.wgsl; j goes from
// starts[block] to starts[block + 1], at most 64.
// E is a multiple of 4. One workgroup computes one block of one event: first its invocations find the rows, since dividing
// is slow, then they add them up, each two vectors of 4 values at once, so that both share what is known of a row.
// Twin: src/engine/reference/embedding_forward.rs

struct Params {
    size: u32,          // E
    blocks: u32,        // n, of a row of out, [R, n E]
    columns: u32,       // C
    first_block: u32,
    onto: u32,          // 1: added to what out holds, then ReLU
    probability: f32,   // p, of a row to be dropped, below 1
    seed: u32,          // one per place in the network and run
    counter: u32,       // the training step
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> context: array<u32>;
@group(0) @binding(3) var<storage, read> features: array<u32>;
@group(0) @binding(4) var<storage, read> starts: array<u32>;                // [blocks + 1]
@group(0) @binding(5) var<storage, read_write> out: array<vec4<f32>>;

const LOOKUPS = 64u;
const LANES = 8u;
var<workgroup> chosen: array<u32, LOOKUPS>;     // row of weight for each feature of the block
var<workgroup> factors: array<f32, LOOKUPS>;    // what it is multiplied by

@compute @workgroup_size(LANES)
fn embedding_forward(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let row = workgroup.y * grid.x + workgroup.x;
    let block = params.first_block + workgroup.z;
    if row >= arrayLength(&context) / params.columns { return; }
    let first = starts[block];
    let count = starts[block + 1u] - first;
    for (var j = lane; j < count; j += LANES) {
        let at = 6u * (first + j);
        chosen[j] = row_of(row, at);
        let draw = uniform_at(params.seed, params.counter, LOOKUPS * (params.blocks * row + block) + j);
        let kept = select(0.0, 1.0 / (1.0 - params.probability), draw >= params.probability);
        factors[j] = select(1.0, kept, features[at + 5u] == 1u);
    }
    workgroupBarrier();

    let size = params.size / 4u;
    let out_row = (params.blocks * row + block) * size;
    for (var column = lane; column < size; column += 2u * LANES) {
        let beside = min(column + LANES, size - 1u);
        var sum = mat2x4<f32>();
        for (var j = 0u; j < count; j++) {
            let from_row = chosen[j] * size;
            sum += factors[j] * mat2x4<f32>(weight[from_row + column], weight[from_row + beside]);
        }
        write(out_row + column, sum[0]);
        if column + LANES < size {
            write(out_row + column + LANES, sum[1]);
        }
    }
}

fn context_at(row: u32, column: u32) -> u32 {
    return context[params.columns * row + column];
}

fn feature(at: u32) -> u32 {
    return features[at];
}

fn write(at: u32, sum: vec4<f32>) {
    out[at] = select(sum, max(out[at] + sum, vec4<f32>(0.0)), params.onto == 1u);
}
