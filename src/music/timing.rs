//! The tempo and the time signature of a corpus, in which pieces like it are written.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::music::midi::{Song, TICKS_PER_BEAT};

/// A tempo and a time signature.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// Beats per minute.
    pub tempo: f64,
    /// Numerator and denominator.
    pub time_signature: (u8, u32),
}

impl Default for Timing {
    /// 100 beats per minute, 4/4.
    fn default() -> Self {
        Self { tempo: 100.0, time_signature: (4, 4) }
    }
}

impl Timing {
    /// The median of the tempos of `songs`, each the average of the song, in whole beats per minute; and their most frequent
    /// time signature. What no song has is as by default.
    pub fn of(songs: &[Song]) -> Self {
        let default = Self::default();
        let average = |song: &Song| f64::from(song.end()) / f64::from(TICKS_PER_BEAT) * 60.0 / song.seconds;
        let mut tempos: Vec<f64> = songs.iter().map(average).filter(|tempo| (4.0..1e4).contains(tempo)).collect();
        tempos.sort_unstable_by(f64::total_cmp);
        let tempo = tempos.get(tempos.len() / 2).map_or(default.tempo, |tempo| tempo.round());
        let mut counts: BTreeMap<(u8, u32), usize> = BTreeMap::new();
        let signatures = songs.iter().filter_map(|song| song.time_signature).filter(|&(_, unit)| unit <= 32);
        signatures.for_each(|signature| *counts.entry(signature).or_default() += 1);
        // Of equals the last, so that 4/4 goes before 3/4.
        let most = counts.into_iter().max_by_key(|&(_, count)| count);
        Self { tempo, time_signature: most.map_or(default.time_signature, |(signature, _)| signature) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::midi::{Note, Report};

    fn song(seconds: f64, time_signature: Option<(u8, u32)>) -> Song {
        Song {
            name: String::new(),
            notes: vec![Note::new(0, 60, 24 * 60)],
            tempo: None,
            time_signature,
            key_signature: None,
            seconds,
            report: Report::default(),
        }
    }

    #[test]
    fn the_median_tempo_and_the_most_frequent_signature_are_those_of_the_corpus() {
        assert_eq!(Timing::of(&[]), Timing::default());
        // Sixty beats in a minute, in half of one, and in no time.
        let songs = [song(60.0, Some((3, 4))), song(30.0, Some((3, 4))), song(31.0, None), song(0.0, Some((6, 8)))];
        assert_eq!(Timing::of(&songs), Timing { tempo: 116.0, time_signature: (3, 4) });
        assert_eq!(Timing::of(&songs[2..]).time_signature, (6, 8));
    }
}
