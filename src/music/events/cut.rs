//! What the vocabulary cannot say, in numbers.

use std::fmt;

use serde::Serialize;

use super::{MAX_TICKS, TICKS_PER_BEAT};
use crate::music::midi::Note;

/// What [`encode`](super::encode) leaves out of some songs: all beyond the longest offset and duration, and rests at the
/// beginning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Cut {
    /// Times from one onset to the next that are longer than 32 beats, and are read as 32.
    pub gaps: usize,
    /// By how many beats these are shortened, all together.
    pub gap_beats: f64,
    /// Notes that are longer than 32 beats, and are read as 32.
    pub lengths: usize,
    /// By how many beats these are shortened, all together.
    pub length_beats: f64,
    /// Songs that begin with a beat of silence or more; whole beats of it are left out.
    pub rests: usize,
    /// How many beats these are, all together.
    pub rest_beats: f64,
}

impl Cut {
    /// What is left out of songs, each given by its notes in order of their onsets.
    pub fn of<'a>(songs: impl IntoIterator<Item = &'a [Note]>) -> Self {
        let mut cut = Self::default();
        let beats = |ticks: u32| f64::from(ticks) / f64::from(TICKS_PER_BEAT);
        for notes in songs {
            let rest = notes.first().map_or(0, |note| note.onset / TICKS_PER_BEAT);
            cut.rests += usize::from(rest > 0);
            cut.rest_beats += f64::from(rest);
            for pair in notes.windows(2) {
                let beyond = (pair[1].onset - pair[0].onset).saturating_sub(MAX_TICKS);
                cut.gaps += usize::from(beyond > 0);
                cut.gap_beats += beats(beyond);
            }
            for note in notes {
                let beyond = note.duration.saturating_sub(MAX_TICKS);
                cut.lengths += usize::from(beyond > 0);
                cut.length_beats += beats(beyond);
            }
        }
        cut
    }

    /// True where nothing is left out.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for Cut {
    /// `2 gaps cut to 32 beats (beats lost: 40.0), 1 length cut ..., 3 rests at the beginning left out (beats: 12)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_nothing() {
            return write!(f, "nothing");
        }
        let longest = MAX_TICKS / TICKS_PER_BEAT;
        let plural = |count: usize| if count == 1 { "" } else { "s" };
        let mut parts = Vec::new();
        for (count, what, beats) in [(self.gaps, "gap", self.gap_beats), (self.lengths, "length", self.length_beats)] {
            if count > 0 {
                parts.push(format!("{count} {what}{} cut to {longest} beats (beats lost: {beats:.1})", plural(count)));
            }
        }
        if self.rests > 0 {
            let (rests, beats) = (self.rests, self.rest_beats);
            parts.push(format!("{rests} rest{} at the beginning left out (beats: {beats:.0})", plural(rests)));
        }
        write!(f, "{}", parts.join(", "))
    }
}
