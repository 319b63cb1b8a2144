//! A comparison in lines and columns.

use std::fmt;

use super::{Comparison, EXCERPT_NOTES, FeatureComparison, Side, Spread};

/// Features that the short form names.
const NAMED: usize = 3;

const LABEL_WIDTH: usize = 31;

impl Comparison {
    /// The number with what it is to be compared with, in one line.
    pub fn verdict(&self) -> String {
        let lowest = self.human_halves.iter().copied().fold(f64::INFINITY, f64::min);
        let highest = self.human_halves.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let halves = match self.human_halves.is_empty() {
            true => String::new(),
            false => format!("; halves of the human pieces: {:.0} to {:.0} %", 100.0 * lowest, 100.0 * highest),
        };
        format!("{:.0} % of the excerpts (50 % is chance{halves})", 100.0 * self.told_apart)
    }

    /// The features that separate most, with the medians of both sides: a line for each.
    pub fn telltales(&self) -> Vec<String> {
        let line = |feature: &FeatureComparison| {
            let [generated, human] = [feature.generated, feature.human].map(|side| feature.unit.text(side.median));
            format!("{}: {generated}, human {human}", feature.name)
        };
        self.features.iter().take(NAMED).map(line).collect()
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |name: &str, side: Side| format!("{} from {} {name} pieces", side.excerpts, side.pieces);
        let (generated, human) = (side("generated", self.generated), side("human", self.human));
        writeln!(f, "excerpts of {EXCERPT_NOTES} notes: {generated}, {human}")?;
        writeln!(f, "told apart: {}", self.verdict())?;
        let spread = |feature: &FeatureComparison, side: Spread| {
            let [low, median, high] = [side.low, side.median, side.high].map(|value| feature.unit.text(value));
            format!("{median} ({low} to {high})")
        };
        let mut lines =
            vec![["", "generated: median (decile 1 to 9)", "human: median (decile 1 to 9)", "alone"].map(String::from)];
        lines.extend(self.features.iter().map(|feature| {
            let [generated, human] = [feature.generated, feature.human].map(|side| spread(feature, side));
            [feature.name.into(), generated, human, format!("{:.0} %", 100.0 * feature.alone())]
        }));
        let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0) + 3;
        let (left, right) = (width(1), width(2));
        for [name, generated, human, alone] in &lines {
            write!(f, "\n  {name:<LABEL_WIDTH$}  {generated:<left$}{human:<right$}{alone:>5}")?;
        }
        Ok(())
    }
}
