//! What some music costs, summed up.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::music::midi::{Song, TICKS_PER_BEAT};

/// How well a model predicts some music. Every piece counts from BOS to END.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Scores {
    /// What was scored.
    pub name: String,
    /// Number of pieces.
    pub pieces: usize,
    /// Notes in them.
    pub notes: usize,
    /// Length in beats.
    pub beats: f64,
    /// Length in seconds, from the tempo maps.
    pub seconds: f64,
    /// Negative log-likelihood of everything, END included.
    pub total_nats: f64,
    /// The same divided by the notes.
    pub nats_per_note: f64,
    /// Of the nats per note, those of offset, note and duration.
    pub heads: [f64; 3],
    /// Notes that continue a repeat of at least eight steps: see [`repeated`](crate::music::repeats::repeated).
    pub repeated: NotesOfAKind,
    /// All other notes.
    pub novel: NotesOfAKind,
    /// Of the total, what END costs. It belongs to no note, so the nats of both kinds and these add up to the total.
    pub end_nats: f64,
    /// Nats per note of velocity and instrument, where the model predicts them. They are not in the total, which is comparable
    /// with that of models without them.
    pub others: BTreeMap<String, f64>,
    /// Share of offsets, notes and durations that were the most likely class; `None` for all but a network alone.
    pub accuracy: Option<[f64; 3]>,
}

/// Some of the notes, and what they cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct NotesOfAKind {
    /// How many there are.
    pub notes: usize,
    /// Their share of all notes, 0 to 1.
    pub share: f64,
    /// Negative log-likelihood of their offsets, notes and durations, divided by their number; `None` where there are none.
    pub nats_per_note: Option<f64>,
}

/// What the events of one piece cost.
pub(super) struct Costs<'a> {
    pub(super) song: &'a Song,
    /// For each note whether it continues a repeat.
    pub(super) repeated: &'a [bool],
    /// Nats of offset, note and duration of each event, and of END last.
    pub(super) nats: &'a [[f64; 3]],
}

impl Scores {
    pub(super) fn new(name: &str, pieces: &[Costs], accuracy: Option<[f64; 3]>) -> Self {
        let songs = || pieces.iter().map(|piece| piece.song);
        let notes: usize = songs().map(|song| song.notes.len()).sum();
        let all = || pieces.iter().flat_map(|piece| piece.nats);
        let heads = [0, 1, 2].map(|head| all().map(|nats| nats[head]).sum::<f64>());
        let total_nats = heads.iter().sum();
        let kind = |wanted: bool| {
            let events = || pieces.iter().flat_map(|piece| piece.repeated.iter().zip(piece.nats));
            let nats =
                || events().filter(|&(&repeated, _)| repeated == wanted).map(|(_, nats)| nats.iter().sum::<f64>());
            let count = nats().count();
            NotesOfAKind {
                notes: count,
                share: count as f64 / notes.max(1) as f64,
                nats_per_note: (count > 0).then(|| nats().sum::<f64>() / count as f64),
            }
        };
        Self {
            name: name.into(),
            pieces: pieces.len(),
            notes,
            beats: songs().map(|song| f64::from(song.end()) / f64::from(TICKS_PER_BEAT)).sum(),
            seconds: songs().map(|song| song.seconds).sum(),
            total_nats,
            nats_per_note: total_nats / notes.max(1) as f64,
            heads: heads.map(|nats| nats / notes.max(1) as f64),
            repeated: kind(true),
            novel: kind(false),
            end_nats: pieces.iter().filter_map(|piece| piece.nats.last()).flatten().sum(),
            others: BTreeMap::new(),
            accuracy,
        }
    }

    /// Nats divided by something, in bits.
    fn bits_per(&self, length: f64) -> f64 {
        self.total_nats / std::f64::consts::LN_2 / length.max(f64::MIN_POSITIVE)
    }
}

impl fmt::Display for Scores {
    /// Two lines: the whole, then repeats and novel notes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [offset, note, duration] = self.heads;
        write!(f, "{:17} {:7.4} nats/note ({offset:.4} + {note:.4} + {duration:.4})", self.name, self.nats_per_note)?;
        write!(f, "  {:7.4} bits/note", self.bits_per(self.notes as f64))?;
        let nats_per_beat = self.total_nats / self.beats.max(f64::MIN_POSITIVE);
        write!(f, "  {nats_per_beat:7.3} nats/beat  {:8.3} bits/beat", self.bits_per(self.beats))?;
        write!(f, "  {:8.3} bits/s", self.bits_per(self.seconds))?;
        if let Some(accuracy) = self.accuracy {
            let [offset, note, duration] = accuracy.map(|share| 100.0 * share);
            write!(f, "  right: {offset:.1} % {note:.1} % {duration:.1} %")?;
        }
        for (field, nats) in &self.others {
            write!(f, "  {field} {nats:.4} nats/note")?;
        }
        let end = self.end_nats / self.pieces.max(1) as f64;
        write!(f, "\n{:17} repeats {}, novel {}, END {end:.4} nats/piece", "", self.repeated, self.novel)
    }
}

impl fmt::Display for NotesOfAKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} % of the notes", 100.0 * self.share)?;
        self.nats_per_note.map_or(Ok(()), |nats| write!(f, " at {nats:.4} nats/note"))
    }
}
