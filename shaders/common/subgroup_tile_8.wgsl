// The first 8 rows of a tile of subgroup_tile.wgsl, for products of few rows: some pieces that are being generated. What
// is loaded for other rows and columns is not used, and the compiler leaves those loads out.

const TILE_ROWS = 8u;
const TILE_COLUMNS = 32u;
alias Tile = array<mat4x4<f32>, 2>;

fn multiply_add(tile: Tile, a: Rows, b: Columns) -> Tile {
    return Tile(tile[0] + b[0] * spread_lower(a[0][0]), tile[1] + b[0] * spread_upper(a[0][0]));
}

fn write_tile(tile: Tile, row: u32, column: u32, count: u32) {
    for (var i = 0u; i < count; i += 4u) {
        write_rows(pick(tile[0], tile[1], i, 4u), row + i, column);
    }
}
