//! From the bytes of a MIDI file to songs on the grid.

use crate::error::{Error, Result};

use super::channels::perform;
use super::chunks::{self, Clock};
use super::pairing::Touch;
use super::tempo::TempoMap;
use super::track::Track;
use super::{Note, Pedal, Report, Song, TICKS_PER_BEAT, sort_and_merge};

/// Beats after which nothing is read: some ten days of music at a moderate tempo, so only damage goes beyond it.
pub const MAX_BEATS: u32 = 1_000_000;

/// Warnings kept per song, and as many of its file.
const MAX_WARNINGS: usize = 8;
/// Warnings that are given as reasons why there are no notes.
const NAMED_REASONS: usize = 3;

/// Reads a Standard MIDI File of format 0, 1 or 2, plain or in a RIFF wrapper; `name` stands for it in the result.
///
/// All tracks of formats 0 and 1 become one song; in format 2 each track with notes is a song. Drums are left out.
/// Damaged files give what can be read and a warning in [`Report::warnings`]. Time and memory grow with the size of the
/// file, never with the times in it.
///
/// # Errors
/// [`Error::Midi`] with the reason, when the file has no usable header or no notes.
pub fn read(bytes: &[u8], name: &str) -> Result<Vec<Song>> {
    read_with(bytes, name, Pedal::Auto)
}

/// As [`read`], with the sustain pedal as `pedal` says.
///
/// # Errors
/// As [`read`].
pub fn read_with(bytes: &[u8], name: &str, pedal: Pedal) -> Result<Vec<Song>> {
    songs(bytes, name, pedal).map_err(|reason| Error::Midi { path: name.into(), reason })
}

/// The notes of each track of a file by themselves, in the order of the tracks; some have none.
///
/// # Errors
/// [`Error::Midi`] with the reason, when the file has no usable header.
pub fn read_tracks(bytes: &[u8], name: &str, pedal: Pedal) -> Result<Vec<Vec<Note>>> {
    let file = chunks::parse(bytes).map_err(|reason| Error::Midi { path: name.into(), reason })?;
    let notes = |(number, &(start, raw)): (usize, &(usize, &[u8]))| {
        merge(name.to_owned(), number, &[Track::read(raw, start)], file.clock, pedal).notes
    };
    Ok(file.tracks.iter().enumerate().map(notes).collect())
}

/// As [`read_with`], with the bare reason as error.
pub(super) fn songs(bytes: &[u8], name: &str, pedal: Pedal) -> std::result::Result<Vec<Song>, String> {
    let file = chunks::parse(bytes)?;
    let tracks: Vec<Track> = file.tracks.iter().map(|&(start, raw)| Track::read(raw, start)).collect();
    let mut songs = Vec::new();
    if file.format == 2 {
        let several = tracks.iter().filter(|track| track.has_strikes()).count() > 1;
        for (index, track) in tracks.iter().enumerate() {
            let name = if several { format!("{name} (track {})", index + 1) } else { name.to_owned() };
            songs.push(merge(name, index, std::slice::from_ref(track), file.clock, pedal));
        }
    } else {
        songs.push(merge(name.to_owned(), 0, &tracks, file.clock, pedal));
    }
    let (mut songs, silent): (Vec<Song>, Vec<Song>) = songs.into_iter().partition(|song| !song.notes.is_empty());
    let Some(first) = songs.first_mut() else {
        return Err(reason(file.warnings, silent.into_iter().map(|song| song.report).collect()));
    };
    // Tracks without notes are no songs, but what was left out of them is reported.
    let warnings = silent.iter().chain([&*first]).flat_map(|song| &song.report.warnings).cloned();
    let warnings = few(file.warnings).into_iter().chain(few(warnings.collect())).collect();
    let report = Report::sum(silent.iter().chain([&*first]).map(|song| &song.report));
    first.report = Report { warnings, ..report };
    for song in &mut songs[1..] {
        song.report.warnings = few(std::mem::take(&mut song.report.warnings));
    }
    Ok(songs)
}

/// Why a file has no notes.
fn reason(warnings: Vec<String>, reports: Vec<Report>) -> String {
    let Report { drums, zero_length, too_late, .. } = Report::sum(&reports);
    let besides =
        [(drums, "of drums"), (zero_length, "of no length"), (too_late, "beyond the limit of a million beats")];
    let besides = besides.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
    let besides = besides.collect::<Vec<_>>().join(" and ");
    let without =
        if besides.is_empty() { "it has no notes".into() } else { format!("it has no notes besides {besides}") };
    let warnings = warnings.into_iter().chain(reports.into_iter().flat_map(|report| report.warnings));
    [without].into_iter().chain(warnings.take(NAMED_REASONS)).collect::<Vec<_>>().join("; ")
}

/// The first warnings, and how many more there are: a file can be damaged in thousands of places.
fn few(mut warnings: Vec<String>) -> Vec<String> {
    let more = warnings.len().saturating_sub(MAX_WARNINGS);
    if more > 0 {
        warnings.truncate(MAX_WARNINGS);
        warnings.push(format!("and {more} more"));
    }
    warnings
}

/// A note this near the grid, in beats, counts as on it: converters start notes a tick or two late.
const ON_GRID_BEATS: f64 = 1.0 / 200.0;

/// A song was played and not written where at least this share of its notes lies off the grid.
const PLAYED: f64 = 0.5;

/// Puts the notes of `tracks`, which sound together, on the grid. The first track has the number `first_track` in its file,
/// from 0.
fn merge(name: String, first_track: usize, tracks: &[Track], clock: Clock, pedal: Pedal) -> Song {
    let performance = perform(tracks);
    let mut report = Report {
        drums: performance.drums,
        restruck: performance.restruck,
        unreleased: performance.unreleased,
        stray_releases: performance.stray_releases,
        ..Report::default()
    };
    let limit = u64::from(MAX_BEATS * TICKS_PER_BEAT);
    let off_grid =
        |start: u64| Some(clock.distance(start, clock.to_grid(start))).filter(|&shift| shift > ON_GRID_BEATS);
    let is_played = || {
        let moved = performance.notes.iter().filter(|note| off_grid(note.start).is_some()).count();
        moved as f64 >= PLAYED * performance.notes.len() as f64
    };
    let holds = match pedal {
        Pedal::Auto => is_played(),
        Pedal::Hold => true,
        Pedal::Ignore => false,
    };
    let mut notes = Vec::with_capacity(performance.notes.len());
    let mut last_end = 0;
    for raw in &performance.notes {
        let end = if holds { raw.silent } else { raw.end };
        let onset = clock.to_grid(raw.start);
        if end == raw.start {
            report.zero_length += 1;
            continue;
        }
        if onset > limit {
            report.too_late += 1;
            continue;
        }
        report.placed += 1;
        if let Some(shift) = off_grid(raw.start) {
            report.moved += 1;
            report.moved_beats += shift;
        }
        if raw.silent > raw.end {
            *(if holds { &mut report.pedal_held } else { &mut report.pedal_ignored }) += 1;
        }
        last_end = last_end.max(end);
        // The length is rounded by itself, so that it does not depend on where the note stands.
        let duration = clock.to_grid(end - raw.start).clamp(1, limit);
        let Touch { velocity, instrument } = raw.touch;
        notes.push(Note { onset: onset as u32, pitch: raw.pitch, duration: duration as u32, velocity, instrument });
    }
    report.duplicates = sort_and_merge(&mut notes);
    let complaints = tracks.iter().zip(first_track + 1..).flat_map(|(track, number)| {
        track.complaints.iter().map(move |(byte, text)| format!("track {number}, byte {byte}: {text}"))
    });
    report.warnings = complaints.collect();
    Song {
        name,
        notes,
        tempo: first(tracks, |track| &track.tempos).map(|tempo| 60e6 / f64::from(tempo)),
        time_signature: first(tracks, |track| &track.signatures),
        key_signature: first(tracks, |track| &track.key_signatures),
        seconds: TempoMap::new(tracks, clock).seconds(last_end),
        report,
    }
}

/// The value with the earliest time; of several at one time that of the first track.
fn first<T: Copy>(tracks: &[Track], list: impl Fn(&Track) -> &Vec<(u64, T)>) -> Option<T> {
    let all = tracks.iter().flat_map(list);
    all.min_by_key(|(tick, _)| *tick).map(|(_, value)| *value)
}
