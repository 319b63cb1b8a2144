//! A network's logits of a piece, to be mixed with counts.

use super::tokens;
use crate::music::counts::Counts;
use crate::music::dataset::Piece;
use crate::music::midi::Song;

/// The logits of a piece so far: rows [events, classes] of each head.
#[derive(Clone, Default)]
pub(super) struct LogitsOfPiece([Vec<f32>; 3]);

impl LogitsOfPiece {
    /// Adds those of the next event.
    pub(super) fn push(&mut self, logits: [&[f32]; 3]) {
        self.0.iter_mut().zip(logits).for_each(|(rows, logits)| rows.extend_from_slice(logits));
    }

    /// What each event of the song costs by the mixture, END last, in nats. `piece` is the song as the network plays
    /// it, in its own key or another; the logits are those of the whole piece.
    pub(super) fn score(mut self, counts: &Counts, song: &Song, piece: &Piece) -> Vec<[f64; 3]> {
        let tokens = tokens(song);
        let shift =
            piece.tokens().first().zip(tokens.first()).map_or(0, |(moved, own)| moved[1] as i32 - own[1] as i32);
        let [_, notes, _] = &mut self.0;
        let pitches = notes.len() / piece.rows();
        // The network's pitch `p + shift` is the song's pitch `p`. What leaves at one end enters at the other, so each
        // row stays a distribution over all pitches; no note of the song is there.
        notes.chunks_exact_mut(pitches).for_each(|row| row.rotate_left(shift.rem_euclid(pitches as i32) as usize));
        counts.score_beside(&tokens, &self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::events::{END, Field, Token, core_token};
    use crate::music::midi::{Note, WriteOptions, read, write};

    /// The cost of the pitches of a song where the network gives nearly all probability to those of `piece`, `shift`
    /// above them.
    fn pitches(shift: i32) -> f64 {
        let note = |at: u32| Note::new(12 * at, 60 + (at * at % 11) as u8, 12);
        let notes: Vec<Note> = (0..40).map(note).collect();
        let song = read(&write(&notes, &WriteOptions::default()), "song").expect("it reads back").remove(0);
        let moved = notes.iter().map(|note| Note { pitch: note.pitch.wrapping_add_signed(shift as i8), ..*note });
        let piece = Piece::new(&moved.collect::<Vec<_>>());
        let mut logits = LogitsOfPiece::default();
        for event in piece.tokens().iter().chain([&core_token(END, 0, 0)]) {
            let rows = [0, 1, 2].map(|head| {
                let mut row = vec![0.0; Field::CORE_CLASSES[head]];
                row[event[head] as usize] = 30.0;
                row
            });
            logits.push([&rows[0], &rows[1], &rows[2]]);
        }
        let none: [&[Token]; 0] = [];
        logits.score(&Counts::train(&none), &song, &piece).iter().map(|nats| nats[1]).sum()
    }

    #[test]
    fn pitches_of_a_network_in_another_key_are_moved_back() {
        let own = pitches(0);
        assert!(own < 1.0, "{own} nats, although the network predicts them");
        for shift in [-6, 5] {
            assert!((pitches(shift) - own).abs() < 1e-9, "{shift}: {} against {own}", pitches(shift));
        }
    }
}
