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
    let mut lines = DELAYS.map(Line::new);
    for frame in frames {
        let echoes = lines.each_mut().map(Line::echo);
        // Each echo goes back into all four lines with equal power: a Householder reflection.
        let half_sum = 0.5 * echoes.iter().sum::<f32>();
        for (number, line) in lines.iter_mut().enumerate() {
            line.put(frame[number % 2] + echoes[number] - half_sum);
        }
        frame[0] += WET * (echoes[0] + echoes[2]);
        frame[1] += WET * (echoes[1] + echoes[3]);
    }
}

/// A delay line between two walls.
struct Line {
    samples: Vec<f32>,
    at: usize,
    /// What is left of a sample after its way.
    decay: f32,
    /// The last echo.
    echo: f32,
}

impl Line {
    fn new(delay: usize) -> Self {
        let decay = 1e-3_f64.powf(delay as f64 / (SECONDS * f64::from(SAMPLE_RATE))) as f32;
        Self { samples: vec![0.0; delay], at: 0, decay, echo: 0.0 }
    }

    /// What comes back now; the walls take the high frequencies.
    fn echo(&mut self) -> f32 {
        self.echo += (1.0 - DAMPING) * (self.decay * self.samples[self.at] - self.echo);
        self.echo
    }

    fn put(&mut self, sample: f32) {
        self.samples[self.at] = sample;
        self.at = (self.at + 1) % self.samples.len();
    }
}
