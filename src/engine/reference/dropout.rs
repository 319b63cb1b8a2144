//! Dropout, in place, forward and backward alike. Twin of `shaders/dropout.wgsl`.

use super::random::uniform;

/// Element `index` becomes `value / (1 - p)` if `uniform(seed, counter, index) >= p`, else 0.
///
/// Called with the same `seed` and `counter` on the gradient it is its own backward pass, since the mask is a constant.
/// `p` lies in `[0, 1)`; 0 leaves everything as it is. To compare with a shader pass the very f32 it gets, widened: a
/// draw is a multiple of 2⁻²⁴, and could fall between `p` and its rounding. The generator is [`random`](super::random).
pub fn dropout(values: &mut [f64], p: f64, seed: u32, counter: u32) {
    assert!((0.0..1.0).contains(&p), "p = {p} is not in [0, 1)");
    for (index, value) in values.iter_mut().enumerate() {
        let keep = uniform(seed, counter, index as u32) >= p;
        *value = if keep { *value / (1.0 - p) } else { 0.0 };
    }
}
