// a ⊗ b for 4 rows, those of lanes 0 to 3 or of lanes 4 to 7: lane l holds one value of `a` for row l, and four of b.

fn lower(a: f32, b: vec4<f32>) -> mat4x4<f32> {
    return mat4x4<f32>(subgroupShuffle(a, 0u) * b, subgroupShuffle(a, 1u) * b, subgroupShuffle(a, 2u) * b, subgroupShuffle(a, 3u) * b);
}

fn upper(a: f32, b: vec4<f32>) -> mat4x4<f32> {
    return mat4x4<f32>(subgroupShuffle(a, 4u) * b, subgroupShuffle(a, 5u) * b, subgroupShuffle(a, 6u) * b, subgroupShuffle(a, 7u) * b);
}
