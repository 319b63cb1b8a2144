//! How a piece is drawn around a melody. Twin of `shaders/draw_field/keep_melody.wgsl`.

use crate::music::context::{LAST, LAST_EVENTS, NEXT, POSITIONS};
use crate::music::events::{Field, duration_id, duration_ticks, offset_id};
use crate::music::melody::{Melody, Voice};

/// What an event is to the next note of the melody.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Relation {
    /// It begins before, or none is left.
    #[default]
    Earlier,
    /// It begins with it.
    WithNext,
    /// It is that note.
    Given,
}

/// A melody, as the network plays it, and how much of it a piece has played.
#[derive(Clone, Debug)]
pub struct KeptMelody {
    melody: Melody,
    /// Pitches that the others may have.
    pitches: Vec<bool>,
    played: usize,
    relation: Relation,
}

impl KeptMelody {
    /// Nothing of it is played yet. The other notes have `pitches`, `[V]`.
    pub fn new(melody: Melody, pitches: Vec<bool>) -> Self {
        Self { melody, pitches, played: 0, relation: Relation::Earlier }
    }

    /// No melody: everything is drawn.
    pub fn nothing() -> Self {
        Self::new(Melody::default(), Vec::new())
    }

    /// Which of the `classes` of `field` the melody lets be drawn, with the context of [`context`](crate::music::context).
    pub fn allowed(&self, field: Field, classes: usize, context: &[u32]) -> Vec<bool> {
        let mut allowed = vec![true; classes];
        if self.melody.is_empty() {
            return allowed;
        }
        let [last, next] = POSITIONS;
        let ascending = context[LAST + LAST_EVENTS] as usize..self.pitches.len();
        let ascends = |pitch: usize| context[NEXT] > 0 || ascending.contains(&pitch);
        match field {
            Field::Offset => {
                let has_room = ascending.clone().any(|pitch| self.is_free(pitch, context[last]));
                allowed[0] = has_room || !self.due(context[last]).is_empty();
            }
            Field::Pitch if self.relation == Relation::Earlier => {
                allowed = (0..classes).map(|pitch| ascends(pitch) && self.is_free(pitch, context[next])).collect();
            }
            Field::Pitch => {
                let given = usize::from(self.melody.notes()[self.played].pitch);
                for (pitch, allowed) in allowed.iter_mut().enumerate() {
                    let is_free = !self.held(context[next]).contains(&pitch) && self.melody.voice() != Voice::Bottom;
                    let before = ascends(pitch) && is_free;
                    *allowed = pitch == given || self.pitches[pitch] && (pitch > given || before);
                }
            }
            _ => {}
        }
        allowed
    }

    /// The class of `field` that the drawn one stands for; after the duration the note is complete.
    pub fn keep(&mut self, field: Field, class: u32, context: &[u32]) -> u32 {
        let [last, next] = POSITIONS;
        let left = self.melody.notes().get(self.played).copied();
        match (field, left) {
            (Field::Offset, Some(given)) => {
                let arrival = offset_id(given.onset - context[last]);
                self.relation = match class {
                    earlier if earlier < arrival => Relation::Earlier,
                    with if with == arrival => Relation::WithNext,
                    _ => Relation::Given,
                };
                class.min(arrival)
            }
            (Field::Offset, None) => {
                self.relation = Relation::Earlier;
                class
            }
            (Field::Pitch, Some(given)) if self.relation != Relation::Earlier => {
                let pitch = u32::from(given.pitch);
                if class >= pitch {
                    self.relation = Relation::Given;
                }
                if self.relation == Relation::Given { pitch } else { class }
            }
            (Field::Duration, Some(given)) if self.relation == Relation::Given => {
                self.played += 1;
                duration_id(given.duration)
            }
            (Field::Duration, _) => {
                let longest = self.longest(context[NEXT + 1], context[next]);
                (0..=class).rev().find(|&shorter| duration_ticks(shorter) <= longest).unwrap_or(0)
            }
            _ => class,
        }
    }

    /// Ticks of a field that has just been kept, where its class stands for `ticks`.
    pub fn ticks(&self, field: Field, ticks: u32, context: &[u32]) -> u32 {
        match (field, self.relation) {
            (Field::Offset, Relation::WithNext | Relation::Given) => {
                self.melody.notes()[self.played].onset - context[POSITIONS[0]]
            }
            (Field::Duration, Relation::Given) => self.melody.notes()[self.played - 1].duration,
            _ => ticks,
        }
    }

    /// Pitch, onset and end of the notes that are still to begin at a position; they have no onset yet.
    pub fn due(&self, position: u32) -> Vec<[u32; 3]> {
        let left = &self.melody.notes()[self.played..];
        let due = left.iter().take_while(|note| note.onset == position);
        due.map(|note| [note.pitch.into(), u32::MAX, note.end()]).collect()
    }

    /// Pitches of the melody that sound at a position.
    fn held(&self, position: u32) -> Vec<usize> {
        let played = self.melody.notes()[..self.played].iter();
        played.filter(|note| note.end() > position).map(|note| note.pitch.into()).collect()
    }

    /// Whether another note may have a pitch at a position, beside the notes of the melody that have begun.
    fn is_free(&self, pitch: usize, position: u32) -> bool {
        let held = self.held(position);
        let is_beyond = match self.melody.voice() {
            Voice::Top => held.iter().max().is_some_and(|&highest| pitch > highest),
            Voice::Bottom => held.iter().min().is_some_and(|&lowest| pitch < lowest),
            Voice::Inner => false,
        };
        self.pitches[pitch] && !held.contains(&pitch) && !is_beyond
    }

    /// The longest that another note may sound.
    fn longest(&self, pitch: u32, onset: u32) -> u32 {
        let pitch = pitch as u8;
        let left = self.melody.notes()[self.played..].iter().filter(|given| given.onset > onset);
        let mut ends = left
            .filter(|given| given.pitch == pitch || self.melody.voice().is_beyond(pitch, given.pitch))
            .map(|given| given.onset - onset);
        ends.next().unwrap_or(u32::MAX)
    }
}
