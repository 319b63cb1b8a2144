//! From the bytes of a MIDI file to songs on the grid.

use crate::error::{Error, Result};

use super::chunks::{self, Clock};
use super::track::Track;
use super::{Note, Report, Song, TICKS_PER_BEAT, sort_and_merge};

/// Beats after which nothing is read: some ten days of music at a moderate tempo, so only damage goes beyond it.
pub const MAX_BEATS: u32 = 1_000_000;

/// Tempo of a file that names none, in microseconds per beat: 120 beats per minute.
const DEFAULT_TEMPO: u32 = 500_000;
/// Warnings kept per song.
const MAX_WARNINGS: usize = 8;

/// Reads a Standard MIDI File of format 0, 1 or 2, plain or in a RIFF wrapper; `name` stands for it in the result.
///
/// All tracks of formats 0 and 1 become one song; in format 2 each track with notes is a song. Channel 10 is left out.
/// Damaged files give what can be read and a warning in [`Report::warnings`]. Time and memory grow with the size of the
/// file, never with the times in it.
///
/// # Errors
/// [`Error::Midi`] with the reason, when the file has no usable header or no notes.
pub fn read(bytes: &[u8], name: &str) -> Result<Vec<Song>> {
    songs(bytes, name).map_err(|reason| Error::Midi { path: name.into(), reason })
}

/// The notes of each track of a file by themselves, in the order of the tracks; some have none.
///
/// # Errors
/// [`Error::Midi`] with the reason, when the file has no usable header.
pub fn read_tracks(bytes: &[u8], name: &str) -> Result<Vec<Vec<Note>>> {
    let file = chunks::parse(bytes).map_err(|reason| Error::Midi { path: name.into(), reason })?;
    let notes = |raw: &&[u8]| merge(name.to_owned(), &[Track::read(raw)], file.clock).notes;
    Ok(file.tracks.iter().map(notes).collect())
}

/// As [`read`], with the bare reason as error.
pub(super) fn songs(bytes: &[u8], name: &str) -> std::result::Result<Vec<Song>, String> {
    let file = chunks::parse(bytes)?;
    let tracks: Vec<Track> = file.tracks.iter().map(|raw| Track::read(raw)).collect();
    let mut songs = Vec::new();
    if file.format == 2 {
        let several = tracks.iter().filter(|track| !track.notes.is_empty()).count() > 1;
        for (index, track) in tracks.iter().enumerate() {
            let name = if several { format!("{name} (track {})", index + 1) } else { name.to_owned() };
            songs.push(merge(name, std::slice::from_ref(track), file.clock));
        }
    } else {
        songs.push(merge(name.to_owned(), &tracks, file.clock));
    }
    let drums: usize = songs.iter().map(|song| song.report.drums).sum();
    songs.retain(|song| !song.notes.is_empty());
    let Some(first) = songs.first_mut() else {
        return Err(match drums {
            0 => "it has no notes".into(),
            _ => format!("it has no notes besides {drums} of drums (channel 10)"),
        });
    };
    first.report.warnings.splice(0..0, file.warnings);
    Ok(songs)
}

/// A note this near the grid, in beats, counts as on it: converters start notes a tick or two late.
const ON_GRID_BEATS: f64 = 1.0 / 200.0;

/// Puts the notes of `tracks`, which sound together, on the grid.
fn merge(name: String, tracks: &[Track], clock: Clock) -> Song {
    let mut report = Report::default();
    let mut notes = Vec::with_capacity(tracks.iter().map(|track| track.notes.len()).sum());
    let mut last_end = 0;
    let limit = u64::from(MAX_BEATS * TICKS_PER_BEAT);
    for raw in tracks.iter().flat_map(|track| &track.notes) {
        let onset = clock.to_grid(raw.start);
        if onset > limit {
            report.too_late += 1;
            continue;
        }
        let shift = clock.distance(raw.start, onset);
        report.placed += 1;
        if shift > ON_GRID_BEATS {
            report.moved += 1;
            report.moved_beats += shift;
        }
        last_end = last_end.max(raw.end);
        // The length is rounded by itself, so that it does not depend on where the note stands.
        let duration = clock.to_grid(raw.end - raw.start).clamp(1, limit);
        notes.push(Note { onset: onset as u32, pitch: raw.pitch, duration: duration as u32 });
    }
    report.duplicates = sort_and_merge(&mut notes);
    for (index, track) in tracks.iter().enumerate() {
        report.drums += track.drums;
        report.zero_length += track.zero_length;
        report.unreleased += track.unreleased;
        report.stray_releases += track.stray_releases;
        let complaints = track.complaints.iter().map(|text| format!("track {}: {text}", index + 1));
        let room = MAX_WARNINGS.saturating_sub(report.warnings.len());
        report.warnings.extend(complaints.take(room));
    }
    Song {
        name,
        notes,
        tempo: first(tracks, |track| &track.tempos).map(|tempo| 60e6 / f64::from(tempo)),
        time_signature: first(tracks, |track| &track.signatures),
        key_signature: first(tracks, |track| &track.key_signatures),
        seconds: seconds(tracks, clock, last_end),
        report,
    }
}

/// The value with the earliest time; of several at one time that of the first track.
fn first<T: Copy>(tracks: &[Track], list: impl Fn(&Track) -> &Vec<(u64, T)>) -> Option<T> {
    let all = tracks.iter().flat_map(list);
    all.min_by_key(|(tick, _)| *tick).map(|(_, value)| *value)
}

/// The time from the start of the file to `end`.
fn seconds(tracks: &[Track], clock: Clock, end: u64) -> f64 {
    if let Some(seconds_per_tick) = clock.seconds_per_tick {
        return end as f64 * seconds_per_tick;
    }
    let mut changes: Vec<(u64, u32)> = tracks.iter().flat_map(|track| &track.tempos).copied().collect();
    changes.sort_by_key(|(tick, _)| *tick);
    let mut total = 0.0;
    let (mut since, mut tempo) = (0, DEFAULT_TEMPO);
    for (tick, next) in changes.into_iter().chain([(end, 0)]) {
        let until = tick.min(end);
        total += clock.beats(until - since) * f64::from(tempo) / 1e6;
        (since, tempo) = (until, next);
    }
    total
}
