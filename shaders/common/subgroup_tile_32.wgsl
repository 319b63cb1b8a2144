// A tile of 32 rows by 32 columns held by the 8 invocations of one subgroup: every lane keeps 4 columns of all 32 rows,
// as 8 matrices whose columns are 4 rows of the tile.
//
// On an adapter whose subgroup is one vector of 8 lanes, a load costs as much as dozens of multiplications, and a
// shuffle with a constant lane next to nothing. So each lane loads another row's value of `a` once and the shuffles
// spread it. The array is indexed by constants only, which keeps it in registers.
// Needs subgroup_spread.wgsl.

const TILE_ROWS = 32u;
alias Tile = array<mat4x4<f32>, 8>;

// tile += a ⊗ b for one step of the inner dimension: lane l holds four of the 32 values of `a`, and b at its 4 columns.
// Component c of lane l lands in row 8c + l.
fn multiply_add(tile: ptr<function, Tile>, a: vec4<f32>, b: vec4<f32>) {
    (*tile)[0] += lower(a.x, b);
    (*tile)[1] += upper(a.x, b);
    (*tile)[2] += lower(a.y, b);
    (*tile)[3] += upper(a.y, b);
    (*tile)[4] += lower(a.z, b);
    (*tile)[5] += upper(a.z, b);
    (*tile)[6] += lower(a.w, b);
    (*tile)[7] += upper(a.w, b);
}
