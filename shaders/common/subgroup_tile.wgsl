// A tile of 32 rows by 32 columns held by the 8 invocations of one subgroup: every lane keeps 4 columns of all 32 rows,
// as 8 matrices whose columns are 4 rows of the tile.
//
// On an adapter whose subgroup is one vector of 8 lanes, a load costs as much as dozens of multiplications, and a
// shuffle with a constant lane next to nothing. So each lane loads another row's value of `a` once and the shuffles
// spread it. The array is indexed by constants only, which keeps it in registers.
//
// subgroup_tile_64.wgsl, subgroup_tile_32.wgsl or subgroup_tile_8.wgsl makes a kernel's `Tile` of it. The kernel itself
// has to say what becomes of this lane's part of four rows of the finished tile: write_rows(sums, row, column), where
// `column` counts in fours. Rows and columns may be past the end; write_rows leaves those out, and all lanes of a subgroup
// together if it shuffles.

alias Tile32 = array<mat4x4<f32>, 8>;

// This lane's part of up to 64 rows of `a`, 32 rows a matrix: its column i is 4 inner values of row 8i + lane.
alias Rows = array<mat4x4<f32>, 2>;

// This lane's part of up to 64 columns of `b`, 32 columns a matrix: its column j is the row of b at inner step j, at the
// 4 columns of this lane.
alias Columns = array<mat4x4<f32>, 2>;

// tile + a · b for 4 steps of the inner dimension.
// A row takes all four steps at once, so that it is read and written once for 16 multiplications.
fn multiply_add_32(tile: Tile32, a: mat4x4<f32>, b: mat4x4<f32>) -> Tile32 {
    return Tile32(
        tile[0] + b * spread_lower(a[0]),
        tile[1] + b * spread_upper(a[0]),
        tile[2] + b * spread_lower(a[1]),
        tile[3] + b * spread_upper(a[1]),
        tile[4] + b * spread_lower(a[2]),
        tile[5] + b * spread_upper(a[2]),
        tile[6] + b * spread_lower(a[3]),
        tile[7] + b * spread_upper(a[3]),
    );
}

// Lane l holds 4 inner values of row l; all lanes get those of rows 0 to 3 (or 4 to 7), as columns. b times that is four
// rows of the product.
fn spread_lower(a: vec4<f32>) -> mat4x4<f32> {
    return mat4x4<f32>(subgroupShuffle(a, 0u), subgroupShuffle(a, 1u), subgroupShuffle(a, 2u), subgroupShuffle(a, 3u));
}

fn spread_upper(a: vec4<f32>) -> mat4x4<f32> {
    return mat4x4<f32>(subgroupShuffle(a, 4u), subgroupShuffle(a, 5u), subgroupShuffle(a, 6u), subgroupShuffle(a, 7u));
}

// Hands the first `count` rows of the tile to write_rows, four at a time. They are picked by comparisons: an index that is
// a variable would keep the tile out of registers and takes many times as long to compile.
fn write_tile_32(tile: Tile32, row: u32, column: u32, count: u32) {
    for (var i = 0u; i < count; i += 4u) {
        let four = pick(
            pick(pick(tile[0], tile[1], i, 4u), pick(tile[2], tile[3], i, 4u), i, 8u),
            pick(pick(tile[4], tile[5], i, 4u), pick(tile[6], tile[7], i, 4u), i, 8u),
            i, 16u
        );
        write_rows(four, row + i, column);
    }
}

// One row of four, for a loop that the compiler must not write out.
fn pick_row(rows: mat4x4<f32>, index: u32) -> vec4<f32> {
    let odd = (index & 1u) != 0u;
    return select(select(rows[0], rows[1], odd), select(rows[2], rows[3], odd), (index & 2u) != 0u);
}

// The second where this bit of the index is set.
fn pick(first: mat4x4<f32>, second: mat4x4<f32>, index: u32, bit: u32) -> mat4x4<f32> {
    let chosen = (index & bit) != 0u;
    return mat4x4<f32>(
        select(first[0], second[0], chosen),
        select(first[1], second[1], chosen),
        select(first[2], second[2], chosen),
        select(first[3], second[3], chosen),
    );
}
