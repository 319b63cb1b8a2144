//! Songs that are another one again, as they are or nearly: in another key, at another tempo, with some notes more.
//!
//! Two songs are near-copies when they share at least half of the passages of the shorter one. A passage is eight steps
//! from note to note; a step is the interval and how the time to the next onset compares with the one before. Keys and
//! tempos make no difference to that, and neither do lengths of notes.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::split::{fingerprint, mix};
use crate::music::midi::{Note, Song};

/// Steps of a passage: fewer come again by chance, as in [`crate::music::repeats`].
const PASSAGE: usize = 8;
/// Different passages that are shared by chance at most, whatever the share.
const FEWEST: usize = 8;
/// Of so many songs that have a passage one after the other, each two are compared.
const REACH: usize = 50;
/// Passages that are kept of all songs together; of more, each song keeps the same share, chosen by their hashes.
const KEPT: usize = 2_000_000;

/// For each song the number of its group, which is that of the group's first song.
pub type Groups = Vec<usize>;

/// Groups of songs with the same [`fingerprint`]: copies and transposed copies.
pub fn copies<S: Borrow<Song>>(songs: &[S]) -> Groups {
    let mut first = HashMap::new();
    let place = |(index, song): (usize, &S)| *first.entry(fingerprint(&song.borrow().notes)).or_insert(index);
    songs.iter().enumerate().map(place).collect()
}

/// Groups of copies and near-copies: what resembles a song of a group belongs to it.
pub fn near_copies<S: Borrow<Song>>(songs: &[S]) -> Groups {
    let mut groups = copies(songs);
    let firsts: Vec<usize> = (0..songs.len()).filter(|&index| groups[index] == index).collect();
    let notes: usize = firsts.iter().map(|&index| songs[index].borrow().notes.len()).sum();
    let keep = u64::MAX / notes.div_ceil(KEPT).max(1) as u64;
    let passages: Vec<BTreeSet<u64>> =
        firsts.iter().map(|&index| passages(&songs[index].borrow().notes, keep)).collect();

    let mut places: HashMap<u64, Vec<usize>> = HashMap::new();
    for (song, passages) in passages.iter().enumerate() {
        for &passage in passages {
            places.entry(passage).or_default().push(song);
        }
    }
    let mut shared: HashMap<(usize, usize), usize> = HashMap::new();
    for songs in places.values() {
        for (at, &song) in songs.iter().enumerate() {
            for &later in songs[at + 1..].iter().take(REACH) {
                *shared.entry((song, later)).or_default() += 1;
            }
        }
    }
    let is_near = |&(&(one, other), &count): &(&(usize, usize), &usize)| {
        count >= FEWEST && 2 * count >= passages[one].len().min(passages[other].len())
    };
    for (&(one, other), _) in shared.iter().filter(is_near) {
        join(&mut groups, firsts[one], firsts[other]);
    }
    (0..songs.len()).map(|index| root(&groups, index)).collect()
}

/// The members of each group of two songs or more.
pub fn repeated(groups: &[usize]) -> Vec<Vec<usize>> {
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (index, &group) in groups.iter().enumerate() {
        members.entry(group).or_default().push(index);
    }
    members.into_values().filter(|members| members.len() > 1).collect()
}

/// Those of `pieces` that are copies or near-copies of a song of `training`: they do not measure how well new music is
/// predicted.
pub fn resembling<'a>(training: &[Song], pieces: &'a [Song]) -> Vec<&'a Song> {
    let all: Vec<&Song> = training.iter().chain(pieces).collect();
    let groups = near_copies(&all);
    let (learned, measured) = groups.split_at(training.len());
    let learned: HashSet<usize> = learned.iter().copied().collect();
    pieces.iter().zip(measured).filter(|(_, group)| learned.contains(group)).map(|(song, _)| song).collect()
}

/// The first song of a group. Numbers only ever lead to smaller ones.
fn root(groups: &[usize], mut index: usize) -> usize {
    while groups[index] != index {
        index = groups[index];
    }
    index
}

fn join(groups: &mut [usize], one: usize, other: usize) {
    let (one, other) = (root(groups, one), root(groups, other));
    groups[one.max(other)] = one.min(other);
}

/// The hashes of the different passages, those up to `keep`.
fn passages(notes: &[Note], keep: u64) -> BTreeSet<u64> {
    let mut gap_before = None;
    let step = |pair: &[Note]| {
        let gap = pair[1].onset - pair[0].onset;
        let rhythm = match (gap, gap_before) {
            (0, _) => i64::MAX,
            (_, None) => 0,
            // Half octaves, so that the rounding of a grid does no harm.
            (_, Some(before)) => (2.0 * (f64::from(gap) / f64::from(before)).log2()).round() as i64,
        };
        gap_before = if gap > 0 { Some(gap) } else { gap_before };
        (i64::from(pair[1].pitch) - i64::from(pair[0].pitch), rhythm)
    };
    let steps: Vec<(i64, i64)> = notes.windows(2).map(step).collect();
    let hash = |steps: &[(i64, i64)]| {
        steps.iter().fold(0, |hash, &(interval, rhythm)| mix(mix(hash ^ interval as u64) ^ rhythm as u64))
    };
    steps.windows(PASSAGE).map(hash).filter(|&hash| hash <= keep).collect()
}
