//! The songs of a run: read, split, and recognised when the run is resumed.

use super::TrainConfig;
use crate::dataset::{Piece, split};
use crate::error::Result;
use crate::midi::{Song, read_folder};

/// Songs to learn from and to measure by.
pub(super) struct Music {
    pub(super) training: Vec<Piece>,
    pub(super) validation: Vec<Piece>,
    /// Notes to learn from.
    pub(super) notes: usize,
    /// Stands for all tokens in their order.
    pub(super) fingerprint: String,
}

impl Music {
    /// Reads the folders and says on stderr what is in them.
    pub(super) fn read(config: &TrainConfig) -> Result<Self> {
        let corpus = read_folder(&config.folder)?;
        eprintln!("corpus      {corpus}");
        let (training, validation) = match &config.validation {
            Some(folder) => {
                let held_out = read_folder(folder)?;
                eprintln!("held out    {held_out}");
                (corpus.songs, held_out.songs)
            }
            None => {
                let split = split(corpus.songs, config.validation_share, config.seed)?;
                (split.training, split.validation)
            }
        };
        let notes = |songs: &[Song]| songs.iter().map(|song| song.notes.len()).sum::<usize>();
        let (training_notes, validation_notes) = (notes(&training), notes(&validation));
        eprintln!(
            "training    {} songs, {training_notes} notes; validation {} songs, {validation_notes} notes",
            training.len(),
            validation.len()
        );
        let (training, validation) = (Piece::from_songs(&training), Piece::from_songs(&validation));
        Ok(Self { notes: training_notes, fingerprint: fingerprint([&training, &validation]), training, validation })
    }
}

/// FNV-1a (Fowler, Noll and Vo) over all ids, piece by piece.
fn fingerprint(parts: [&[Piece]; 2]) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |value: u32| {
        for byte in value.to_le_bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    for pieces in parts {
        for piece in pieces {
            piece.tokens().iter().flatten().for_each(|&id| add(id));
            // No id, so that pieces cannot run into each other.
            add(u32::MAX);
        }
        add(u32::MAX - 1);
    }
    format!("{hash:016x}")
}
