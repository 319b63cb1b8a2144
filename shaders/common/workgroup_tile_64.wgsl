// The large tile of workgroup_tile.wgsl: 64 by 64, in slices of 16. An invocation computes four blocks, 32 rows or
// columns apart.

const TILE = 64u;
alias Tile = array<mat4x4<f32>, 4>;

fn multiply_add_step(tile: Tile, a: u32, b: u32) -> Tile {
    let a_0 = a_slice[a];
    let a_1 = a_slice[a + 8u];
    let b_0 = b_slice[b];
    let b_1 = b_slice[b + 8u];
    return Tile(
        tile[0] + outer(a_0, b_0),
        tile[1] + outer(a_0, b_1),
        tile[2] + outer(a_1, b_0),
        tile[3] + outer(a_1, b_1),
    );
}

// `row` and `column` are the tile's first.
fn write_tile(tile: Tile, row: u32, column: u32, local: u32) {
    let first = row + local / 8u * 4u;
    let four = column + local % 8u;
    write_block(tile[0], first, four);
    write_block(tile[1], first, four + 8u);
    write_block(tile[2], first + 32u, four);
    write_block(tile[3], first + 32u, four + 8u);
}
