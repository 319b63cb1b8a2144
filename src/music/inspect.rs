//! What a person wants to know of a folder of music before training on it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use crate::music::dataset::{fingerprint, near_copies, repeated};
use crate::music::events::{Cut, encode, id_velocity, velocity_id};
use crate::music::midi::{Corpus, Note, Report, Skipped, Song, TICKS_PER_BEAT};
use crate::music::piano_roll::{fraction, note_name};
use crate::paths::shown;

/// Offsets and durations that are listed.
const COMMON: usize = 8;
/// Groups of near-copies that are printed; JSON has all.
const LISTED: usize = 20;

/// A corpus in numbers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Inspection {
    /// MIDI files found, skipped ones included.
    pub files: usize,
    /// Files that gave no song, with reasons.
    pub skipped: Vec<Skipped>,
    /// Songs that are another one again, transposed or not.
    pub repeated_songs: usize,
    /// The names of songs that are copies or near-copies of each other; training keeps them on one side of its split.
    pub near_copies: Vec<Vec<String>>,
    /// Notes of all songs.
    pub notes: usize,
    /// Length of all songs in beats.
    pub beats: f64,
    /// Length of all songs in minutes, by their own tempos.
    pub minutes: f64,
    /// Lowest and highest MIDI key.
    pub pitch_range: (u8, u8),
    /// Notes that sound at a time on average, pauses left out.
    pub mean_polyphony: f64,
    /// Most notes that sound at a time.
    pub max_polyphony: usize,
    /// Share of the notes whose onset was not on the grid, 0 to 1.
    pub moved_share: f64,
    /// How far those were moved on average, in beats.
    pub mean_shift: f64,
    /// How many notes have each level of loudness: velocities from quiet to loud, in steps of four.
    pub velocities: Vec<Kind>,
    /// How many notes each instrument has, by its program of General MIDI.
    pub instruments: Vec<Kind>,
    /// What reading left out or changed, all songs together, without the warnings.
    pub report: Report,
    /// What the tokens of a network leave out.
    pub cut: Cut,
    /// The most common times from one note to the next (0 in a chord).
    pub offsets: Vec<Common>,
    /// The most common lengths of notes.
    pub durations: Vec<Common>,
    /// Fewest, middle and most notes of a song.
    pub notes_per_song: (usize, usize, usize),
    /// Every song.
    pub songs: Vec<SongSummary>,
}

/// A value of a field and how often it occurs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Kind {
    /// A velocity or a program.
    pub value: u8,
    /// Notes that have it.
    pub notes: usize,
}

/// A length of time and how often it occurs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Common {
    /// In grid ticks.
    pub ticks: u32,
    /// In beats, as a fraction.
    pub beats: String,
    /// Share of all events, 0 to 1.
    pub share: f64,
}

/// One song in numbers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SongSummary {
    /// Its name.
    pub name: String,
    /// Its notes.
    pub notes: usize,
    /// Its length in beats.
    pub beats: f64,
    /// Its length in seconds.
    pub seconds: f64,
    /// What was wrong with its file.
    pub warnings: Vec<String>,
}

impl Inspection {
    /// Looks at a corpus.
    pub fn new(corpus: &Corpus) -> Self {
        let songs = &corpus.songs;
        let events: Vec<_> = songs.iter().flat_map(|song| encode(&song.notes)).collect();
        let notes = || songs.iter().flat_map(|song| &song.notes);
        let distinct: BTreeSet<u64> = songs.iter().map(|song| fingerprint(&song.notes)).collect();
        let report = Report::sum(songs.iter().map(|song| &song.report));
        let near = repeated(&near_copies(songs));
        let mut counts: Vec<usize> = songs.iter().map(|song| song.notes.len()).collect();
        counts.sort_unstable();
        let at = |index: usize| counts.get(index).copied().unwrap_or(0);
        let polyphony: Vec<_> = songs.iter().map(|song| Polyphony::of(&song.notes)).collect();
        let sum = |part: fn(&Polyphony) -> u64| polyphony.iter().map(part).sum::<u64>() as f64;
        Self {
            files: corpus.files,
            skipped: corpus.skipped.clone(),
            repeated_songs: songs.len() - distinct.len(),
            near_copies: near
                .iter()
                .map(|group| group.iter().map(|&index| songs[index].name.clone()).collect())
                .collect(),
            notes: events.len(),
            beats: songs.iter().map(beats).sum(),
            minutes: songs.iter().map(|song| song.seconds).sum::<f64>() / 60.0,
            pitch_range: (
                notes().map(|note| note.pitch).min().unwrap_or(0),
                notes().map(|note| note.pitch).max().unwrap_or(0),
            ),
            mean_polyphony: sum(|one| one.sounding) / sum(|one| one.ticks).max(1.0),
            max_polyphony: polyphony.iter().map(|one| one.most).max().unwrap_or(0),
            velocities: kinds(notes().map(|note| id_velocity(velocity_id(note.velocity)))),
            instruments: kinds(notes().map(|note| note.instrument)),
            moved_share: report.moved_share(),
            mean_shift: report.mean_shift(),
            report,
            cut: Cut::of(songs.iter().map(|song| &song.notes[..])),
            offsets: common(events.iter().map(|event| event.offset)),
            durations: common(events.iter().map(|event| event.duration)),
            notes_per_song: (at(0), at(counts.len() / 2), at(counts.len().saturating_sub(1))),
            songs: songs.iter().map(summary).collect(),
        }
    }
}

fn beats(song: &Song) -> f64 {
    f64::from(song.end()) / f64::from(TICKS_PER_BEAT)
}

fn summary(song: &Song) -> SongSummary {
    SongSummary {
        name: song.name.clone(),
        notes: song.notes.len(),
        beats: beats(song),
        seconds: song.seconds,
        warnings: song.report.warnings.clone(),
    }
}

fn kinds(values: impl Iterator<Item = u8>) -> Vec<Kind> {
    let mut counts: BTreeMap<u8, usize> = BTreeMap::new();
    values.for_each(|value| *counts.entry(value).or_default() += 1);
    counts.into_iter().map(|(value, notes)| Kind { value, notes }).collect()
}

/// The most frequent values, ties by size.
fn common(values: impl Iterator<Item = u32>) -> Vec<Common> {
    let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    let total: usize = counts.values().sum();
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    counts.truncate(COMMON);
    let item =
        |(ticks, count): (u32, usize)| Common { ticks, beats: fraction(ticks), share: count as f64 / total as f64 };
    counts.into_iter().map(item).collect()
}

/// How many notes sound together.
struct Polyphony {
    /// Ticks of all notes together.
    sounding: u64,
    /// Ticks at which a note sounds.
    ticks: u64,
    most: usize,
}

impl Polyphony {
    fn of(notes: &[Note]) -> Self {
        let starts = notes.iter().map(|note| (note.onset, true));
        let mut changes: Vec<_> = notes.iter().map(|note| (note.end(), false)).chain(starts).collect();
        changes.sort_unstable();
        let (mut now, mut since) = (0_usize, 0);
        let mut result = Self { sounding: 0, ticks: 0, most: 0 };
        for (tick, starts) in changes {
            let length = u64::from(tick - since);
            result.sounding += length * now as u64;
            result.ticks += if now > 0 { length } else { 0 };
            since = tick;
            now = if starts { now + 1 } else { now - 1 };
            result.most = result.most.max(now);
        }
        result
    }
}

impl fmt::Display for Inspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = |name: &str, text: String| writeln!(f, "{name:<16}{text}");
        let (lowest, highest) = self.pitch_range;
        let (fewest, middle, most) = self.notes_per_song;
        let list = |items: &[Common]| {
            let item = |item: &Common| format!("{} ({:.1} %)", item.beats, 100.0 * item.share);
            items.iter().map(item).collect::<Vec<_>>().join("  ")
        };
        line("files", format!("{}, of which {} skipped", self.files, self.skipped.len()))?;
        line("songs", format!("{}, of which {} repeat another one", self.songs.len(), self.repeated_songs))?;
        line("notes", format!("{}; per song {fewest} to {most}, median {middle}", self.notes))?;
        line("length", format!("{:.0} beats, {:.1} minutes", self.beats, self.minutes))?;
        line("pitches", format!("{} to {} ({lowest} to {highest})", note_name(lowest), note_name(highest)))?;
        line("at a time", format!("{:.1} notes, at most {}", self.mean_polyphony, self.max_polyphony))?;
        let levels = (self.velocities.len(), self.velocities.first(), self.velocities.last());
        if let (levels, Some(quietest), Some(loudest)) = levels {
            line("velocities", format!("{levels} levels, {} to {}", quietest.value, loudest.value))?;
        }
        let instrument = |kind: &Kind| format!("program {} ({} notes)", kind.value, kind.notes);
        line("instruments", self.instruments.iter().map(instrument).collect::<Vec<_>>().join("  "))?;
        line(
            "off the grid",
            format!("{:.1} % of the notes, moved by {:.4} beats on average", 100.0 * self.moved_share, self.mean_shift),
        )?;
        line("offsets", format!("{}  (beats)", list(&self.offsets)))?;
        line("durations", format!("{}  (beats)", list(&self.durations)))?;
        for (name, text) in self.report.notices() {
            line(name, text)?;
        }
        if !self.cut.is_nothing() {
            line("cut", self.cut.to_string())?;
        }
        for group in self.near_copies.iter().take(LISTED) {
            line("near-copies", group.join(", "))?;
        }
        if self.near_copies.len() > LISTED {
            line("near-copies", format!("and {} more groups", self.near_copies.len() - LISTED))?;
        }
        for skipped in &self.skipped {
            line("skipped", format!("{}: {}", shown(&skipped.path), skipped.reason))?;
        }
        writeln!(f, "\n{:>8} {:>9} {:>8}  song", "notes", "beats", "seconds")?;
        for song in &self.songs {
            writeln!(f, "{:>8} {:>9.1} {:>8.1}  {}", song.notes, song.beats, song.seconds, song.name)?;
            for warning in &song.warnings {
                writeln!(f, "{:>29}warning: {warning}", "")?;
            }
        }
        Ok(())
    }
}
