//! The exact likelihood of whole pieces, and what it must beat.

mod beside;
mod scores;

pub use scores::{NotesOfAKind, Scores};

use beside::LogitsOfPiece;
use scores::Costs;

use crate::error::Result;
use crate::model::{EvaluationStep, Model};
use crate::music::counts::{Counts, unigram};
use crate::music::dataset::{EvaluationStream, IGNORE, Piece};
use crate::music::events::{END, FIELDS, Field, Token, encode, events_to_tokens, with_fields};
use crate::music::key::{KeyCounts, pieces_for};
use crate::music::midi::Song;
use crate::music::repeats::repeated;

/// The costs of one piece by a network.
#[derive(Clone, Default)]
struct Answers {
    /// Nats of offset, pitch and duration of each event, END last.
    nats: Vec<[f64; 3]>,
    /// The same nats by the network mixed with counts; none where no counts are given.
    with_counts: Vec<[f64; 3]>,
    /// Predictions of each field that were right, and nats of all events.
    right: [usize; FIELDS],
    sums: [f64; FIELDS],
}

/// Scores every song with a network: all of them together first, then, where there are `counts`, the same by the
/// network mixed with these, then each song.
///
/// A network without instruments is scored on songs that are played by one. State is carried through a piece and dropout is off. `seq_len` and `batch_size` decide the speed alone. `keys` are
/// those of the model's file: a network that plays in one key is scored on pieces that were moved to it, and the first
/// note of each is charged with the key, so that the score is that of the pieces as they are. The mixture is charged
/// alike; `counts` are those of songs in their own keys.
pub fn evaluate(
    model: &Model,
    keys: Option<&KeyCounts>,
    songs: &[Song],
    counts: Option<&Counts>,
    seq_len: usize,
    batch_size: usize,
) -> Result<Vec<Scores>> {
    let songs = &with_fields(songs.to_vec(), &model.config.fields);
    let (pieces, charges): (Vec<Piece>, Vec<f64>) = pieces_for(songs, keys).into_iter().unzip();
    let step = EvaluationStep::new(model, seq_len, batch_size.min(pieces.len()).max(1))?;
    let mut answers = vec![Answers::default(); pieces.len()];
    let mut of_pieces = vec![LogitsOfPiece::default(); pieces.len()];
    let head_of = |field| model.config.fields().find(|(_, other)| *other == field).map_or(0, |(head, _)| head);
    let core_heads = Field::CORE.map(head_of);
    let mut stream = EvaluationStream::new(&pieces, seq_len, batch_size.min(pieces.len()).max(1));
    while let Some((batch, owners)) = stream.next_with_pieces() {
        let losses = step.run(&batch)?;
        let logits = step.logits()?;
        // A piece stays in its lane, so its rows come in the order of its events.
        for (row, owner) in owners.iter().enumerate() {
            let Some(owner) = *owner else { continue };
            let Answers { nats, with_counts, right, sums } = &mut answers[owner];
            let of_row = |head: usize| {
                let vocab_size = model.config.output_vocab_sizes[head];
                &logits[head][row * vocab_size..][..vocab_size]
            };
            let mut of_event = [0.0; FIELDS];
            for (head, field) in model.config.fields() {
                let at = FIELDS * row + field.index();
                if batch.targets[at] != IGNORE {
                    right[field.index()] += usize::from(largest(of_row(head)) == batch.targets[at] as usize);
                    of_event[field.index()] = losses[at].into();
                    sums[field.index()] += f64::from(losses[at]);
                }
            }
            nats.push(Field::CORE.map(|field| of_event[field.index()]));
            if let Some(counts) = counts {
                of_pieces[owner].push(core_heads.map(of_row));
                if nats.len() == pieces[owner].rows() {
                    *with_counts = std::mem::take(&mut of_pieces[owner]).score(counts, &songs[owner], &pieces[owner]);
                }
            }
        }
    }
    for (answers, charge) in answers.iter_mut().zip(charges) {
        answers.nats[0][1] += charge;
        if let Some(first) = answers.with_counts.first_mut() {
            first[1] += charge;
        }
    }
    let repeats: Vec<Vec<bool>> = pieces.iter().map(|piece| repeated(piece.tokens())).collect();
    let costs = |at: usize, nats| Costs { song: &songs[at], repeated: &repeats[at], nats };
    let score = |name: &str, pieces: std::ops::Range<usize>| {
        let notes: usize = songs[pieces.clone()].iter().map(|song| song.notes.len()).sum();
        let counted = [notes + pieces.len(), notes, notes];
        let right = |head: usize| answers[pieces.clone()].iter().map(|answers| answers.right[head]).sum::<usize>();
        let accuracy = [0, 1, 2].map(|head| right(head) as f64 / counted[head].max(1) as f64);
        let per_note = |&(_, field): &(usize, Field)| {
            let sum: f64 = answers[pieces.clone()].iter().map(|answers| answers.sums[field.index()]).sum();
            (field.name().to_owned(), sum / notes.max(1) as f64)
        };
        let others = model.config.fields().filter(|(_, field)| !Field::CORE.contains(field));
        let others = others.map(|field| per_note(&field)).collect();
        let costs = pieces.clone().map(|at| costs(at, &answers[at].nats)).collect::<Vec<_>>();
        Scores { others, ..Scores::new(name, &costs, Some(accuracy)) }
    };
    let with_counts = counts.map(|_| {
        let costs = (0..songs.len()).map(|at| costs(at, &answers[at].with_counts));
        Scores::new("model with counts", &costs.collect::<Vec<_>>(), None)
    });
    let each = (0..songs.len()).map(|at| score(&songs[at].name, at..at + 1));
    Ok(std::iter::once(score("model", 0..songs.len())).chain(with_counts).chain(each).collect())
}

fn largest(logits: &[f32]) -> usize {
    (1..logits.len()).fold(0, |best, at| if logits[at] > logits[best] { at } else { best })
}

/// What a model must beat, fitted to some songs.
pub struct Baselines {
    unigram: [Vec<f64>; 3],
    /// Those of the songs in their own keys.
    pub counts: Counts,
}

impl Baselines {
    /// Counts what comes how often and what follows what.
    pub fn train(songs: &[Song]) -> Self {
        let pieces: Vec<Vec<Token>> = songs.iter().map(tokens).collect();
        Self { unigram: unigram(&pieces), counts: Counts::train(&pieces) }
    }

    /// Scores songs on the same tokens as a network, from easy to hard: every class equally likely, how often each
    /// class comes, the counts after all kinds of contexts, and these with the counts of the piece so far and its
    /// longest match; see [`crate::music::counts`].
    pub fn score(&self, songs: &[Song]) -> Vec<Scores> {
        let pieces: Vec<Vec<Token>> = songs.iter().map(tokens).collect();
        let repeats: Vec<Vec<bool>> = pieces.iter().map(|piece| repeated(piece)).collect();
        let score = |name: &str, nats: &dyn Fn(&[Token]) -> Vec<[f64; 3]>| {
            let nats: Vec<Vec<[f64; 3]>> = pieces.iter().map(|piece| nats(piece)).collect();
            let costs = |at: usize| Costs { song: &songs[at], repeated: &repeats[at], nats: &nats[at] };
            Scores::new(name, &(0..songs.len()).map(costs).collect::<Vec<_>>(), None)
        };
        let uniform = Field::CORE_CLASSES.map(|classes| vec![(classes as f64).ln(); classes]);
        vec![
            score("uniform", &|piece| by_class(&uniform, piece)),
            score("unigram", &|piece| by_class(&self.unigram, piece)),
            score("counts", &|piece| self.counts.score_by_training_alone(piece)),
            score("counts, adaptive", &|piece| self.counts.score(piece)),
        ]
    }
}

fn tokens(song: &Song) -> Vec<Token> {
    events_to_tokens(&encode(&song.notes))
}

/// What the events of a piece cost, and END, if each class has one price.
fn by_class(nats: &[Vec<f64>; 3], piece: &[Token]) -> Vec<[f64; 3]> {
    let nats = |part: usize, class: u32| nats[part][class as usize];
    let events = piece.iter().map(|event| [0, 1, 2].map(|part| nats(part, event[part])));
    events.chain([[nats(0, END), 0.0, 0.0]]).collect()
}
