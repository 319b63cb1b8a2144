//! When a beat sounds: the tempo changes of a file.

use super::chunks::Clock;
use super::track::Track;

/// Tempo of a file that names none, in seconds per beat: 120 beats per minute.
const DEFAULT: f64 = 0.5;

/// The tempo changes of tracks that sound together.
pub(super) struct TempoMap {
    clock: Clock,
    /// Beat, second at that beat, and seconds per beat from there on; the first at beat 0.
    changes: Vec<(f64, f64, f64)>,
}

impl TempoMap {
    /// The map of `tracks`. Where the file counts frames, its beats have the default length already.
    pub(super) fn new(tracks: &[Track], clock: Clock) -> Self {
        let mut tempos: Vec<(u64, u32)> = tracks.iter().flat_map(|track| &track.tempos).copied().collect();
        tempos.retain(|_| !clock.counts_frames);
        tempos.sort_by_key(|(tick, _)| *tick);
        let mut map = Self { clock, changes: vec![(0.0, 0.0, DEFAULT)] };
        for (tick, tempo) in tempos {
            let beat = clock.beats(tick);
            map.changes.push((beat, map.seconds_at(beat), f64::from(tempo) / 1e6));
        }
        map
    }

    /// Time of a file tick in seconds.
    pub(super) fn seconds(&self, tick: u64) -> f64 {
        self.seconds_at(self.clock.beats(tick))
    }

    /// Time of a beat in seconds.
    pub(super) fn seconds_at(&self, beat: f64) -> f64 {
        let (since, start, seconds_per_beat) = self.changes[self.place(beat)];
        start + (beat - since) * seconds_per_beat
    }

    /// The tempo at the start in beats per minute.
    pub(super) fn first(&self) -> f64 {
        60.0 / self.changes[self.place(0.0)].2
    }

    /// The last change at or before a beat; of several at one beat the last.
    fn place(&self, beat: f64) -> usize {
        self.changes.partition_point(|change| change.0 <= beat).max(1) - 1
    }
}
