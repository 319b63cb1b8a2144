//! A small room around the built-in piano: a feedback delay network.

use super::SAMPLE_RATE;

/// Time in which the room dies away, by 60 dB.
pub(super) const SECONDS: f64 = 1.2;

/// Share of the room in what is heard.
const WET: f32 = 0.16;
/// Delays in frames, primes, so that their echoes do not coincide.
const DELAYS: [usize; 4] = [1327, 1693, 2011, 2531];
/// How much of the high frequencies the walls take at each echo.
const DAMPING: f32 = 0.45;

/// Adds the sound of the room to dry frames.
pub(super) fn add(frames: &mut [[f32; 2]]) {
    let decay = DELAYS.map(|delay| 1e-3_f64.powf(delay as f64 / (SECONDS * f64::from(SAMPLE_RATE))) as f32);
    let mut lines = DELAYS.map(|delay| vec![0.0_f32; delay]);
    let mut at = [0; 4];
    let mut dark = [0.0_f32; 4];
    for frame in frames {
        let mut echoes = [0.0; 4];
        for line in 0..4 {
            let out = lines[line][at[line]] * decay[line];
            dark[line] += (1.0 - DAMPING) * (out - dark[line]);
            echoes[line] = dark[line];
        }
        // Each echo goes back into all four lines with equal power: a Householder reflection.
        let half_sum = 0.5 * echoes.iter().sum::<f32>();
        for line in 0..4 {
            lines[line][at[line]] = frame[line % 2] + echoes[line] - half_sum;
            at[line] = (at[line] + 1) % DELAYS[line];
        }
        frame[0] += WET * (echoes[0] + echoes[2]);
        frame[1] += WET * (echoes[1] + echoes[3]);
    }
}
