//! The loss on the held-out songs.

use crate::error::Result;
use crate::model::{EvaluationStep, Model};
use crate::music::dataset::{EvaluationStream, Piece};
use crate::music::events::FIELDS;

/// Mean losses of each of [`Field::ALL`](crate::music::events::Field::ALL) over all events of `pieces`, in nats per event; `None` when `stop` said so in between.
///
/// Every song is played from its beginning to its END, without dropout. The sums are formed in a fixed order.
pub(super) struct Validation {
    step: EvaluationStep,
    pieces: Vec<Piece>,
    seq_len: usize,
    lanes: usize,
}

impl Validation {
    /// Lanes beyond the number of songs would only idle.
    pub(super) fn new(model: &Model, pieces: Vec<Piece>, seq_len: usize, batch_size: usize) -> Result<Self> {
        let lanes = batch_size.min(pieces.len()).max(1);
        Ok(Self { step: EvaluationStep::new(model, seq_len, lanes)?, pieces, seq_len, lanes })
    }

    /// Events of all pieces.
    pub(super) fn rows(&self) -> u64 {
        self.pieces.iter().map(|piece| piece.rows() as u64).sum()
    }

    /// Plays all songs.
    pub(super) fn run(&self, stop: impl Fn() -> bool) -> Result<Option<[f64; FIELDS]>> {
        let mut sums = [0.0; FIELDS];
        for batch in EvaluationStream::new(&self.pieces, self.seq_len, self.lanes) {
            if stop() {
                return Ok(None);
            }
            for row in self.step.run(&batch)?.as_chunks::<FIELDS>().0 {
                for (sum, &loss) in sums.iter_mut().zip(row) {
                    *sum += f64::from(loss);
                }
            }
        }
        Ok(Some(sums.map(|sum| sum / self.rows() as f64)))
    }
}
