//! The counts: probabilities that depend on the past alone, and what they learn.

use gpu_lstm::music::counts::{Counts, unigram};
use gpu_lstm::music::events::{END, Field, Token, core_token};

/// Numbers below `below`, by a linear congruential generator.
fn draw(state: &mut u32, below: u32) -> u32 {
    *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
    (*state >> 16) % below
}

/// A walk in steps of up to four semitones, with chords.
fn piece(seed: u32, len: usize) -> Vec<Token> {
    let mut state = seed;
    let mut pitch = 50 + draw(&mut state, 20);
    let mut event = || {
        pitch = (pitch + draw(&mut state, 9)).clamp(40, 90) - 4;
        core_token([0, 6, 6, 12][draw(&mut state, 4) as usize], pitch, [5, 11][draw(&mut state, 2) as usize])
    };
    (0..len).map(|_| event()).collect()
}

fn corpus() -> Vec<Vec<Token>> {
    (0..12).map(|seed| piece(seed, 60)).collect()
}

/// Nats of each event of a piece.
type Score = fn(&Counts, &[Token]) -> Vec<[f64; 3]>;

/// All there is, and the training counts alone.
const BOTH: [Score; 2] = [Counts::score, Counts::score_by_training_alone];

fn total(nats: &[[f64; 3]]) -> f64 {
    nats.iter().flatten().sum()
}

#[test]
fn probabilities_of_all_classes_add_up_to_one_in_each_part_of_an_event() {
    let counts = Counts::train(&corpus());
    // The piece comes again from event 20 on, so that there is a match; not all of it agrees.
    let mut piece = piece(99, 20).repeat(2);
    piece[27][0] = 3;
    for score in BOTH {
        for at in [0, 1, 2, 19, 26, 27, 39] {
            for part in 0..3 {
                let probability = |class: u32| {
                    let mut piece = piece[..=at].to_vec();
                    piece[at][part] = class;
                    if class == END {
                        piece.pop();
                    }
                    (-score(&counts, &piece)[at][part]).exp()
                };
                let sum: f64 = (0..Field::CORE_CLASSES[part] as u32).map(probability).sum();
                assert!((sum - 1.0).abs() < 1e-9, "event {at}, part {part}: {sum}");
            }
        }
    }
    for nats in unigram(&corpus()) {
        let sum: f64 = nats.iter().map(|nats| (-nats).exp()).sum();
        assert!((sum - 1.0).abs() < 1e-9, "{sum}");
    }
}

#[test]
fn no_part_depends_on_itself_or_what_follows() {
    let counts = Counts::train(&corpus());
    let before = piece(99, 15).repeat(2);
    let last = before.len() - 1;
    for score in BOTH {
        let want = score(&counts, &before);
        for part in 0..3 {
            let mut other = before.clone();
            other[last][part..].iter_mut().for_each(|class| *class += 1);
            other.extend(piece(7, 10));
            let got = score(&counts, &other);
            assert_eq!(got[..last], want[..last]);
            assert_eq!(got[last][..part], want[last][..part]);
            assert_ne!(got[last][part], want[last][part], "the part itself is what is predicted");
        }
    }
}

/// Logits [events + 1, classes] of each part for a piece: `logit` by event, part and class.
fn logits(piece: &[Token], logit: impl Fn(usize, usize, usize) -> f32) -> [Vec<f32>; 3] {
    [0, 1, 2].map(|part| {
        let row = |at: usize| (0..Field::CORE_CLASSES[part]).map(move |class| (at, class));
        (0..=piece.len()).flat_map(row).map(|(at, class)| logit(at, part, class)).collect()
    })
}

/// Logits by chance; some classes are impossible.
fn by_chance(at: usize, part: usize, class: usize) -> f32 {
    let mut state = (at * 1000 + part * 300 + class) as u32;
    draw(&mut state, 100);
    if class % 7 == 6 { f32::NEG_INFINITY } else { draw(&mut state, 100) as f32 / 10.0 }
}

/// The class that comes, and END after the last event.
fn target(piece: &[Token], at: usize, part: usize) -> usize {
    piece.get(at).map_or(END, |event| event[part]) as usize
}

#[test]
fn counts_and_another_predictor_are_one_distribution() {
    let counts = Counts::train(&corpus());
    let piece = piece(99, 20).repeat(2);
    let logits = logits(&piece, by_chance);
    for at in [0, 1, 19, 26, 39] {
        for part in 0..3 {
            let probability = |class: u32| {
                let mut piece = piece[..=at].to_vec();
                piece[at][part] = class;
                if class == END {
                    piece.pop();
                }
                (-counts.score_beside(&piece, &logits)[at][part]).exp()
            };
            let sum: f64 = (0..Field::CORE_CLASSES[part] as u32).map(probability).sum();
            assert!((sum - 1.0).abs() < 1e-9, "event {at}, part {part}: {sum}");
        }
    }
}

#[test]
fn beside_another_predictor_no_part_depends_on_what_follows_or_what_was_scored_before() {
    let counts = Counts::train(&corpus());
    let before = piece(99, 15).repeat(2);
    let last = before.len() - 1;
    let want = counts.score_beside(&before, &logits(&before, by_chance));
    for part in 0..3 {
        let mut other = before.clone();
        other[last][part..].iter_mut().for_each(|class| *class += 1);
        other.extend(piece(7, 10));
        let changed = |at, of, class| by_chance(if (at, of) > (last, part) { at + 1 } else { at }, of, class);
        let got = counts.score_beside(&other, &logits(&other, changed));
        assert_eq!(got[..last], want[..last]);
        assert_eq!(got[last][..part], want[last][..part]);
        assert_ne!(got[last][part], want[last][part], "the part itself is what is predicted");
        assert_ne!(got[last + 1], want[last + 1], "what follows comes from other logits");
    }
    assert_eq!(counts.score_beside(&before, &logits(&before, by_chance)), want);
}

/// The cost of a piece by the logits alone, in nats.
fn total_of_logits(piece: &[Token], logits: &[Vec<f32>; 3]) -> f64 {
    let cost = |at: usize, part: usize| {
        let classes = Field::CORE_CLASSES[part];
        let row = &logits[part][at * classes..][..classes];
        let sum: f64 = row.iter().map(|&logit| f64::from(logit).exp()).sum();
        sum.ln() - f64::from(row[target(piece, at, part)])
    };
    (0..3).map(|part| (0..piece.len()).map(|at| cost(at, part)).sum::<f64>()).sum::<f64>() + cost(piece.len(), 0)
}

#[test]
fn the_mixture_is_never_much_worse_than_the_better_of_the_two() {
    let counts = Counts::train(&corpus());
    let new = piece(99, 1000);
    let repeated = piece(99, 40).repeat(25);
    let chance = |at, part, class| by_chance(at, part, class).max(0.0);
    for (name, piece) in [("new", new), ("repeated", repeated)] {
        let alone = total(&counts.score(&piece));
        let right = |at, part, class| if class == target(&piece, at, part) { 9.0 } else { 0.0 };
        let mostly = |at, part, class| if at % 4 == 3 { chance(at, part, class) } else { right(at, part, class) };
        for (other, logits) in [
            ("uniform", logits(&piece, |_, _, _| 0.0)),
            ("chance", logits(&piece, chance)),
            ("mostly right", logits(&piece, mostly)),
            ("right", logits(&piece, right)),
        ] {
            let theirs = total_of_logits(&piece, &logits);
            let both = total(&counts.score_beside(&piece, &logits));
            println!("{name}, {other}: counts {alone:.1}, theirs {theirs:.1}, both {both:.1}");
            let better = alone.min(theirs);
            assert!(both < better + 60.0, "{name}, {other}: {both} against {better}");
        }
    }
}

#[test]
fn a_piece_of_one_note_or_none_is_mixed_too() {
    let counts = Counts::train(&corpus());
    for len in [0, 1] {
        let piece = piece(99, len);
        let nats = counts.score_beside(&piece, &logits(&piece, by_chance));
        assert!(nats.len() == len + 1 && nats.iter().flatten().all(|nats| nats.is_finite()), "{nats:?}");
        assert_eq!(nats[len][1..], [0.0; 2]);
    }
}

#[test]
fn a_piece_that_repeats_itself_costs_little_and_its_own_counts_are_why() {
    let counts = Counts::train(&corpus());
    let theme = piece(99, 50);
    let [once, thrice] = [1, 3].map(|times| theme.repeat(times));
    let more =
        |score: fn(&Counts, &[Token]) -> Vec<[f64; 3]>| total(&score(&counts, &thrice)) / total(&score(&counts, &once));
    let [adaptive, alone] = BOTH.map(more);
    assert!(adaptive < 1.7, "{adaptive} times the cost for three times the music");
    assert!(alone > 2.5, "{alone} times the cost: the training counts know nothing of the piece");
    // In another key the intervals are the same.
    let moved: Vec<Token> =
        theme.iter().map(|&[offset, note, duration, ..]| core_token(offset, note + 7, duration)).collect();
    let in_two_keys = counts.score(&[&theme[..], &moved[..]].concat());
    assert!(total(&in_two_keys[60..]) < 0.5 * total(&in_two_keys[10..50]), "{in_two_keys:?}");
}

#[test]
fn pieces_like_those_of_the_training_cost_less() {
    let theme = piece(99, 50);
    let [without, with] = [corpus(), [corpus(), vec![theme.clone()]].concat()].map(|pieces| Counts::train(&pieces));
    for score in BOTH {
        let [without, with] = [&without, &with].map(|counts| total(&score(counts, &theme)));
        assert!(with < 0.5 * without, "{with} against {without}");
    }
}

#[test]
fn neither_the_order_of_the_training_nor_what_was_scored_before_changes_a_bit() {
    let mut reversed = corpus();
    reversed.reverse();
    let [counts, other] = [corpus(), reversed].map(|pieces| Counts::train(&pieces));
    for score in BOTH {
        let first = score(&counts, &piece(99, 40));
        score(&counts, &piece(98, 40));
        assert_eq!(first, score(&counts, &piece(99, 40)));
        assert_eq!(first, score(&other, &piece(99, 40)));
    }
}

#[test]
fn there_may_be_nothing_to_learn_from_and_nothing_to_score() {
    for pieces in [vec![], vec![vec![]], vec![piece(1, 3)], vec![piece(1, 3); 2]] {
        let counts = Counts::train(&pieces);
        for score in BOTH {
            assert_eq!(score(&counts, &[]).len(), 1);
            assert!(score(&counts, &piece(2, 5)).iter().flatten().all(|nats| nats.is_finite()));
        }
    }
}
