// Matrix product with the first factor transposed: out = aᵀ · b, for GPUs.
//
//     out[m, n] = Σ_k a[k, m] b[k, n]  (+ out[m, n])           a: [K, M], b: [K, N], out: [M, N]
//
// The contract is that of shaders/matmul_tn.wgsl. One workgroup computes a tile, one invocation 4 by 4 values of it or
// four times that; see common/workgroup_tile.wgsl.
// Twin: src/engine/reference/matmul_tn.rs

struct Params {
    @align(16) m: u32,  // rows of out
    n: u32,             // columns of out
    k: u32,             // inner dimension
    a_offset: u32,      // first element, and elements from row to row, of each matrix
    a_stride: u32,
    b_offset: u32,
    b_stride: u32,
    out_offset: u32,
    out_stride: u32,
    accumulate: u32,
}

@group(0) @binding(0) var<uniform> jobs: array<Params, 8>;   // products side by side, one for each z of the grid
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<f32>>;

var<private> params: Params;    // of this workgroup

// 4 columns of the factor at 4 inner steps, one step a column; steps past the end count as 0.
fn block_of_a(k: u32, column: u32) -> mat4x4<f32> {
    let at = (params.a_offset + k * params.a_stride) / 4u + column;
    let stride = params.a_stride / 4u;
    return mat4x4<f32>(
        counted(a[at], k),
        counted(a[at + stride], k + 1u),
        counted(a[at + 2u * stride], k + 2u),
        counted(a[at + 3u * stride], k + 3u),
    );
}

fn block_of_b(k: u32, column: u32) -> mat4x4<f32> {
    let at = (params.b_offset + k * params.b_stride) / 4u + column;
    let stride = params.b_stride / 4u;
    return mat4x4<f32>(
        counted(b[at], k),
        counted(b[at + stride], k + 1u),
        counted(b[at + 2u * stride], k + 2u),
        counted(b[at + 3u * stride], k + 3u),
    );
}

fn counted(value: vec4<f32>, k: u32) -> vec4<f32> {
    return select(vec4<f32>(0.0), value, k < params.k);
}

fn write_row(sum: vec4<f32>, row: u32, column: u32) {
    if row >= params.m || 4u * column >= params.n { return; }
    let at = (params.out_offset + row * params.out_stride) / 4u + column;
    let before = select(vec4<f32>(0.0), out[at], params.accumulate == 1u);
    out[at] = before + sum;
}

@compute @workgroup_size(64)
fn matmul_tn(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let job = jobs[workgroup.z];
    let row = TILE * workgroup.y;
    let column = GROUPS * workgroup.x;      // in vectors of 4
    // Others of the products side by side have more.
    if row >= job.m || 4u * column >= job.n { return; }
    params = job;
    let a_column = row / 4u + staged_group(local);
    let b_column = column + staged_group(local);
    let step = staged_step(local);

    var tile = Tile();
    var a_block = block_of_a(step, a_column);
    var b_block = block_of_b(step, b_column);
    for (var k = 0u; k < job.k; k += SLICE) {
        stage(a_block, b_block, local);
        // The next slice is on its way while this one is used.
        if k + SLICE < job.k {
            let next = k + SLICE + step;
            a_block = block_of_a(next, a_column);
            b_block = block_of_b(next, b_column);
        }
        tile = multiply_add(tile, local);
    }
    write_tile(tile, row, column, local);
}
