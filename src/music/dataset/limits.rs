//! What a corpus never does, so that generation need not either.

use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64;
use serde::{Deserialize, Serialize};

use super::Piece;
use crate::music::candidates::{Bounds, REPEAT_REACH};
use crate::music::context::CHORD_PLACES;

/// Figures may be repeated this often whatever the corpus does, and so many of [`REPEAT_REACH`] events be repeats.
const REPETITIONS: u32 = 2;
const REPEATS: u32 = 16;

/// What is done by at least one song in this many, and by two at least, is done by the corpus; of a single song, what it does.
const SONGS: usize = 10;

/// The same for the share of repeats, which is an average of a whole song and not the most of it.
const REPEATING_SONGS: usize = 4;

/// Notes of a passage whose lowest and highest pitch count: those of a piece that is generated without further options.
const PASSAGE: usize = 500;

/// The pitches that the songs of a corpus reach, how far they repeat figures and stack notes, and how short they are. Of figures
/// and chords, what few of them do is left out: a piece that has the most of all songs is like none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Lowest and highest pitch of the first 500 notes of each song.
    pub ranges: Vec<[u32; 2]>,
    /// Repetitions, chords and the shortest length.
    #[serde(flatten)]
    pub bounds: Bounds,
}

impl Limits {
    /// Those of `pieces`.
    pub fn of(pieces: &[Piece]) -> Self {
        let pieces: Vec<&Piece> = pieces.iter().filter(|piece| !piece.tokens().is_empty()).collect();
        let of_pieces = |share: usize, number: &dyn Fn(&Piece) -> u32| {
            let mut numbers: Vec<u32> = pieces.iter().map(|&piece| number(piece)).collect();
            numbers.sort_unstable_by(|left, right| right.cmp(left));
            let songs = numbers.len().div_ceil(share).max(2);
            numbers.get(songs - 1).or(numbers.first()).copied()
        };
        let most = |number: &dyn Fn(&Piece) -> u32| of_pieces(SONGS, number);
        let repeats = |piece: &Piece| (piece.repeats() * REPEAT_REACH as f64).ceil() as u32;
        Self {
            ranges: pieces.iter().map(|piece| piece.range(PASSAGE)).collect(),
            bounds: Bounds {
                rounds: std::array::from_fn(|class| most(&|piece| piece.rounds()[class]).unwrap_or(0).max(REPETITIONS)),
                chord: most(&Piece::chord).filter(|&size| size < CHORD_PLACES as u32 - 1).unwrap_or(u32::MAX),
                shortest: pieces.iter().map(|piece| piece.tokens().len() as u32).min().unwrap_or(0),
                repeats: of_pieces(REPEATING_SONGS, &repeats).unwrap_or(0).max(REPEATS),
            },
        }
    }

    /// The range of a song, for piece `piece` of those that are drawn with `seed`.
    pub fn range(&self, seed: u32, piece: usize) -> Option<[u32; 2]> {
        // The stream keeps the pieces of one seed apart.
        let mut random = Pcg64::new(Pcg64::seed_from_u64(seed.into()).random(), piece as u128);
        self.ranges.choose(&mut random).copied()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::music::candidates::{FIGURE_CLASSES, figure_class};
    use crate::music::midi::Note;

    fn piece(pitches: &[u8]) -> Piece {
        let note = |(&pitch, at): (&u8, u32)| Note::new(12 * at, pitch, 12);
        Piece::new(&pitches.iter().zip(0..).map(note).collect::<Vec<_>>())
    }

    #[test]
    fn one_song_does_not_decide_unless_it_is_alone() {
        // Trills of 6 and of 4 pairs of notes: the first interval has none before it.
        let trill = |low: u8, pairs: usize| piece(&[low, low + 2].repeat(pairs));
        let (long, short) = (trill(40, 6), trill(60, 4));
        let alone = Limits::of(std::slice::from_ref(&long));
        assert_eq!((&alone.ranges[..], alone.bounds.rounds[figure_class(2)]), (&[[40, 42]][..], 4));
        let both = Limits::of(&[long.clone(), short, trill(50, 2)]);
        assert_eq!((both.ranges.len(), both.bounds.rounds[figure_class(2)]), (3, 2));
        let drawn: BTreeSet<[u32; 2]> = (0..30).filter_map(|piece| both.range(1, piece)).collect();
        assert_eq!(drawn, BTreeSet::from([[40, 42], [60, 62], [50, 52]]));
        assert_eq!(both.range(1, 7), both.range(1, 7));
        assert_eq!(Limits::of(&[long.clone(), long]).bounds.rounds[figure_class(2)], 4);
        let none = Limits::of(&[piece(&[])]);
        assert_eq!((none.range(0, 0), none.bounds.rounds), (None, [REPETITIONS; FIGURE_CLASSES]));
    }

    #[test]
    fn chords_and_repeats_are_counted() {
        // Two notes, then three, then one; the first four steps cannot be repeats, nor can those that have no run of four.
        let note = |(onset, pitch): (u32, u8)| Note::new(onset, pitch, 6);
        let chords = Piece::new(&[(0, 60), (0, 64), (12, 60), (12, 64), (12, 67), (24, 60)].map(note));
        assert_eq!((chords.chord(), chords.repeats()), (3, 0.0));
        // Distance 1: the second interval is the first that can be the same as the one before, so the run is 4 at the sixth note.
        let scale: Vec<u8> = (60..80).collect();
        assert_eq!(piece(&scale).repeats(), 15.0 / 20.0);
        let limits = Limits::of(&[piece(&scale), chords.clone(), chords]);
        assert_eq!((limits.bounds.chord, limits.bounds.repeats), (3, REPEATS));
        assert_eq!(Limits::of(&[piece(&scale)]).bounds.repeats, 96);
        assert_eq!([limits.bounds.shortest, Limits::of(&[piece(&scale)]).bounds.shortest], [6, 20]);
    }

    #[test]
    fn lengths_have_classes() {
        let classes = [1, 2, 16, 17, 32, 33, 64, 65, 2048, 2049, 4096].map(figure_class);
        assert_eq!(classes, [0, 1, 15, 16, 16, 17, 17, 18, 22, 23, 23]);
    }
}
