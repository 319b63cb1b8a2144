//! Which songs are held back for validation.

use std::collections::BTreeMap;

use super::copies::near_copies;
use crate::error::{Error, Result};
use crate::music::events::encode;
use crate::music::midi::{Note, Song, joined};

/// Songs to learn from and songs to measure by.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    /// For training; at least one, in the order given.
    pub training: Vec<Song>,
    /// Held back; at least one, in the order given.
    pub validation: Vec<Song>,
}

/// Holds back `share` of the songs, rounded, at least one and not all. Copies and near-copies stay together, see
/// [`near_copies`].
///
/// # Errors
/// As [`split_groups`].
pub fn split(songs: Vec<Song>, share: f64, seed: u64) -> Result<Split> {
    let groups = near_copies(&songs);
    split_groups(songs, &groups, share, seed)
}

/// Holds back `share` of the songs, rounded, at least one and not all. `groups` has the group of each song.
///
/// The choice depends on the seed and the music alone, not on names or order. A group stays together, so that the
/// validation loss does not reward remembering; this may lower the share, or raise it where every piece has copies.
///
/// # Errors
/// [`Error::TooFewSongs`] unless there are two groups, [`Error::ValidationShare`] unless `0 < share < 1`.
pub fn split_groups(songs: Vec<Song>, groups: &[usize], share: f64, seed: u64) -> Result<Split> {
    if !(share > 0.0 && share < 1.0) {
        return Err(Error::ValidationShare(share));
    }
    let mut members: BTreeMap<usize, (u64, Vec<usize>)> = BTreeMap::new();
    for (index, (song, &group)) in songs.iter().zip(groups).enumerate() {
        let place = mix(fingerprint(&song.notes) ^ mix(seed));
        let (first, members) = members.entry(group).or_insert((place, Vec::new()));
        *first = place.min(*first);
        members.push(index);
    }
    let mut groups: Vec<(u64, Vec<usize>)> = members.into_values().collect();
    groups.sort_unstable();
    if groups.len() < 2 {
        return Err(Error::TooFewSongs { songs: songs.len(), distinct: groups.len() });
    }
    let wanted = ((songs.len() as f64 * share).round() as usize).clamp(1, songs.len() - 1);
    let mut held = vec![false; songs.len()];
    let mut count = 0;
    // Groups too large for what is still wanted are passed over; all of them cannot fit.
    for (_, group) in &groups {
        if count + group.len() <= wanted {
            count += group.len();
            group.iter().for_each(|&index| held[index] = true);
        }
    }
    if count == 0 {
        let smallest = groups.iter().map(|(_, group)| group).min_by_key(|group| group.len());
        smallest.into_iter().flatten().for_each(|&index| held[index] = true);
    }
    let mut split = Split { training: Vec::new(), validation: Vec::new() };
    for (song, held) in songs.into_iter().zip(held) {
        if held {
            split.validation.push(song);
        } else {
            split.training.push(song);
        }
    }
    Ok(split)
}

/// A number that two songs share when they are the same events, up to transposition. It stays the same from version to
/// version of this program.
pub fn fingerprint(notes: &[Note]) -> u64 {
    let mut hash = 0;
    let mut previous = None;
    for event in encode(&joined(notes)) {
        let interval = i64::from(event.note) - previous.unwrap_or(i64::from(event.note));
        previous = Some(i64::from(event.note));
        for value in [u64::from(event.offset), interval as u64, u64::from(event.duration)] {
            hash = mix(hash ^ value);
        }
    }
    hash
}

/// A bijection of 64 bits that changes half of them for a change of one (the finalizer of `SplitMix64`).
pub(super) fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}
