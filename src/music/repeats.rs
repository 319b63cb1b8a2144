//! Passages that a piece plays again, in the same key or another.
//!
//! A passage is sought at every distance up to [`MAX_DISTANCE`] events, so the work grows with the length of a piece times
//! that window, not with the square of the length.

use crate::music::events::Token;

/// Events from a passage to its repeat, at most.
pub const MAX_DISTANCE: usize = 4094;

/// Steps from which a passage counts as a repeat: fewer come again by chance.
pub const REPEAT_STEPS: u32 = 8;

/// For each distance, how many of the latest steps are equal to those that many steps before them, without a gap.
#[derive(Clone, Debug)]
pub struct Runs<S> {
    steps: Vec<S>,
    /// At index d - 1 the run at distance d.
    lengths: Vec<u32>,
}

/// The longest run of equal steps that ends with the latest step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// Steps; 0 where the latest step is new.
    pub length: u32,
    /// How many steps ago the equal ones are, the least where several runs are as long; 0 where there is none.
    pub distance: usize,
}

impl<S: PartialEq> Runs<S> {
    /// No steps yet.
    pub fn new() -> Self {
        Self { steps: Vec::new(), lengths: Vec::new() }
    }

    /// Adds a step and returns the longest run that ends with it.
    pub fn push(&mut self, step: S) -> Run {
        let mut longest = Run::default();
        for (at, (length, earlier)) in self.lengths.iter_mut().zip(self.steps.iter().rev()).enumerate() {
            *length = if *earlier == step { *length + 1 } else { 0 };
            if *length > longest.length {
                longest = Run { length: *length, distance: at + 1 };
            }
        }
        self.steps.push(step);
        if self.lengths.len() < MAX_DISTANCE {
            self.lengths.push(0);
        }
        longest
    }
}

impl<S: PartialEq> Default for Runs<S> {
    fn default() -> Self {
        Self::new()
    }
}

/// For each event of a piece, whether it continues a repeat: its step and the seven before it, at least, are equal to eight
/// steps that lie one distance before them.
///
/// A step is the interval from the event before, the offset and the duration, so a repeat may be transposed. The first event
/// has no step.
pub fn repeated(piece: &[Token]) -> Vec<bool> {
    let mut runs = Runs::new();
    let steps = piece.windows(2).map(|pair| (pair[1][1] as i32 - pair[0][1] as i32, pair[1][0], pair[1][2]));
    let later = steps.map(|step| runs.push(step).length >= REPEAT_STEPS);
    std::iter::once(false).chain(later).take(piece.len()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::events::core_token;

    /// By the definition, event by event and distance by distance.
    fn by_force(piece: &[Token]) -> Vec<bool> {
        let step = |at: usize| (piece[at][1] as i32 - piece[at - 1][1] as i32, piece[at][0], piece[at][2]);
        let continues = |at: usize, distance: usize| {
            (0..REPEAT_STEPS as usize).all(|back| at > back + distance && step(at - back) == step(at - back - distance))
        };
        (0..piece.len()).map(|at| (1..=MAX_DISTANCE).any(|distance| continues(at, distance))).collect()
    }

    /// Events that come again by chance in passages of some steps, drawn by a linear congruential generator.
    fn piece(seed: u32, len: usize, kinds: u32) -> Vec<Token> {
        let mut state = seed;
        let mut draw = |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) % below
        };
        (0..len).map(|_| core_token(6 + draw(kinds), 60 + draw(2), 5 - draw(kinds))).collect()
    }

    #[test]
    fn the_finder_agrees_with_the_definition() {
        let mut both = [false; 2];
        for seed in 0..40 {
            let piece = piece(seed, seed as usize * 5, 1 + seed % 2);
            let found = repeated(&piece);
            assert_eq!(found, by_force(&piece), "seed {seed}");
            found.iter().for_each(|&repeat| both[usize::from(repeat)] = true);
        }
        assert_eq!(both, [true; 2], "the pieces have repeats and other events");
    }

    #[test]
    fn a_transposed_passage_is_a_repeat_from_its_eighth_step_on() {
        let theme: Vec<Token> = piece(3, 20, 3);
        let moved = theme.iter().map(|&[offset, pitch, duration, ..]| core_token(offset, pitch + 5, duration));
        let piece: Vec<Token> = theme.iter().copied().chain(moved).collect();
        let found = repeated(&piece);
        // The first note of the second passage has another interval; eight steps later the repeat counts.
        let want: Vec<bool> = (0..40).map(|at| at >= 20 + 1 + 7).collect();
        assert_eq!(found, want);
    }

    #[test]
    fn a_passage_counts_up_to_the_greatest_distance() {
        for (between, expected) in [(MAX_DISTANCE - 20, true), (MAX_DISTANCE - 19, false)] {
            let theme: Vec<Token> = (0..20).map(|at| core_token(at, 60, at)).collect();
            let filler = (0..between).map(|at| core_token(20 + at as u32 % 90, 40 + (at / 90) as u32, 100));
            let piece: Vec<Token> = theme.iter().copied().chain(filler).chain(theme.iter().copied()).collect();
            assert_eq!(repeated(&piece).last(), Some(&expected));
        }
    }

    #[test]
    fn of_equally_long_runs_the_latest_is_found() {
        let mut runs = Runs::new();
        let found: Vec<Run> = [1, 2, 3, 2, 1, 2].map(|step| runs.push(step)).to_vec();
        assert_eq!(found[3], Run { length: 1, distance: 2 });
        assert_eq!(found[5], Run { length: 2, distance: 4 });
        assert_eq!(found[2], Run::default());
    }
}
