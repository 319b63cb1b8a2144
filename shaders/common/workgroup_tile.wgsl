// A tile of a product, computed by a workgroup of 64 invocations, 8 by 8, from slices of both factors in workgroup
// memory.
//
// A GPU reads workgroup memory many times as fast as a buffer, so each value is read from the buffer once for the whole
// tile. workgroup_tile_64.wgsl or workgroup_tile_32.wgsl says how large the tile is. The inner dimension goes in slices
// of the length at which every invocation loads one block of 4 by 4 of each factor.
//
// Both slices lie in memory inner step by inner step, in vectors of 4 rows of `a` or of 4 columns of `b`. Invocations
// side by side read vectors side by side, which lie in different banks of the memory. For the same reason an invocation
// of the large tile has its second block 32 rows or columns after the first, not next to it.
//
// The kernel itself has to say what becomes of a row of a finished block: write_row(sum, row, column), where `column`
// counts in fours. Rows and columns may be past the end; write_row leaves those out.

const GROUPS = TILE / 4u;           // of 4 rows, or of 4 columns
const SLICE = 4u * 64u / GROUPS;    // inner steps

var<workgroup> a_slice: array<vec4<f32>, SLICE * GROUPS>;
var<workgroup> b_slice: array<vec4<f32>, SLICE * GROUPS>;

// The block that an invocation loads: its group of rows or columns, and its first inner step within the slice.
fn staged_group(local: u32) -> u32 {
    return local % GROUPS;
}

fn staged_step(local: u32) -> u32 {
    return local / GROUPS * 4u;
}

// Puts a slice into workgroup memory. Column i of a block is its inner step i: 4 rows of `a`, or 4 columns of `b`.
fn stage(a_block: mat4x4<f32>, b_block: mat4x4<f32>, local: u32) {
    workgroupBarrier();     // all have used the slice before
    let at = staged_step(local) * GROUPS + staged_group(local);
    a_slice[at] = a_block[0];
    a_slice[at + GROUPS] = a_block[1];
    a_slice[at + 2u * GROUPS] = a_block[2];
    a_slice[at + 3u * GROUPS] = a_block[3];
    b_slice[at] = b_block[0];
    b_slice[at + GROUPS] = b_block[1];
    b_slice[at + 2u * GROUPS] = b_block[2];
    b_slice[at + 3u * GROUPS] = b_block[3];
    workgroupBarrier();
}

// tile + a · b for the slice in workgroup memory.
fn multiply_add(tile: Tile, local: u32) -> Tile {
    var sums = tile;
    // Four steps at a time, for fewer rounds and so that loads can run ahead.
    for (var k = 0u; k < SLICE; k += 4u) {
        let a = k * GROUPS + local / 8u;
        let b = k * GROUPS + local % 8u;
        sums = multiply_add_step(sums, a, b);
        sums = multiply_add_step(sums, a + GROUPS, b + GROUPS);
        sums = multiply_add_step(sums, a + 2u * GROUPS, b + 2u * GROUPS);
        sums = multiply_add_step(sums, a + 3u * GROUPS, b + 3u * GROUPS);
    }
    return sums;
}

// A block of the product at one inner step, from 4 rows of `a` and 4 columns of `b`; its columns are the rows.
fn outer(a: vec4<f32>, b: vec4<f32>) -> mat4x4<f32> {
    return mat4x4<f32>(b * a.x, b * a.y, b * a.z, b * a.w);
}

fn write_block(block: mat4x4<f32>, row: u32, column: u32) {
    write_row(block[0], row, column);
    write_row(block[1], row + 1u, column);
    write_row(block[2], row + 2u, column);
    write_row(block[3], row + 3u, column);
}
