//! The exact likelihood of whole pieces, and what it must beat.

use std::fmt;
use std::ops::RangeInclusive;

use serde::Serialize;

use crate::dataset::{EvaluationStream, IGNORE, Piece};
use crate::error::Result;
use crate::events::{OUTPUT_VOCAB_SIZES, Token};
use crate::key::{KeyCounts, pieces_for};
use crate::midi::{Song, TICKS_PER_BEAT};
use crate::model::{EvaluationStep, Model};
use crate::ngram::NGram;

/// How well a model foretells some music. Every piece counts from BOS to END.
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
    /// Share of offsets, notes and durations that were the most likely class; `None` where no model was asked.
    pub accuracy: Option<[f64; 3]>,
}

impl Scores {
    fn new(name: &str, songs: &[&Song], nats: [f64; 3], accuracy: Option<[f64; 3]>) -> Self {
        let notes: usize = songs.iter().map(|song| song.notes.len()).sum();
        let total_nats = nats.iter().sum();
        Self {
            name: name.into(),
            pieces: songs.len(),
            notes,
            beats: songs.iter().map(|song| f64::from(song.end()) / f64::from(TICKS_PER_BEAT)).sum(),
            seconds: songs.iter().map(|song| song.seconds).sum(),
            total_nats,
            nats_per_note: total_nats / notes.max(1) as f64,
            heads: nats.map(|nats| nats / notes.max(1) as f64),
            accuracy,
        }
    }

    /// Nats divided by something, in bits.
    fn bits_per(&self, length: f64) -> f64 {
        self.total_nats / std::f64::consts::LN_2 / length.max(f64::MIN_POSITIVE)
    }
}

impl fmt::Display for Scores {
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
        Ok(())
    }
}

/// Sums over one piece.
#[derive(Clone, Copy, Default)]
struct Sums {
    nats: [f64; 3],
    right: [usize; 3],
    counted: [usize; 3],
}

/// Scores every song with a network: all of them together first, then each.
///
/// State is carried through a piece and dropout is off. `seq_len` and `batch_size` decide the speed alone. `keys` are those of
/// the model's file: a network that plays in one key is scored on pieces that were moved to it, and the notes are charged
/// with the key, so that the score is that of the pieces as they are.
pub fn evaluate(
    model: &Model,
    keys: Option<&KeyCounts>,
    songs: &[Song],
    seq_len: usize,
    batch_size: usize,
) -> Result<Vec<Scores>> {
    let (pieces, charges): (Vec<Piece>, Vec<f64>) = pieces_for(songs, keys).into_iter().unzip();
    let step = EvaluationStep::new(model, seq_len, batch_size.min(pieces.len()).max(1))?;
    let charged = |nats: f64| Sums { nats: [0.0, nats, 0.0], ..Sums::default() };
    let mut sums: Vec<Sums> = charges.into_iter().map(charged).collect();
    let mut stream = EvaluationStream::new(&pieces, seq_len, batch_size.min(pieces.len()).max(1));
    while let Some((batch, owners)) = stream.next_with_pieces() {
        let losses = step.run(&batch)?;
        let logits = step.logits()?;
        for (row, owner) in owners.iter().enumerate() {
            let Some(owner) = *owner else { continue };
            for head in 0..3 {
                let target = batch.targets[3 * row + head];
                if target != IGNORE {
                    let vocab_size = model.config.output_vocab_sizes[head];
                    let sums = &mut sums[owner];
                    sums.nats[head] += f64::from(losses[3 * row + head]);
                    sums.counted[head] += 1;
                    sums.right[head] +=
                        usize::from(largest(&logits[head][row * vocab_size..][..vocab_size]) == target as usize);
                }
            }
        }
    }
    let score = |name: &str, songs: &[&Song], sums: &[Sums]| {
        let total =
            |part: fn(&Sums, usize) -> f64| [0, 1, 2].map(|head| sums.iter().map(|sums| part(sums, head)).sum());
        let (right, counted): ([f64; 3], [f64; 3]) =
            (total(|sums, head| sums.right[head] as f64), total(|sums, head| sums.counted[head] as f64));
        let accuracy = [0, 1, 2].map(|head| right[head] / counted[head].max(1.0));
        Scores::new(name, songs, total(|sums, head| sums.nats[head]), Some(accuracy))
    };
    let all: Vec<&Song> = songs.iter().collect();
    let each = songs.iter().zip(&sums).map(|(song, sums)| score(&song.name, &[song], &[*sums]));
    Ok(std::iter::once(score("model", &all, &sums)).chain(each).collect())
}

fn largest(logits: &[f32]) -> usize {
    (1..logits.len()).fold(0, |best, at| if logits[at] > logits[best] { at } else { best })
}

/// What a model must beat on the same tokens: every class equally likely, counts of classes, counts of classes after the
/// three tokens before them, and the last with every piece counted in twelve keys.
///
/// The counts are those of `training`.
pub fn baselines(training: &[Song], songs: &[Song]) -> Vec<Scores> {
    let all: Vec<&Song> = songs.iter().collect();
    let pieces = Piece::from_songs(songs);
    let notes: usize = songs.iter().map(|song| song.notes.len()).sum();
    let counts = [notes + songs.len(), notes, notes];
    let uniform = [0, 1, 2].map(|head| counts[head] as f64 * (OUTPUT_VOCAB_SIZES[head] as f64).ln());
    let training = Piece::from_songs(training);
    let in_keys = |keys: RangeInclusive<i32>| -> Vec<Vec<Token>> {
        training.iter().flat_map(|piece| keys.clone().filter_map(|shift| piece.transposed(shift))).collect()
    };
    let counted = |order: usize, keys: RangeInclusive<i32>| {
        let model = NGram::new(order, &in_keys(keys));
        pieces
            .iter()
            .map(|piece| model.nats(piece.tokens()))
            .fold([0.0; 3], |sum, nats| [0, 1, 2].map(|head| sum[head] + nats[head]))
    };
    vec![
        Scores::new("uniform", &all, uniform, None),
        Scores::new("unigram", &all, counted(1, 0..=0), None),
        Scores::new("4-gram", &all, counted(4, 0..=0), None),
        Scores::new("4-gram of 12 keys", &all, counted(4, -6..=5), None),
    ]
}
