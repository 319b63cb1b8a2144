//! In which keys the songs are learned, when the user leaves that open.
//!
//! Tonal music is learned in one key. A network that learns it in all keys needs capacity to infer the key, and
//! what it writes wanders from key to key. Where the songs are not tonal there is no key to find, and counts decide.

use super::music::Songs;
use super::{Transpose, Watcher, keys};
use crate::music::dataset::Piece;
use crate::music::key::{KeyCounts, best_scale, pitch_class_shares};
use crate::music::midi::Song;

/// Songs are tonal when half of them have at least this share of their notes in one major or minor scale. Notes drawn
/// evenly from the twelve pitch classes have 7/12, and a little more by choice of the scale.
const TONAL: f64 = 0.85;

/// Decides and says why.
pub(super) fn choose(songs: &Songs, watcher: &dyn Watcher) -> Transpose {
    let share = tonality(&songs.training);
    let kinds = KeyCounts::new(&songs.training).kinds();
    let measured = format!("half of them have {:.0} % of their notes or more in one scale", 100.0 * share);
    if share >= TONAL {
        watcher.note(
            "transpose",
            &format!("key: the songs, in {kinds} keys, are learned in C major and A minor; {measured}"),
        );
        return Transpose::Key;
    }
    let too_few = format!("the songs are in no clear key, {measured}, less than {:.0} %", 100.0 * TONAL);
    watcher.note("tonality", &too_few);
    by_counts(songs, watcher)
}

/// All keys or none.
fn by_counts(songs: &Songs, watcher: &dyn Watcher) -> Transpose {
    let (low, high) = keys::choose(&Piece::from_songs(&songs.training), &Piece::from_songs(&songs.validation), watcher);
    Transpose::Range(low, high)
}

/// The median over all songs of the share of notes in the scale that holds most; 0 without songs.
fn tonality(songs: &[Song]) -> f64 {
    let share = |song: &Song| best_scale(&pitch_class_shares(&song.notes)).map_or(0.0, |(_, share)| share);
    let mut shares: Vec<f64> = songs.iter().map(share).collect();
    shares.sort_unstable_by(f64::total_cmp);
    shares.get(shares.len() / 2).copied().unwrap_or(0.0)
}
