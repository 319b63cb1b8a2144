//! The exact likelihood of whole pieces, and what it must beat.

mod scores;

pub use scores::{NotesOfAKind, Scores};

use scores::Costs;

use crate::error::Result;
use crate::model::{EvaluationStep, Model};
use crate::music::counts::{Counts, unigram};
use crate::music::dataset::{EvaluationStream, IGNORE, Piece};
use crate::music::events::{END, FIELDS, Field, Token, encode, events_to_tokens};
use crate::music::key::{KeyCounts, pieces_for};
use crate::music::midi::Song;
use crate::music::repeats::repeated;

/// What a network makes of one piece.
#[derive(Clone, Default)]
struct Answers {
    /// Nats of offset, pitch and duration of each event, END last.
    nats: Vec<[f64; 3]>,
    /// Predictions of each field that were right, and nats of all events.
    right: [usize; FIELDS],
    sums: [f64; FIELDS],
}

/// Scores every song with a network: all of them together first, then each.
///
/// State is carried through a piece and dropout is off. `seq_len` and `batch_size` decide the speed alone. `keys` are those of
/// the model's file: a network that plays in one key is scored on pieces that were moved to it, and the first note of each is
/// charged with the key, so that the score is that of the pieces as they are.
pub fn evaluate(
    model: &Model,
    keys: Option<&KeyCounts>,
    songs: &[Song],
    seq_len: usize,
    batch_size: usize,
) -> Result<Vec<Scores>> {
    let (pieces, charges): (Vec<Piece>, Vec<f64>) = pieces_for(songs, keys).into_iter().unzip();
    let step = EvaluationStep::new(model, seq_len, batch_size.min(pieces.len()).max(1))?;
    let mut answers = vec![Answers::default(); pieces.len()];
    let mut stream = EvaluationStream::new(&pieces, seq_len, batch_size.min(pieces.len()).max(1));
    while let Some((batch, owners)) = stream.next_with_pieces() {
        let losses = step.run(&batch)?;
        let logits = step.logits()?;
        // A piece stays in its lane, so its rows come in the order of its events.
        for (row, owner) in owners.iter().enumerate() {
            let Some(owner) = *owner else { continue };
            let Answers { nats, right, sums } = &mut answers[owner];
            let mut of_event = [0.0; FIELDS];
            for (head, field) in model.config.fields() {
                let (at, vocab_size) = (FIELDS * row + field.index(), model.config.output_vocab_sizes[head]);
                if batch.targets[at] != IGNORE {
                    let guess = largest(&logits[head][row * vocab_size..][..vocab_size]);
                    right[field.index()] += usize::from(guess == batch.targets[at] as usize);
                    of_event[field.index()] = losses[at].into();
                    sums[field.index()] += f64::from(losses[at]);
                }
            }
            nats.push(Field::CORE.map(|field| of_event[field.index()]));
        }
    }
    for (answers, charge) in answers.iter_mut().zip(charges) {
        answers.nats[0][1] += charge;
    }
    let repeats: Vec<Vec<bool>> = pieces.iter().map(|piece| repeated(piece.tokens())).collect();
    let costs = |at: usize| Costs { song: &songs[at], repeated: &repeats[at], nats: &answers[at].nats };
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
        Scores { others, ..Scores::new(name, &pieces.clone().map(costs).collect::<Vec<_>>(), Some(accuracy)) }
    };
    let each = (0..songs.len()).map(|at| score(&songs[at].name, at..at + 1));
    Ok(std::iter::once(score("model", 0..songs.len())).chain(each).collect())
}

fn largest(logits: &[f32]) -> usize {
    (1..logits.len()).fold(0, |best, at| if logits[at] > logits[best] { at } else { best })
}

/// What a model must beat on the same tokens, from easy to hard: every class equally likely, how often each class comes in
/// `training`, the counts of `training` after all kinds of contexts, and these with the counts of the piece so far and its
/// longest match; see [`crate::music::counts`].
pub fn baselines(training: &[Song], songs: &[Song]) -> Vec<Scores> {
    let tokens = |songs: &[Song]| -> Vec<Vec<Token>> {
        songs.iter().map(|song| events_to_tokens(&encode(&song.notes))).collect()
    };
    let (training, pieces) = (tokens(training), tokens(songs));
    let repeats: Vec<Vec<bool>> = pieces.iter().map(|piece| repeated(piece)).collect();
    let score = |name: &str, nats: &dyn Fn(&[Token]) -> Vec<[f64; 3]>| {
        let nats: Vec<Vec<[f64; 3]>> = pieces.iter().map(|piece| nats(piece)).collect();
        let costs = |at: usize| Costs { song: &songs[at], repeated: &repeats[at], nats: &nats[at] };
        Scores::new(name, &(0..songs.len()).map(costs).collect::<Vec<_>>(), None)
    };
    let uniform = Field::CORE_CLASSES.map(|classes| vec![(classes as f64).ln(); classes]);
    let unigram = unigram(&training);
    let counts = Counts::train(&training);
    vec![
        score("uniform", &|piece| by_class(&uniform, piece)),
        score("unigram", &|piece| by_class(&unigram, piece)),
        score("counts", &|piece| counts.score_by_training_alone(piece)),
        score("counts, adaptive", &|piece| counts.score(piece)),
    ]
}

/// What the events of a piece cost, and END, if each class has one price.
fn by_class(nats: &[Vec<f64>; 3], piece: &[Token]) -> Vec<[f64; 3]> {
    let nats = |part: usize, class: u32| nats[part][class as usize];
    let events = piece.iter().map(|event| [0, 1, 2].map(|part| nats(part, event[part])));
    events.chain([[nats(0, END), 0.0, 0.0]]).collect()
}
