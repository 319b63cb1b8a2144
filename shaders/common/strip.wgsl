// A row of `a` times a strip of 128 columns of `b`, for products of few rows: generating one piece.
//
// Each value of b is then used once, so that the time is that of reading b. Two things make this fast: b is an image,
// which a software adapter reads more than twice as fast as a buffer, and a strip (a layer of the image, 4 values to a
// texel) lies in memory as one piece. 8 invocations side by side take 16 columns each, as a matrix of 4 by 4; SLICES
// such rows of invocations share the inner dimension and add up their parts in workgroup memory.

const SLICES = 4u;
var<workgroup> parts: array<mat4x4<f32>, 32>;

fn block(b: texture_storage_2d_array<rgba32float, read>, strip: u32, at: vec2<u32>) -> mat4x4<f32> {
    return mat4x4<f32>(
        textureLoad(b, at, strip),
        textureLoad(b, at + vec2<u32>(0u, 1u), strip),
        textureLoad(b, at + vec2<u32>(0u, 2u), strip),
        textureLoad(b, at + vec2<u32>(0u, 3u), strip),
    );
}

// 4 inner steps: a · b for 16 columns from texel `at.x` on, and the rows of b from `at.y` on.
fn strip_product(a: vec4<f32>, b: texture_storage_2d_array<rgba32float, read>, strip: u32, at: vec2<u32>) -> mat4x4<f32> {
    return mat4x4<f32>(
        block(b, strip, at) * a,
        block(b, strip, at + vec2<u32>(1u, 0u)) * a,
        block(b, strip, at + vec2<u32>(2u, 0u)) * a,
        block(b, strip, at + vec2<u32>(3u, 0u)) * a,
    );
}

// The parts of all slices added up, always in the same order.
fn sum_of_slices(part: mat4x4<f32>, local: vec3<u32>) -> mat4x4<f32> {
    parts[8u * local.y + local.x] = part;
    workgroupBarrier();
    return parts[local.x] + parts[8u + local.x] + parts[16u + local.x] + parts[24u + local.x];
}
