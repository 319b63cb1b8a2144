//! A melody that a piece keeps: notes that are given, and on which side of them the others lie.
//!
//! A note of the melody is reached by the offset that is nearest to its distance from the event before,
//! [`Melody::next`] says of an offset whether it is that one; its onset, pitch and length are its own, whatever classes
//! there are.

use std::cmp::Ordering;

use super::events::{Event, Token, offset_id, token_to_event};
use super::key::moved_pitch;
use super::midi::{Note, TICKS_PER_BEAT, sort_and_merge};

/// On which side of a melody the other notes lie. None of them begins beyond the outermost note of the melody that
/// sounds, and none sounds on where a note of the melody begins that it would lie beyond.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Voice {
    /// The melody is the highest voice.
    Top,
    /// The melody is the lowest voice.
    Bottom,
    /// The others lie on both sides.
    #[default]
    Inner,
}

impl Voice {
    /// Whether a note of pitch `other` would lie on the far side of a note of the melody.
    pub fn is_beyond(self, other: u8, given: u8) -> bool {
        match self {
            Self::Top => other > given,
            Self::Bottom => other < given,
            Self::Inner => false,
        }
    }
}

/// Notes that are given. Without any, everything is drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Melody {
    notes: Vec<Note>,
    voice: Voice,
}

impl Melody {
    /// All of `notes`. Of two that share onset and pitch the longer stays, and a note whose pitch begins anew ends
    /// there, as in a MIDI file.
    pub fn new(mut notes: Vec<Note>, voice: Voice) -> Self {
        sort_and_merge(&mut notes);
        let mut next_onset = [u32::MAX; 128];
        for note in notes.iter_mut().rev() {
            let next = &mut next_onset[usize::from(note.pitch.min(127))];
            note.duration = note.duration.min(*next - note.onset);
            *next = note.onset;
        }
        Self { notes, voice }
    }

    /// The outer voice of `notes`: of each onset the highest note for [`Voice::Top`], the lowest for [`Voice::Bottom`].
    /// One that begins while a note further out sounds, and is covered by such notes for half of its length, belongs to
    /// another voice; a melody that is played legato stays whole.
    pub fn outer(mut notes: Vec<Note>, voice: Voice) -> Self {
        sort_and_merge(&mut notes);
        let mut sounding: Vec<Note> = Vec::new();
        let mut kept = Vec::new();
        for (at, note) in notes.iter().enumerate() {
            sounding.retain(|other| other.end() > note.onset);
            let later = notes[at + 1..].iter().take_while(|other| other.onset < note.end());
            let further = sounding.iter().chain(later).filter(|other| voice.is_beyond(other.pitch, note.pitch));
            if !is_covered(*note, further) {
                kept.push(*note);
            }
            sounding.push(*note);
        }
        Self::new(kept, voice)
    }

    /// The notes, by onset and pitch.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// Where the other notes lie.
    pub fn voice(&self) -> Voice {
        self.voice
    }

    /// Whether nothing is given.
    pub fn is_empty(&self) -> bool {
        self.notes.is_empty()
    }

    /// The first grid tick after the last note; 0 without notes.
    pub fn end(&self) -> u32 {
        self.notes.iter().map(Note::end).max().unwrap_or(0)
    }

    /// Whole beats of silence before the first note, in grid ticks: a piece begins after them, as songs do in training.
    pub fn silence(&self) -> u32 {
        self.notes.first().map_or(0, |first| first.onset - first.onset % TICKS_PER_BEAT)
    }

    /// As a network plays it: `shift` semitones higher and without the silence before it. `None` where a pitch would
    /// leave those of MIDI.
    pub fn moved(&self, shift: i32) -> Option<Self> {
        let silence = self.silence();
        let moved =
            |note: &Note| Some(Note { onset: note.onset - silence, pitch: moved_pitch(note.pitch, shift)?, ..*note });
        Some(Self { notes: self.notes.iter().map(moved).collect::<Option<_>>()?, voice: self.voice })
    }

    /// The event of a token that follows, where `played` notes of the melody are over and the last event began at tick
    /// `position`; and whether it is the next note of the melody.
    pub fn next(&self, played: usize, position: u32, token: Token) -> (Event, bool) {
        let event = token_to_event(&token);
        match self.notes.get(played) {
            Some(given) if token[0] == offset_id(given.onset - position) => {
                let event = Event { offset: given.onset - position, ..event };
                let Note { pitch, duration, velocity, .. } = *given;
                if event.note == pitch { (Event { duration, velocity, ..event }, true) } else { (event, false) }
            }
            _ => (event, false),
        }
    }

    /// The first note that leaves none of the pitches that `is_allowed` for the others while it sounds.
    pub fn without_room(&self, is_allowed: impl Fn(u8) -> bool) -> Option<Note> {
        let sounds_with = |given: &Note, pitch: u8| {
            let before_end = self.notes.iter().take_while(|other| other.onset < given.end());
            before_end.filter(|other| other.end() > given.onset).any(|other| other.pitch == pitch)
        };
        let fits = |given: &Note, pitch: u8| {
            is_allowed(pitch) && !self.voice.is_beyond(pitch, given.pitch) && !sounds_with(given, pitch)
        };
        self.notes.iter().find(|given| !(0..128).any(|pitch| fits(given, pitch))).copied()
    }
}

/// Whether one of the notes that lie `further` out begins with `note`, or one sounds where it begins and they cover
/// half of it. They are in order of onset.
fn is_covered<'a>(note: Note, further: impl Iterator<Item = &'a Note>) -> bool {
    let (mut covered, mut reached, mut sounds_before) = (0, note.onset, false);
    for other in further {
        match other.onset.cmp(&note.onset) {
            Ordering::Equal => return true,
            Ordering::Less => sounds_before = true,
            Ordering::Greater => {}
        }
        let end = other.end().min(note.end());
        covered += end.saturating_sub(other.onset.max(reached));
        reached = reached.max(end);
    }
    sounds_before && 2 * covered >= note.duration
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notes(list: &[(u32, u8, u32)]) -> Vec<Note> {
        list.iter().map(|&(onset, pitch, duration)| Note::new(onset, pitch, duration)).collect()
    }

    #[test]
    fn the_outer_voice_leaves_the_others_behind() {
        // A tune over chords, with a bass that moves under a held note, and one note that overlaps the next.
        let tune = notes(&[(0, 72, 48), (48, 74, 26), (72, 71, 24), (96, 60, 24)]);
        let others = notes(&[(0, 48, 96), (0, 64, 24), (24, 47, 24), (48, 65, 24), (72, 43, 24), (80, 55, 10)]);
        let all = [tune.clone(), others].concat();
        assert_eq!(Melody::outer(all.clone(), Voice::Top).notes(), tune);
        assert_eq!(Melody::outer(tune.clone(), Voice::Top).notes(), tune);
        let bass = notes(&[(0, 48, 96), (24, 47, 24), (72, 43, 24), (96, 60, 24)]);
        assert_eq!(Melody::outer(all, Voice::Bottom).notes(), bass);
    }

    #[test]
    fn a_pitch_that_begins_anew_ends_before() {
        let melody = Melody::new(notes(&[(0, 60, 40), (24, 60, 12), (24, 64, 90), (24, 60, 6)]), Voice::Inner);
        assert_eq!(melody.notes(), notes(&[(0, 60, 24), (24, 60, 12), (24, 64, 90)]));
        assert_eq!(melody.end(), 114);
    }

    #[test]
    fn a_note_without_room_is_found() {
        let melody = Melody::new(notes(&[(0, 60, 24), (12, 62, 24), (48, 61, 6)]), Voice::Top);
        assert_eq!(melody.without_room(|pitch| pitch > 50), None);
        assert_eq!(melody.without_room(|pitch| pitch >= 60).map(|note| note.onset), Some(0));
        // 60 sounds when 62 begins, and no more when 61 does.
        let melody = Melody::new(notes(&[(0, 60, 24), (12, 62, 24), (48, 61, 6)]), Voice::Bottom);
        assert_eq!(melody.without_room(|pitch| pitch <= 62), Some(melody.notes()[1]));
        assert_eq!(melody.without_room(|pitch| pitch <= 63), None);
    }
}
