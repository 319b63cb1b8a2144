// A tile of 64 rows by 64 columns for large products: four tiles of subgroup_tile.wgsl, for which rows and columns are
// loaded once. At 32 by 32, loads take more than half of the time.

const TILE_ROWS = 64u;
const TILE_COLUMNS = 64u;
alias Tile = array<Tile32, 4>;

fn multiply_add(tile: Tile, a: Rows, b: Columns) -> Tile {
    return Tile(
        multiply_add_32(tile[0], a[0], b[0]),
        multiply_add_32(tile[1], a[1], b[0]),
        multiply_add_32(tile[2], a[0], b[1]),
        multiply_add_32(tile[3], a[1], b[1]),
    );
}

fn write_tile(tile: Tile, row: u32, column: u32, count: u32) {
    for (var below = 0u; below < count; below += 32u) {
        // Up to 16, which the compiler must not know: it would write the text of both rounds out.
        for (var beside = 0u; beside < select(16u, 0u, count == 0u); beside += 8u) {
            let left = pick_32(tile[0], tile[1], below, 32u);
            let right = pick_32(tile[2], tile[3], below, 32u);
            let rows = min(32u, count - below);
            write_tile_32(pick_32(left, right, beside, 8u), row + below, column + beside, rows);
        }
    }
}

fn pick_32(first: Tile32, second: Tile32, index: u32, bit: u32) -> Tile32 {
    return Tile32(
        pick(first[0], second[0], index, bit),
        pick(first[1], second[1], index, bit),
        pick(first[2], second[2], index, bit),
        pick(first[3], second[3], index, bit),
        pick(first[4], second[4], index, bit),
        pick(first[5], second[5], index, bit),
        pick(first[6], second[6], index, bit),
        pick(first[7], second[7], index, bit),
    );
}
