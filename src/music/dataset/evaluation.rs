//! Every song exactly once, for measuring.

use super::batch::{Batch, Piece};

/// The batches of one pass over all pieces, each from its beginning to its END.
///
/// Longest pieces first, each to the lane that is free first, so that the lanes end at about the same time. The loss of
/// a piece depends neither on its lane nor on its neighbours, so sums over the pass do not depend on T and B beyond
/// rounding. Carry the state from one batch to the next, and start a pass from any state: every lane starts with a reset.
#[derive(Clone, Debug)]
pub struct EvaluationStream<'a> {
    seq_len: usize,
    pieces: &'a [Piece],
    /// Pieces not yet begun, the next one last.
    waiting: Vec<usize>,
    /// What each lane plays, and its next row.
    lanes: Vec<Option<(usize, usize)>>,
}

impl<'a> EvaluationStream<'a> {
    /// # Panics
    /// When `seq_len` or `batch_size` is 0.
    pub fn new(pieces: &'a [Piece], seq_len: usize, batch_size: usize) -> Self {
        assert!(seq_len > 0 && batch_size > 0, "seq_len {seq_len}, batch_size {batch_size}: must be positive");
        let mut waiting: Vec<usize> = (0..pieces.len()).rev().collect();
        waiting.sort_by_key(|&piece| pieces[piece].rows());
        Self { seq_len, pieces, waiting, lanes: vec![None; batch_size] }
    }

    /// The next batch, and for each of its rows [T, B] the index of the piece it belongs to.
    pub fn next_with_pieces(&mut self) -> Option<(Batch, Vec<Option<usize>>)> {
        let mut batch = Batch::idle(self.seq_len, self.lanes.len());
        let mut owners = Vec::with_capacity(self.seq_len * self.lanes.len());
        for step in 0..self.seq_len {
            for (index, lane) in self.lanes.iter_mut().enumerate() {
                let playing = lane.take().or_else(|| self.waiting.pop().map(|piece| (piece, 0)));
                owners.push(playing.map(|(piece, _)| piece));
                let Some((piece, row)) = playing else { continue };
                batch.put(step, index, &self.pieces[piece], row, 0);
                *lane = (row + 1 < self.pieces[piece].rows()).then_some((piece, row + 1));
            }
        }
        (batch.events > 0).then_some((batch, owners))
    }
}

impl Iterator for EvaluationStream<'_> {
    type Item = Batch;

    fn next(&mut self) -> Option<Batch> {
        self.next_with_pieces().map(|(batch, _)| batch)
    }
}
