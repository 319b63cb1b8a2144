//! Passages of equal length, the unit that is told apart.

use crate::music::events::{decode, encode};
use crate::music::midi::{Note, TICKS_PER_BEAT};
use crate::music::report::steps::{Step, steps};

/// Consecutive notes of an excerpt.
pub const EXCERPT_NOTES: usize = 64;

/// Excerpts of one piece, from its beginning; a longer one shall not outweigh the others.
const EXCERPTS_PER_PIECE: usize = 16;

/// A passage whose features are measured.
#[derive(Clone, Debug)]
pub struct Excerpt {
    /// Sorted by onset, then pitch. The beat of the first note is beat 0.
    pub(super) notes: Vec<Note>,
    pub(super) steps: Vec<Step>,
}

impl Excerpt {
    /// Takes notes in any order.
    pub fn new(notes: &[Note]) -> Self {
        let mut notes = notes.to_vec();
        notes.sort_unstable();
        let first = notes.first().map_or(0, |note| note.onset);
        let beat = first - first % TICKS_PER_BEAT;
        notes.iter_mut().for_each(|note| note.onset -= beat);
        Self { steps: steps(&notes), notes }
    }

    /// The notes that begin together, onset by onset, pitch ascending.
    pub(super) fn chords(&self) -> impl Iterator<Item = &[Note]> {
        self.notes.chunk_by(|one, next| one.onset == next.onset)
    }

    /// The onsets, each once, ascending.
    pub(super) fn onsets(&self) -> impl Iterator<Item = u32> {
        self.chords().map(|chord| chord[0].onset)
    }
}

/// Non-overlapping excerpts of [`EXCERPT_NOTES`] notes from the beginning on, at most 16, each from a new onset on. A
/// shorter piece has none, and what is left at the end of a piece belongs to none.
///
/// The notes are written in the vocabulary first, as a model would write them, and end where their pitch begins anew, as
/// in a file; else the rounding of lengths would give away who wrote them.
pub fn excerpts(piece: &[Note]) -> Vec<Excerpt> {
    let notes = decode(&encode(&released(piece)));
    let mut excerpts = Vec::new();
    let mut begin = 0;
    while let Some(passage) = notes.get(begin..begin + EXCERPT_NOTES)
        && excerpts.len() < EXCERPTS_PER_PIECE
    {
        excerpts.push(Excerpt::new(passage));
        let last = passage[EXCERPT_NOTES - 1].onset;
        begin += EXCERPT_NOTES;
        begin += notes[begin..].iter().take_while(|note| note.onset == last).count();
    }
    excerpts
}

/// Notes that end no later than their pitch begins anew, sorted; of two that begin together the longer stays.
pub(super) fn released(notes: &[Note]) -> Vec<Note> {
    let mut notes = notes.to_vec();
    crate::music::midi::sort_and_merge(&mut notes);
    let mut next_onset = [u32::MAX; 256];
    for note in notes.iter_mut().rev() {
        let next = &mut next_onset[usize::from(note.pitch)];
        note.duration = note.duration.min(*next - note.onset);
        *next = note.onset;
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(onset: u32, pitch: u8, duration: u32) -> Note {
        Note::new(onset, pitch, duration)
    }

    #[test]
    fn excerpts_do_not_overlap_and_begin_with_a_new_onset() {
        // Chords of three: 64 notes are 21 chords and one note of the next, whose other two are passed over.
        let notes: Vec<Note> = (0..140).map(|index| note(24 * (index / 3), 60 + (index % 3) as u8, 24)).collect();
        let excerpts = excerpts(&notes);
        assert_eq!(excerpts.len(), 2);
        assert!(excerpts.iter().all(|excerpt| excerpt.notes.len() == EXCERPT_NOTES));
        assert_eq!(excerpts[1].notes[..4], [note(0, 60, 24), note(0, 61, 24), note(0, 62, 24), note(24, 60, 24)]);
    }

    #[test]
    fn a_short_piece_has_none_and_a_long_one_sixteen() {
        let piece = |count: u32| (0..count).map(|index| note(6 * index, 60, 6)).collect::<Vec<_>>();
        assert_eq!([63, 64, 127, 128, 64 * 40].map(|count| excerpts(&piece(count)).len()), [0, 1, 1, 2, 16]);
    }

    #[test]
    fn lengths_are_those_of_the_vocabulary_and_of_a_file() {
        let notes = [note(48, 60, 200), note(72, 60, 51)];
        assert_eq!(released(&notes), [note(48, 60, 24), note(72, 60, 51)]);
        let mut long = vec![note(0, 20, 51), note(0, 60, 300)];
        long.extend((1..64).map(|index| note(24 * index, 60, 24)));
        let lengths: Vec<u32> = excerpts(&long)[0].notes[..2].iter().map(|note| note.duration).collect();
        assert_eq!(lengths, [52, 24], "above two beats lengths are even, and a note ends where its pitch begins anew");
    }
}
