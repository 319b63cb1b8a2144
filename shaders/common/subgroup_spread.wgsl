// Four rows of a tile's left factor, spread to all lanes: lane l holds 4 inner values of row l, the result has those of
// rows 0 to 3 (or 4 to 7) as its columns. b times that, b with 4 inner values as columns, is four rows of the product.

fn spread_lower(a: vec4<f32>) -> mat4x4<f32> {
    return mat4x4<f32>(subgroupShuffle(a, 0u), subgroupShuffle(a, 1u), subgroupShuffle(a, 2u), subgroupShuffle(a, 3u));
}

fn spread_upper(a: vec4<f32>) -> mat4x4<f32> {
    return mat4x4<f32>(subgroupShuffle(a, 4u), subgroupShuffle(a, 5u), subgroupShuffle(a, 6u), subgroupShuffle(a, 7u));
}
