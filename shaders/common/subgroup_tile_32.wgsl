// One tile of subgroup_tile.wgsl. What is loaded for rows and columns beyond 32 is not used, and the compiler leaves those
// loads out.

const TILE_ROWS = 32u;
const TILE_COLUMNS = 32u;
alias Tile = Tile32;

fn multiply_add(tile: Tile, a: Rows, b: Columns) -> Tile {
    return multiply_add_32(tile, a[0], b[0]);
}

fn write_tile(tile: Tile, row: u32, column: u32, count: u32) {
    write_tile_32(tile, row, column, count);
}
