//! How often each symbol followed each context, and what that makes of a chain of contexts.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Counts by context. A context is the hash of all that it consists of, so contexts of any kind share a table.
#[derive(Clone, Default)]
pub(super) struct Table {
    contexts: HashMap<u64, Followers, BuildHasherDefault<Hashed>>,
    links: Vec<Link>,
}

/// What followed a context: how many symbols in all, and where the list of the different ones begins.
#[derive(Clone, Copy)]
struct Followers {
    total: u32,
    first: u32,
}

/// A symbol in the list of a context.
#[derive(Clone, Copy)]
struct Link {
    symbol: i16,
    count: u32,
    next: u32,
}

/// The end of a list.
const NONE: u32 = u32::MAX;

impl Table {
    /// Counts a symbol after a context.
    pub(super) fn add(&mut self, context: u64, symbol: i32) {
        let symbol = i16::try_from(symbol).expect("a class, or the distance of two");
        let followers = self.contexts.entry(context).or_insert(Followers { total: 0, first: NONE });
        followers.total += 1;
        let mut at = followers.first;
        while at != NONE {
            let link = &mut self.links[at as usize];
            if link.symbol == symbol {
                link.count += 1;
                return;
            }
            at = link.next;
        }
        let end = u32::try_from(self.links.len()).expect("memory ends before");
        self.links.push(Link { symbol, count: 1, next: followers.first });
        followers.first = end;
    }

    fn followers(&self, first: u32) -> impl Iterator<Item = Link> {
        let link = |at: u32| (at != NONE).then(|| self.links[at as usize]);
        std::iter::successors(link(first), move |previous| link(previous.next))
    }

    /// Blends what followed a context into `distribution`, which is that of shorter contexts (Witten and Bell, "The
    /// Zero-Frequency Problem", 1991):
    ///
    /// ```text
    /// P(w | h) = (count(h, w) + kinds(h) · P(w | shorter h)) / (count(h) + kinds(h))
    /// ```
    ///
    /// with `kinds(h)` the number of different symbols after h. A context that was never counted changes nothing. Symbols
    /// stand for classes `shift` higher; the mass of those that are none is lost.
    pub(super) fn blend(&self, context: u64, shift: i32, distribution: &mut Distribution) {
        let Some(&Followers { total, first }) = self.contexts.get(&context) else { return };
        let kinds = self.followers(first).count() as f64;
        let all = f64::from(total) + kinds;
        distribution.scale(kinds / all);
        for Link { symbol, count, .. } in self.followers(first) {
            distribution.add(i32::from(symbol) + shift, f64::from(count) / all);
        }
    }
}

/// Probabilities of classes and their logarithms, which are computed anew only where a class gains.
#[derive(Clone)]
pub(super) struct Distribution {
    probabilities: Vec<f64>,
    pub(super) logarithms: Vec<f64>,
}

impl Distribution {
    /// All of `classes` equally likely.
    pub(super) fn uniform(classes: usize) -> Self {
        let each = 1.0 / classes as f64;
        Self { probabilities: vec![each; classes], logarithms: vec![each.ln(); classes] }
    }

    /// Makes all classes equally likely again.
    pub(super) fn reset(&mut self) {
        let each = 1.0 / self.probabilities.len() as f64;
        self.probabilities.fill(each);
        self.logarithms.fill(each.ln());
    }

    fn scale(&mut self, factor: f64) {
        let logarithm = factor.ln();
        self.probabilities.iter_mut().for_each(|probability| *probability *= factor);
        self.logarithms.iter_mut().for_each(|sum| *sum += logarithm);
    }

    fn add(&mut self, class: i32, mass: f64) {
        let Some(probability) = usize::try_from(class).ok().and_then(|at| self.probabilities.get_mut(at)) else {
            return;
        };
        *probability += mass;
        self.logarithms[class as usize] = probability.ln();
    }
}

/// Takes a number that is a hash already as it is.
#[derive(Clone, Copy, Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn write(&mut self, _: &[u8]) {
        unreachable!("contexts are numbers");
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_blend_with_those_of_shorter_contexts_as_the_formula_says() {
        let mut table = Table::default();
        for (context, symbol) in [(1, 0), (1, 0), (1, 2), (2, 2)] {
            table.add(context, symbol);
        }
        let mut distribution = Distribution::uniform(4);
        for context in [1, 9, 2] {
            table.blend(context, 1, &mut distribution);
        }
        // (count + 2 · 1/4) / (3 + 2), then (count + 1 · that) / (1 + 1); symbol 0 is class 1, symbol 2 is class 3.
        let want = [0.1, 0.5, 0.1, 0.3].map(|shorter| shorter / 2.0);
        let want = [want[0], want[1], want[2], want[3] + 0.5];
        for ((got, logarithm), want) in distribution.probabilities.iter().zip(&distribution.logarithms).zip(want) {
            assert!((got - want).abs() < 1e-12 && (logarithm - want.ln()).abs() < 1e-12, "{got} is not {want}");
        }
    }

    #[test]
    fn symbols_beyond_the_classes_are_left_out() {
        let mut table = Table::default();
        [-3, 0, 3].into_iter().for_each(|symbol| table.add(1, symbol));
        let mut distribution = Distribution::uniform(3);
        table.blend(1, 0, &mut distribution);
        let sum: f64 = distribution.probabilities.iter().sum();
        assert!((sum - 4.0 / 6.0).abs() < 1e-12, "{sum}");
    }
}
