// The tile of subgroup_tile_32.wgsl with 8 rows, for products of few rows: one piece that is being generated. What a
// lane loads for rows 8 to 31 is not used, and the compiler leaves those loads out.
// Needs subgroup_spread.wgsl.

const TILE_ROWS = 8u;
alias Tile = array<mat4x4<f32>, 2>;

// tile += a · b for 4 steps of the inner dimension, of which a[0] holds those of row `lane`.
fn multiply_add(tile: ptr<function, Tile>, a: mat4x4<f32>, b: mat4x4<f32>) {
    (*tile)[0] += b * spread_lower(a[0]);
    (*tile)[1] += b * spread_upper(a[0]);
}
