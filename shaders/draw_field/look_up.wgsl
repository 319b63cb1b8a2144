// Looks up rows of tables by the context, as embedding_forward.wgsl does, for the blocks that need them next:
//
//     outputs[row, block · E : (block + 1) · E] = Σ over j of the row chosen by feature j of the block
//
// or, with `onto`, the ReLU of that sum and what outputs held before. Needs lookup_rows.wgsl.

const LOOKUPS = 64u;
var<workgroup> chosen: array<u32, LOOKUPS>;

fn look_up(row: u32, lane: u32) {
    for (var block = params.first_block; block < params.end_block; block++) {
        let first = constants[params.starts + block];
        let count = constants[params.starts + block + 1u] - first;
        if lane < count {
            chosen[lane] = row_of(row, 6u * (first + lane)) * params.lookup_size;
        }
        workgroupBarrier();
        let out = params.out + row * params.out_stride + block * params.lookup_size;
        for (var column = lane; column < params.lookup_size; column += LANES) {
            var sum = vec4<f32>(0.0);
            for (var j = 0u; j < count; j++) {
                sum += weights[params.lookup_table + chosen[j] + column];
            }
            if params.onto == 1u {
                sum = max(outputs[out + column] + sum, vec4<f32>(0.0));
            }
            outputs[out + column] = sum;
        }
        workgroupBarrier();
    }
}

fn feature(at: u32) -> u32 {
    return constants[params.features + at];
}
