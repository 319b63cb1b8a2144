//! Random inputs and central differences.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg32;

/// Numbers in -1..1, the same for the same seed.
pub fn random(seed: u64, len: usize) -> Vec<f64> {
    let mut generator = Pcg32::seed_from_u64(seed);
    (0..len).map(|_| generator.random_range(-1.0..1.0)).collect()
}

/// Ids below `below`, the same for the same seed.
pub fn random_ids(seed: u64, len: usize, below: u32) -> Vec<u32> {
    let mut generator = Pcg32::seed_from_u64(seed);
    (0..len).map(|_| generator.random_range(0..below)).collect()
}

/// `Σ a·b`: with random factors this makes a number, which has a derivative, of any array.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The derivative of `loss` by every element of `at`, by central differences.
pub fn central_differences(at: &[f64], mut loss: impl FnMut(&[f64]) -> f64) -> Vec<f64> {
    const STEP: f64 = 1e-5;
    let mut at = at.to_vec();
    (0..at.len())
        .map(|index| {
            let value = at[index];
            at[index] = value + STEP;
            let above = loss(&at);
            at[index] = value - STEP;
            let below = loss(&at);
            at[index] = value;
            (above - below) / (2.0 * STEP)
        })
        .collect()
}

/// `cos(phase + 1.3·i)` for i in `0..len`: the formula that stands for stored inputs in `tests/golden/record.py`.
pub fn wave(phase: f64, len: usize) -> Vec<f64> {
    (0..len).map(|i| (phase + 1.3 * i as f64).cos()).collect()
}
