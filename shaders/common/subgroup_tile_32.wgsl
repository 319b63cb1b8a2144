// A tile of 32 rows by 32 columns held by the 8 invocations of one subgroup: every lane keeps 4 columns of all 32 rows,
// as 8 matrices whose columns are 4 rows of the tile.
//
// On an adapter whose subgroup is one vector of 8 lanes, a load costs as much as dozens of multiplications, and a
// shuffle with a constant lane next to nothing. So each lane loads another row's value of `a` once and the shuffles
// spread it. The array is indexed by constants only, which keeps it in registers.
// Needs subgroup_spread.wgsl.

const TILE_ROWS = 32u;
alias Tile = array<mat4x4<f32>, 8>;

// tile += a · b for 4 steps of the inner dimension. Column i of `a` is this lane's part of rows 8i to 8i + 7: those four
// values of row 8i + lane. Column j of b is the row of b at inner step j, at this lane's 4 columns.
// A row takes all four steps at once, so that it is read and written once for 16 multiplications.
fn multiply_add(tile: ptr<function, Tile>, a: mat4x4<f32>, b: mat4x4<f32>) {
    (*tile)[0] += b * spread_lower(a[0]);
    (*tile)[1] += b * spread_upper(a[0]);
    (*tile)[2] += b * spread_lower(a[1]);
    (*tile)[3] += b * spread_upper(a[1]);
    (*tile)[4] += b * spread_lower(a[2]);
    (*tile)[5] += b * spread_upper(a[2]);
    (*tile)[6] += b * spread_lower(a[3]);
    (*tile)[7] += b * spread_upper(a[3]);
}
