// The tile of subgroup_tile_32.wgsl with 8 rows, for products of few rows: one piece that is being generated. What a
// lane loads for rows 8 to 31 is not used, and the compiler leaves those loads out.
// Needs subgroup_spread.wgsl.

const TILE_ROWS = 8u;
alias Tile = array<mat4x4<f32>, 2>;

// tile += a ⊗ b for one step of the inner dimension: lane l holds row l of `a`, and b at its 4 columns.
fn multiply_add(tile: ptr<function, Tile>, a: vec4<f32>, b: vec4<f32>) {
    (*tile)[0] += lower(a.x, b);
    (*tile)[1] += upper(a.x, b);
}
