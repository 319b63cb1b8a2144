//! Plain counts, not mixed: of the classes alone, and of what follows an event as it is.

use super::contexts::Contexts;
use super::table::{Distribution, Table};
use super::timed::Timed;
use crate::music::events::{END, Field, Token};

/// How often each class comes in `pieces`, whatever is before it: what each class of the three parts costs, in nats. Blended
/// with all classes equally likely.
pub fn unigram(pieces: &[impl AsRef<[Token]>]) -> [Vec<f64>; 3] {
    let mut table = Table::default();
    for piece in pieces {
        for event in piece.as_ref() {
            Field::CORE.iter().for_each(|field| table.add(field.index() as u64, event[field.index()] as i32));
        }
        table.add(0, END as i32);
    }
    [0, 1, 2].map(|part| {
        let mut distribution = Distribution::uniform(Field::CORE_CLASSES[part]);
        table.blend(part as u64, 0, &mut distribution);
        distribution.logarithms.iter().map(|logarithm| -logarithm).collect()
    })
}

/// What the notes of `held_out` cost on average, END included, by counts of `training` after the earlier parts of an event
/// and after the event before, as it is.
///
/// Made to compare `training` as it is with the same music in other keys: unlike [`Counts`](super::Counts), which count the
/// intervals of a piece in every key, these counts hold for the keys of `training` alone, as a network does that learned from no other.
pub fn nats_per_note(training: &[Vec<Token>], held_out: &[Vec<Token>]) -> f64 {
    let mut table = Table::default();
    let mut contexts = Contexts::default();
    for piece in training {
        Timed::new(piece).each_part(|piece, at, part, class| {
            contexts.find_last_event(piece, at, part);
            contexts.symbols(class).for_each(|(context, symbol)| table.add(context, symbol));
        });
    }
    let mut distributions = Field::CORE_CLASSES.map(Distribution::uniform);
    let mut nats = 0.0;
    for piece in held_out {
        Timed::new(piece).each_part(|piece, at, part, class| {
            let distribution = &mut distributions[part];
            distribution.reset();
            contexts.find_last_event(piece, at, part);
            contexts.symbols(class).for_each(|(context, _)| table.blend(context, 0, distribution));
            nats -= distribution.logarithms[class as usize];
        });
    }
    nats / held_out.iter().map(Vec::len).sum::<usize>().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::events::core_token;

    /// Five notes in a round; each is followed by the next or the one after it, as a linear congruential generator says.
    fn piece(seed: u32, shift: u32) -> Vec<Token> {
        let (mut state, mut place) = (seed, 0);
        let mut step = || {
            state = u32::wrapping_add(1_013_904_223, u32::wrapping_mul(state, 1_664_525));
            place = (place + 1 + (state >> 16) % 2) % 5;
            core_token(6, 50 + shift + [0, 4, 7, 5, 2][place as usize], 5)
        };
        (0..200).map(|_| step()).collect()
    }

    #[test]
    fn a_pattern_is_known_in_the_keys_that_were_counted() {
        let training = vec![piece(0, 0), piece(1, 0)];
        let [same, moved] = [0, 1].map(|shift| nats_per_note(&training, &[piece(2, shift)]));
        assert!(same < 1.3 * 2_f64.ln() && moved > 3.0 * same, "{same} and {moved}");
        let in_both: Vec<Vec<Token>> = [0, 1].iter().flat_map(|&shift| [piece(0, shift), piece(1, shift)]).collect();
        assert!(nats_per_note(&in_both, &[piece(2, 1)]) < 0.5 * moved);
    }

    #[test]
    fn the_unigram_blends_counts_with_all_classes() {
        let [offsets, notes, _] = unigram(&[piece(0, 0)]);
        // 200 offsets of one kind and an END; the share of two kinds goes to all.
        let probability = |count: f64| (count + 2.0 / 130.0) / 203.0;
        for (class, count) in [(6, 200.0), (END as usize, 1.0), (7, 0.0)] {
            assert!((offsets[class] + f64::ln(probability(count))).abs() < 1e-12);
        }
        assert!(notes[54] < notes[51]);
    }

    #[test]
    fn nothing_costs_nothing_and_nothing_known_costs_as_much_as_chance() {
        assert_eq!(nats_per_note(&[], &[]), 0.0);
        let chance = 130_f64.ln() + 2.0 * 128_f64.ln() + 130_f64.ln() / 200.0;
        assert!((nats_per_note(&[], &[piece(0, 0)]) - chance).abs() < 1e-9);
    }
}
