//! The logits of a model for some tokens, for comparison with other implementations.

use std::collections::BTreeMap;
use std::path::Path;

use super::file;
use crate::error::Result;
use crate::model::{Array, EvaluationStep, Model};
use crate::music::candidates::CANDIDATE_COLUMNS;
use crate::music::context::CONTEXT_SIZE;
use crate::music::dataset::{EvaluationStream, Piece};
use crate::music::midi::Song;

/// Writes what the first `seq_len` events of the `lanes` longest songs are predicted from, `context` [T, B, 73] and `candidates`
/// [T, B, 48], and the logits that follow from a zero state, `logits_offset`, `logits_note`, `logits_duration` and so on [T, B, V].
///
/// The songs should have at least `seq_len` events: what follows a shorter one starts from a zero state again.
pub fn write_logits(path: &Path, model: &Model, songs: &[Song], seq_len: usize, lanes: usize) -> Result<()> {
    let pieces = Piece::from_songs(songs);
    let step = EvaluationStep::new(model, seq_len, lanes)?;
    let Some(batch) = EvaluationStream::new(&pieces, seq_len, lanes).next() else { return Ok(()) };
    step.run(&batch)?;
    let array = |size: usize, values: Vec<f32>| Array { shape: vec![seq_len, lanes, size], values };
    // Whole numbers below 2^24, which f32 holds.
    let numbers = |numbers: &[u32]| numbers.iter().map(|&number| number as f32).collect();
    let mut tensors = vec![
        ("context".to_owned(), array(CONTEXT_SIZE, numbers(&batch.context()))),
        ("candidates".to_owned(), array(CANDIDATE_COLUMNS, numbers(&batch.candidates))),
    ];
    for ((head, field), logits) in model.config.fields().zip(step.logits()?) {
        tensors.push((format!("logits_{}", field.name()), array(model.config.output_vocab_sizes[head], logits)));
    }
    let tensors: Vec<_> = tensors.iter().map(|(name, array)| (name.clone(), array)).collect();
    file::write(path, &BTreeMap::new(), &tensors, file::Precision::Single)
}
