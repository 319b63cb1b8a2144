//! What a corpus never does, so that generation need not either.

use serde::{Deserialize, Serialize};

use super::Piece;
use crate::candidates::FIGURE_CLASSES;

/// Figures may be repeated this often whatever the corpus does.
const REPETITIONS: u32 = 2;

/// What is done by at least one song in this many, and by two at least, is done by the corpus; of a single song, what it does.
const SONGS: usize = 10;

/// The pitches that the songs of a corpus reach, and how often they repeat a figure without a gap. What few of them do is left
/// out: a piece that has the lowest, the highest and the most of all songs is like none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Lowest pitch.
    pub lowest: u32,
    /// Highest pitch.
    pub highest: u32,
    /// Repetitions of a figure of each [`figure_class`](crate::candidates::figure_class) of lengths: events, equal in interval,
    /// offset and duration.
    pub rounds: [u32; FIGURE_CLASSES],
}

impl Limits {
    /// Those of `pieces`.
    pub fn of(pieces: &[Piece]) -> Self {
        let usual = |mut numbers: Vec<u32>| {
            numbers.sort_unstable_by(|left, right| right.cmp(left));
            let songs = numbers.len().div_ceil(SONGS).max(2);
            numbers.get(songs - 1).or(numbers.first()).copied()
        };
        let of_pieces = |number: &dyn Fn(&Piece) -> u32| {
            usual(pieces.iter().filter(|piece| !piece.tokens().is_empty()).map(number).collect())
        };
        let lowest = of_pieces(&|piece| 127 - piece.lowest()).map_or(0, |below| 127 - below);
        let highest = of_pieces(&Piece::highest).unwrap_or(127);
        let rounds =
            std::array::from_fn(|class| of_pieces(&|piece| piece.rounds()[class]).unwrap_or(0).max(REPETITIONS));
        Self { lowest, highest, rounds }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::candidates::figure_class;
    use crate::midi::Note;

    fn piece(pitches: &[u8]) -> Piece {
        let note = |(&pitch, at): (&u8, u32)| Note { onset: 12 * at, pitch, duration: 12 };
        Piece::new(&pitches.iter().zip(0..).map(note).collect::<Vec<_>>())
    }

    #[test]
    fn one_song_does_not_decide_unless_it_is_alone() {
        // Trills of 6 and of 4 pairs of notes: the first interval has none before it.
        let trill = |low: u8, pairs: usize| piece(&[low, low + 2].repeat(pairs));
        let (long, short) = (trill(40, 6), trill(60, 4));
        let alone = Limits::of(std::slice::from_ref(&long));
        assert_eq!((alone.lowest, alone.highest, alone.rounds[figure_class(2)]), (40, 42, 4));
        let both = Limits::of(&[long.clone(), short, trill(50, 2)]);
        assert_eq!((both.lowest, both.highest, both.rounds[figure_class(2)]), (50, 52, 2));
        assert_eq!(Limits::of(&[long.clone(), long]).rounds[figure_class(2)], 4);
        let none = Limits::of(&[piece(&[])]);
        assert_eq!((none.lowest, none.highest, none.rounds), (0, 127, [REPETITIONS; FIGURE_CLASSES]));
    }

    #[test]
    fn lengths_have_classes() {
        let classes = [1, 2, 16, 17, 32, 33, 64, 65, 2048, 2049, 4096].map(figure_class);
        assert_eq!(classes, [0, 1, 15, 16, 16, 17, 17, 18, 22, 23, 23]);
    }
}
