// As many multiply-adds as an adapter can do: eight chains of vectors of four in registers, and next to no memory.

struct Params {
    rounds: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn multiply_add(@builtin(global_invocation_id) id: vec3<u32>) {
    let x = vec4<f32>(1.0 + f32(id.x % 7u) * 1e-7);
    var a = array<vec4<f32>, 8>(x, x, x, x, x, x, x, x);
    for (var i = 0u; i < params.rounds; i++) {
        a[0] = fma(a[0], x, x);
        a[1] = fma(a[1], x, x);
        a[2] = fma(a[2], x, x);
        a[3] = fma(a[3], x, x);
        a[4] = fma(a[4], x, x);
        a[5] = fma(a[5], x, x);
        a[6] = fma(a[6], x, x);
        a[7] = fma(a[7], x, x);
    }
    let sum = a[0] + a[1] + a[2] + a[3] + a[4] + a[5] + a[6] + a[7];
    out[id.x] = sum.x + sum.y + sum.z + sum.w;
}
