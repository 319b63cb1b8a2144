//! How a piece ends.

use crate::music::key::find;
use crate::music::midi::Note;

/// Whether the lowest note of the last chord is the tonic of the piece; false where it has no key.
pub(super) fn is_on_tonic(notes: &[Note]) -> bool {
    let last = notes.iter().map(|note| note.onset).max();
    let bass = notes.iter().filter(|note| Some(note.onset) == last || last.is_some_and(|last| note.end() > last));
    let bass = bass.map(|note| usize::from(note.pitch)).min();
    find(notes, None).is_some_and(|key| bass.map(|pitch| pitch % 12) == Some(key.tonic()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_note_that_sounds_at_the_end_decides() {
        let melody = [60, 64, 67, 65, 62, 67, 64, 60];
        let mut notes: Vec<Note> = melody.iter().zip(0..).map(|(&pitch, at)| Note::new(24 * at, pitch, 24)).collect();
        assert!(is_on_tonic(&notes), "C major ends on C");
        notes.push(Note::new(120, 43, 96));
        assert!(!is_on_tonic(&notes), "G is held below it");
        notes.push(Note::new(168, 36, 24));
        assert!(is_on_tonic(&notes), "the bass joins in");
        assert!(!is_on_tonic(&[]));
    }
}
