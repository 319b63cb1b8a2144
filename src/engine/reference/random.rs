//! The counter-based random generator, defined in words; shaders implement the same words in their own way.
//!
//! A generator without memory: a number is a hash of three `u32`, so any invocation can draw its own, in any order, and
//! a run that is resumed at a step draws what it would have drawn. All arithmetic is modulo 2³².
//!
//! **pcg(v)**, the hash "PCG-RXS-M-XS-32" (M. O'Neill's generator, as a hash recommended by Jarzynski and Olano, "Hash
//! Functions for GPU Rendering", 2020):
//!
//! 1. `state = v·747796405 + 2891336453`
//! 2. `word = ((state >> ((state >> 28) + 4)) xor state)·277803737`
//! 3. the result is `(word >> 22) xor word`
//!
//! **uniform(seed, counter, index)**: let `bits = pcg(index xor pcg(counter xor pcg(seed)))`; the result is the upper 24
//! bits of `bits`, as a number, times 2⁻²⁴. It lies in `[0, 1)` and is exact in f32 as well as in f64.

/// A well mixed permutation of the 32-bit numbers.
pub fn pcg(v: u32) -> u32 {
    let state = v.wrapping_mul(747_796_405).wrapping_add(2_891_336_453);
    let word = ((state >> ((state >> 28) + 4)) ^ state).wrapping_mul(277_803_737);
    (word >> 22) ^ word
}

/// A number in `[0, 1)`, a multiple of 2⁻²⁴, that depends on the three arguments only.
pub fn uniform(seed: u32, counter: u32, index: u32) -> f64 {
    let bits = pcg(index ^ pcg(counter ^ pcg(seed)));
    f64::from(bits >> 8) / f64::from(1 << 24)
}
