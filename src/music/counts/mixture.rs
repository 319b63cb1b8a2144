//! The mixture: chains of counts, the copy of the longest match, and weights that choose among them.

use super::contexts::{BLENDS, Contexts};
use super::mixer::{Mixer, Rows};
use super::table::{Distribution, Table};
use super::timed::Timed;
use crate::music::events::{END, Field, Token};
use crate::music::repeats::{Run, Runs};

/// How much the weights move with each symbol.
const LEARNING_RATE: f64 = 0.004;
/// Lengths in intervals from which a match counts as longer.
const LENGTHS: [u32; 7] = [1, 2, 4, 6, 10, 16, 30];
/// Classes of length, whether a match is longer than its distance, and how its event agreed so far.
const BUCKETS: usize = 8 * 2 * 8;

/// What is learned from piece to piece: the weights, and how often copies were right.
#[derive(Clone)]
pub(super) struct Mixture {
    /// Whether a piece's own counts and the copy take part.
    adaptive: bool,
    mixers: [Mixer; 3],
    /// For each part and bucket, copies that were right and all copies, with a prior of one in two.
    copies: [[[f64; 2]; BUCKETS]; 3],
}

/// The event that would follow if the piece went on as it did at its longest match.
#[derive(Clone, Copy)]
struct Copy {
    event: [u32; 3],
    run: Run,
}

impl Copy {
    /// Of the event at `at`, when the latest intervals match as `run` says.
    fn new(tokens: &[Token], at: usize, run: Run) -> Option<Self> {
        (run.length > 0).then(|| {
            let source = at - run.distance;
            let [offset, pitch, duration, ..] = tokens[source];
            let pitch = i64::from(pitch) + i64::from(tokens[at - 1][1]) - i64::from(tokens[source - 1][1]);
            Self { event: [offset, pitch.clamp(0, 127) as u32, duration], run }
        })
    }

    /// The bucket for a part of the event whose earlier parts are `known`.
    fn bucket(&self, known: &[u32]) -> usize {
        let length = LENGTHS.iter().filter(|&&length| self.run.length >= length).count();
        let longer = usize::from(self.run.length as usize > self.run.distance);
        let agrees = |part: usize| known[part] == self.event[part];
        let agreed = match known.len() {
            0 => 0,
            1 => 1 + usize::from(!agrees(0)),
            _ => 3 * (1 + usize::from(!agrees(0))) + usize::from(agrees(1)),
        };
        length + 8 * longer + 16 * agreed
    }
}

impl Mixture {
    /// Equal weights: of all there is, or of the training counts alone.
    pub(super) fn new(adaptive: bool) -> Self {
        let mixer = |blends: usize| if adaptive { Mixer::new(2 * blends + 1, BUCKETS) } else { Mixer::new(blends, 1) };
        Self { adaptive, mixers: BLENDS.map(mixer), copies: [[[1.0, 2.0]; BUCKETS]; 3] }
    }

    /// What each event of a piece costs, and END last, in nats. The mixture learns from it.
    pub(super) fn score(&mut self, training: &Table, tokens: &[Token]) -> Vec<[f64; 3]> {
        self.score_by(training, tokens, |_, _, target, logarithms| -logarithms[target as usize])
    }

    /// The same, where `cost` says what a part of an event costs: by the indices of event and part, the class that
    /// came, and the logarithms of the probabilities that the mixture gave to all classes.
    pub(super) fn score_by(
        &mut self,
        training: &Table,
        tokens: &[Token],
        mut cost: impl FnMut(usize, usize, u32, &[f64]) -> f64,
    ) -> Vec<[f64; 3]> {
        let mut scoring = Scoring {
            mixture: self,
            training,
            own: Table::default(),
            piece: Timed::new(tokens),
            contexts: Contexts::default(),
            rows: Rows::default(),
            distributions: Field::CORE_CLASSES.map(Distribution::uniform),
        };
        let mut intervals = Runs::new();
        let mut run = Run::default();
        let mut nats = Vec::with_capacity(tokens.len() + 1);
        for (at, event) in tokens.iter().enumerate() {
            let copy = Copy::new(tokens, at, run);
            nats.push([0, 1, 2].map(|part| cost(at, part, event[part], scoring.part(at, part, event[part], copy))));
            if at > 0 {
                run = intervals.push(i64::from(event[1]) - i64::from(tokens[at - 1][1]));
            }
        }
        let end = scoring.part(tokens.len(), 0, END, Copy::new(tokens, tokens.len(), run));
        nats.push([cost(tokens.len(), 0, END, end), 0.0, 0.0]);
        nats
    }
}

/// A piece being scored.
struct Scoring<'a> {
    mixture: &'a mut Mixture,
    training: &'a Table,
    /// Counts of the piece so far.
    own: Table,
    piece: Timed<'a>,
    contexts: Contexts,
    rows: Rows,
    /// For each part, room for the blends of a chain.
    distributions: [Distribution; 3],
}

impl Scoring<'_> {
    /// The logarithms of the probabilities of all classes of a part of an event; then counts and weights learn
    /// `target`.
    fn part(&mut self, at: usize, part: usize, target: u32, copy: Option<Copy>) -> &[f64] {
        let adaptive = self.mixture.adaptive;
        self.contexts.find(&self.piece, at, part);
        self.rows.clear(Field::CORE_CLASSES[part]);
        self.blend(part);
        let mut bucket = 0;
        if adaptive {
            match copy {
                None => self.rows.push_first(),
                Some(copy) => {
                    bucket = copy.bucket(self.piece.tokens.get(at).map_or(&[], |event| &event[..part]));
                    let copies = &mut self.mixture.copies[part][bucket];
                    self.rows.push_first_with(copy.event[part] as usize, copies[0] / copies[1]);
                    copies[0] += f64::from(u8::from(copy.event[part] == target));
                    copies[1] += 1.0;
                }
            }
            self.contexts.symbols(target).for_each(|(context, symbol)| self.own.add(context, symbol));
        }
        self.mixture.mixers[part].mix(bucket, &self.rows, target, LEARNING_RATE)
    }

    /// Adds the blends of every chain to the rows, of training counts and of the piece's own.
    fn blend(&mut self, part: usize) {
        let distribution = &mut self.distributions[part];
        let own = self.mixture.adaptive.then_some(&self.own);
        for chain in &self.contexts.chains {
            for table in std::iter::once(self.training).chain(own) {
                distribution.reset();
                for (order, &context) in self.contexts.keys(chain).iter().enumerate() {
                    table.blend(context, chain.shift, distribution);
                    if chain.taps.contains(&order) {
                        self.rows.push(&distribution.logarithms);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::events::core_token;

    fn token((offset, pitch, duration): (u32, u32, u32)) -> Token {
        core_token(offset, pitch, duration)
    }

    #[test]
    fn a_copy_is_the_event_that_followed_the_match_moved_as_the_match_was() {
        let tokens = [(0, 60, 5), (6, 62, 5), (6, 67, 11), (6, 72, 5), (6, 74, 5)].map(token);
        let copy = Copy::new(&tokens, 5, Run { length: 1, distance: 3 }).expect("a match");
        assert_eq!(copy.event, [6, 79, 11]);
        assert!(Copy::new(&tokens, 5, Run::default()).is_none());
        let high = [(0, 60, 5), (6, 62, 5), (6, 67, 11), (6, 124, 5), (6, 126, 5)].map(token);
        assert_eq!(Copy::new(&high, 5, copy.run).expect("a match").event[1], 127, "beyond the highest note");
    }

    #[test]
    fn no_two_buckets_of_a_part_are_the_same() {
        let buckets = |known: &[u32]| -> Vec<usize> {
            let runs = [(1, 5), (2, 5), (4, 5), (6, 50), (10, 50), (16, 50), (30, 50), (6, 5), (30, 5)];
            let copy = |(length, distance)| Copy { event: [1, 2, 3], run: Run { length, distance } };
            runs.map(|run| copy(run).bucket(known)).to_vec()
        };
        for known in [vec![&[][..]], vec![&[1], &[9]], vec![&[1, 2], &[1, 9], &[9, 2], &[9, 9]]] {
            let mut all: Vec<usize> = known.into_iter().flat_map(buckets).collect();
            let count = all.len();
            all.sort_unstable();
            all.dedup();
            assert!(all.len() == count && all.iter().all(|bucket| (1..BUCKETS).contains(bucket)), "{all:?}");
        }
    }

    #[test]
    fn copies_of_a_passage_that_comes_again_and_again_are_right() {
        let theme: Vec<Token> = (0..40).map(|at| core_token(6 + at % 7, 40 + at * at % 37, at % 11)).collect();
        let mut mixture = Mixture::new(true);
        mixture.score(&Table::default(), &theme.repeat(4));
        let sums = mixture.copies.map(|buckets| {
            let long = buckets.iter().enumerate().filter(|(bucket, _)| bucket % 8 >= 5).map(|(_, copies)| copies);
            long.fold([0.0; 2], |sum, [right, all]| [sum[0] + right - 1.0, sum[1] + all - 2.0])
        });
        for [right, all] in sums {
            assert!(all > 60.0 && right > 0.95 * all, "{right} of {all}");
        }
    }
}
