//! The songs of a run: read, split, moved to one key where asked for, and recognised when the run is resumed.

use super::{TrainConfig, Transpose, Watcher};
use crate::error::Result;
use crate::music::dataset::{Piece, copies, near_copies, resembling, split_groups};
use crate::music::events::{Cut, Field, with_fields};
use crate::music::key::{KeyCounts, pieces_for};
use crate::music::midi::{Song, read_folder_with};
use crate::music::timing::Timing;

/// The songs as their files have them.
pub(super) struct Songs {
    /// To learn from.
    pub(super) training: Vec<Song>,
    /// To measure by.
    pub(super) validation: Vec<Song>,
}

/// Songs to learn from and to measure by.
pub(super) struct Music {
    pub(super) training: Vec<Piece>,
    pub(super) validation: Vec<Piece>,
    /// Notes to learn from.
    pub(super) notes: usize,
    /// The tempo and the time signature of the songs to learn from.
    pub(super) timing: Timing,
    /// The keys of the songs to learn from, where all were moved to one.
    pub(super) keys: Option<KeyCounts>,
    /// Stands for all tokens in their order.
    pub(super) fingerprint: String,
}

impl Songs {
    /// Reads the folders and says what is in them.
    pub(super) fn read(config: &TrainConfig, watcher: &dyn Watcher) -> Result<Self> {
        let corpus = read_folder_with(&config.folder, config.pedal)?;
        watcher.note("corpus", &corpus.to_string());
        let (training, validation) = match &config.validation {
            Some(folder) => {
                let held_out = read_folder_with(folder, config.pedal)?;
                watcher.note("held out", &held_out.to_string());
                (corpus.songs, held_out.songs)
            }
            None => {
                let groups = if config.keep_duplicates { copies(&corpus.songs) } else { near_copies(&corpus.songs) };
                let split = split_groups(corpus.songs, &groups, config.validation_share, config.seed)?;
                (split.training, split.validation)
            }
        };
        let size = |songs: &[Song]| format!("{} songs, {} notes", songs.len(), notes(songs));
        watcher.note("training", &format!("{}; validation {}", size(&training), size(&validation)));
        let resembling = resembling(&training, &validation);
        if let Some(first) = resembling.first() {
            let copies = format!(
                "{} of the held-out songs resemble songs to learn from and do not measure how well new music is predicted; the \
                 first is {}",
                resembling.len(),
                first.name
            );
            watcher.note("copies", &copies);
        }
        let cut = Cut::of(training.iter().chain(&validation).map(|song| &song.notes[..]));
        if !cut.is_nothing() {
            watcher.note("cut", &cut.to_string());
        }
        Ok(Self { training, validation })
    }

    /// The songs with these fields alone: without the instrument, all notes are played by one.
    pub(super) fn with_fields(self, fields: &[Field]) -> Self {
        let Self { training, validation } = self;
        Self { training: with_fields(training, fields), validation: with_fields(validation, fields) }
    }
}

impl Music {
    /// Encodes the songs, in C major or A minor with [`Transpose::Key`].
    pub(super) fn new(songs: &Songs, config: &TrainConfig) -> Self {
        let keys = (config.transpose == Some(Transpose::Key)).then(|| KeyCounts::new(&songs.training));
        let pieces = |songs: &[Song]| pieces_for(songs, keys.as_ref()).into_iter().map(|(piece, _)| piece).collect();
        let [training, validation]: [Vec<Piece>; 2] = [&songs.training, &songs.validation].map(|songs| pieces(songs));
        let fingerprint = fingerprint(&config.model.fields, [&training, &validation]);
        Self {
            training,
            validation,
            notes: notes(&songs.training),
            timing: Timing::of(&songs.training),
            keys,
            fingerprint,
        }
    }
}

fn notes(songs: &[Song]) -> usize {
    songs.iter().map(|song| song.notes.len()).sum()
}

/// FNV-1a (Fowler, Noll and Vo) over the ids of all fields, piece by piece.
fn fingerprint(fields: &[Field], parts: [&[Piece]; 2]) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |value: u32| {
        for byte in value.to_le_bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    for pieces in parts {
        for piece in pieces {
            piece.tokens().iter().for_each(|token| fields.iter().for_each(|field| add(token[field.index()])));
            // No id, so that pieces cannot run into each other.
            add(u32::MAX);
        }
        add(u32::MAX - 1);
    }
    format!("{hash:016x}")
}
