// The small tile of workgroup_tile.wgsl, of which a product has four times as many: 32 by 32, in slices of 32. An
// invocation computes one block.

const TILE = 32u;
alias Tile = mat4x4<f32>;

fn multiply_add_step(tile: Tile, a: u32, b: u32) -> Tile {
    return tile + outer(a_slice[a], b_slice[b]);
}

// `row` and `column` are the tile's first.
fn write_tile(tile: Tile, row: u32, column: u32, local: u32) {
    write_block(tile, row + local / 8u * 4u, column + local % 8u);
}
