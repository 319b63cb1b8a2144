//! Whether songs are moved to other keys, when the user leaves that open.
//!
//! Where the songs stand in many keys, learning each in all twelve is the best there is against too few of them; where
//! they were all brought to one key, it only blurs. Counts decide: how often what follows an event is counted once as the
//! songs are and once in all keys, and the counts that predict the held-out songs better decide.

use super::Watcher;
use crate::music::counts::nats_per_note;
use crate::music::dataset::Piece;
use crate::music::events::Token;

/// Semitones to all twelve keys.
const ALL_KEYS: (i32, i32) = (-6, 5);
/// Notes that are counted and predicted; more would only take longer.
const MAX_NOTES: [usize; 2] = [30_000, 6_000];

/// Lowest and highest shift; says why.
pub(super) fn choose(training: &[Piece], validation: &[Piece], watcher: &dyn Watcher) -> (i32, i32) {
    let (training, validation) = (first(training, MAX_NOTES[0]), first(validation, MAX_NOTES[1]));
    let held_out: Vec<Vec<Token>> = validation.iter().map(|piece| piece.tokens().to_vec()).collect();
    let nats = |(low, high): (i32, i32)| {
        let moved = |piece: &Piece| (low..=high).filter_map(|shift| piece.transposed(shift)).collect::<Vec<_>>();
        nats_per_note(&training.iter().flat_map(moved).collect::<Vec<_>>(), &held_out)
    };
    let [in_all_keys, as_they_are] = [nats(ALL_KEYS), nats((0, 0))];
    let (range, what) = if in_all_keys < as_they_are { (ALL_KEYS, "in all keys") } else { ((0, 0), "as they are") };
    let why = format!(
        "{},{}: the songs are learned {what}; counts after one event need {in_all_keys:.2} nats per note with all keys, \
         {as_they_are:.2} without",
        range.0, range.1
    );
    watcher.note("transpose", &why);
    range
}

/// Pieces from the first on, until they have `notes` notes.
fn first(pieces: &[Piece], notes: usize) -> &[Piece] {
    let enough = |sum: &mut usize, piece: &Piece| {
        let before = *sum;
        *sum += piece.tokens().len();
        (before < notes).then_some(())
    };
    &pieces[..pieces.iter().scan(0, enough).count()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::midi::Note;
    use crate::train::Silent;

    /// Ten pieces on one figure, the n-th `shift(n)` semitones higher.
    fn pieces(shift: impl Fn(u8) -> u8) -> Vec<Piece> {
        let figure = |base: u8, at: u32| Note::new(12 * at, base + [0, 4, 7, 4, 5, 2][at as usize % 6], 12);
        (0..10).map(|n| Piece::new(&(0..60).map(|at| figure(50 + shift(n), at)).collect::<Vec<_>>())).collect()
    }

    #[test]
    fn songs_of_one_key_stay_and_songs_of_many_are_moved() {
        let one_key = pieces(|_| 0);
        assert_eq!(choose(&one_key[..8], &one_key[8..], &Silent), (0, 0));
        let many = pieces(|n| n * 7 % 12);
        assert_eq!(choose(&many[..8], &many[8..], &Silent), ALL_KEYS);
    }

    #[test]
    fn a_piece_that_crosses_the_limit_is_the_last() {
        let pieces = pieces(|_| 0);
        assert_eq!(first(&pieces, 61).len(), 2);
        assert_eq!(first(&pieces, 1_000_000).len(), 10);
    }
}
