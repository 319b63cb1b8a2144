//! In which keys some music is.

use rand::{RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64;
use serde::{Deserialize, Serialize};

use super::{Key, find};
use crate::music::midi::Song;

/// How many songs were in each key before they were moved to C major and A minor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyCounts {
    /// By tonic, from C.
    pub major: [u32; 12],
    /// By tonic, from C.
    pub minor: [u32; 12],
}

impl KeyCounts {
    /// Counts the keys of songs; those without a key are left out.
    pub fn new(songs: &[Song]) -> Self {
        let mut counts = Self::default();
        for key in songs.iter().filter_map(|song| find(&song.notes, song.key_signature)) {
            let of_mode = if key.is_minor() { &mut counts.minor } else { &mut counts.major };
            of_mode[key.tonic()] += 1;
        }
        counts
    }

    /// Number of different keys.
    pub fn kinds(&self) -> usize {
        self.major.iter().chain(&self.minor).filter(|&&count| count > 0).count()
    }

    /// How many songs `shift` moves to C major or A minor.
    fn moved_by(&self, shift: i32) -> u64 {
        let [major, minor] = Key::pair(shift);
        u64::from(self.major[major.tonic()]) + u64::from(self.minor[minor.tonic()])
    }

    fn songs(&self) -> u64 {
        self.major.iter().chain(&self.minor).map(|&count| u64::from(count)).sum()
    }

    /// What it costs, in nats, to say by which of the twelve shifts a piece comes to C major or A minor: the negative
    /// logarithm of its share of the songs, each shift counted once more, so that none is impossible (Laplace).
    pub fn nats(&self, shift: i32) -> f64 {
        ((self.songs() + 12) as f64 / (self.moved_by(shift) + 1) as f64).ln()
    }

    /// A shift, -6..=5, drawn as often as songs had it; 0 where there are none. `seed` and `piece` decide.
    pub fn draw(&self, seed: u32, piece: usize) -> i32 {
        let songs = self.songs();
        if songs == 0 {
            return 0;
        }
        // The stream keeps the pieces of one seed apart.
        let mut place = Pcg64::new(Pcg64::seed_from_u64(seed.into()).random(), piece as u128).random_range(0..songs);
        for shift in -6..=5 {
            match place.checked_sub(self.moved_by(shift)) {
                Some(rest) => place = rest,
                None => return shift,
            }
        }
        unreachable!("the shifts hold all songs")
    }
}
