//! What reading left out or changed.

use serde::Serialize;

/// What reading a song left out or changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// Notes of drums, left out: on channel 10, and wherever GM2, GS or XG say so.
    pub drums: usize,
    /// Notes whose end is at their start, left out.
    pub zero_length: usize,
    /// Notes that start after [`MAX_BEATS`](super::MAX_BEATS), left out.
    pub too_late: usize,
    /// Notes that met another of the same onset and pitch on the grid; the longest is kept.
    pub duplicates: usize,
    /// Notes that the next strike of their key ended, since strikes and releases of the key do not balance.
    pub restruck: usize,
    /// Notes never released, closed at the end of their track.
    pub unreleased: usize,
    /// Releases without a note, ignored.
    pub stray_releases: usize,
    /// Notes that the sustain pedal lengthened.
    pub pedal_held: usize,
    /// Notes that the sustain pedal holds and that were read without it.
    pub pedal_ignored: usize,
    /// Notes that were put on the grid, duplicates included.
    pub placed: usize,
    /// Notes whose onset was more than 1/200 beat off the grid.
    pub moved: usize,
    /// Sum over all moved notes of how far the onset was moved, in beats.
    pub moved_beats: f64,
    /// What was wrong with the file, in words.
    pub warnings: Vec<String>,
}

impl Report {
    /// Share of the notes whose onset the grid moved, 0 to 1.
    pub fn moved_share(&self) -> f64 {
        self.moved as f64 / self.placed.max(1) as f64
    }

    /// Mean distance in beats by which the moved notes were moved; 0 where none was.
    pub fn mean_shift(&self) -> f64 {
        self.moved_beats / self.moved.max(1) as f64
    }

    /// What was left out and changed of several songs together, without the warnings.
    pub fn sum<'a>(reports: impl IntoIterator<Item = &'a Self>) -> Self {
        reports.into_iter().fold(Self::default(), |sum, one| Self {
            drums: sum.drums + one.drums,
            zero_length: sum.zero_length + one.zero_length,
            too_late: sum.too_late + one.too_late,
            duplicates: sum.duplicates + one.duplicates,
            restruck: sum.restruck + one.restruck,
            unreleased: sum.unreleased + one.unreleased,
            stray_releases: sum.stray_releases + one.stray_releases,
            pedal_held: sum.pedal_held + one.pedal_held,
            pedal_ignored: sum.pedal_ignored + one.pedal_ignored,
            placed: sum.placed + one.placed,
            moved: sum.moved + one.moved,
            moved_beats: sum.moved_beats + one.moved_beats,
            warnings: Vec::new(),
        })
    }

    /// What a person should know, each as a name and a text; nothing where all notes are as the files have them.
    pub fn notices(&self) -> Vec<(&'static str, String)> {
        [
            ("left out", self.drums, "drums"),
            ("left out", self.zero_length, "of no length"),
            ("left out", self.too_late, "beyond the limit of a million beats"),
            ("left out", self.duplicates, "duplicates"),
            ("repaired", self.restruck, "a release is missing, so the next strike of the key is the end"),
            ("never released", self.unreleased, "closed at the end of their track"),
            ("pedal", self.pedal_held, "held by the sustain pedal (--pedal ignore reads their keys alone)"),
            ("pedal", self.pedal_ignored, "longer if the sustain pedal held them (--pedal hold)"),
        ]
        .into_iter()
        .filter(|&(_, count, _)| count > 0)
        .map(|(name, count, what)| (name, format!("{count} note{}: {what}", if count == 1 { "" } else { "s" })))
        .collect()
    }
}
