//! Figures in lines and columns: those of the pieces, and those of songs beside them.

use std::fmt;

use serde::Serialize;

use super::songs::SHORTEST_COPY;
use super::steps::{distinct_share, repeated_share};
use super::{Report, Songs};
use crate::music::discriminate::Comparison;
use crate::music::piano_roll::{note_name, pitch_class_name};

/// Pieces of fewer notes have no figure for their last quarter: it would be too short to repeat anything.
const LONG: f64 = 400.0;

const LABEL_WIDTH: usize = 23;

/// One figure of a report: its name, its value, and how that is written.
type Row = (&'static str, fn(&Report) -> f64, fn(f64) -> String);

const DISTINCT: &str = "distinct 4-grams";
const DISTINCT_AT_END: &str = "... in the last quarter";
const REPEATS: &str = "in repeats of 8 steps";
const ENDING: &str = "last chord on the tonic";
const COPY: &str = "longest copy, notes";

const ROWS: [Row; 11] = [
    ("notes", |report| report.notes as f64, whole),
    ("beats", |report| report.beats, |beats| format!("{beats:.1}")),
    ("pitches", |report| report.pitches as f64, whole),
    ("most frequent pitch", |report| report.most_frequent_pitch, percent),
    ("durations", |report| report.durations as f64, whole),
    ("notes at once", |report| report.polyphony, |notes| format!("{notes:.2}")),
    ("in one key", |report| report.key.1, percent),
    (DISTINCT, |report| report.distinct_4_grams, percent),
    (DISTINCT_AT_END, |report| report.distinct_at_end, percent),
    (REPEATS, |report| report.in_repeats, percent),
    (COPY, |report| report.longest_shared.as_ref().map_or(0.0, |(notes, _)| *notes as f64), copy),
];

fn whole(value: f64) -> String {
    format!("{value:.0}")
}

fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

fn copy(notes: f64) -> String {
    if notes < SHORTEST_COPY as f64 { "none".into() } else { whole(notes) }
}

/// Figures of one or more pieces, and of songs where there are some.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Table {
    /// Name, figure of the pieces, figure of the songs.
    lines: Vec<[String; 3]>,
    below: Vec<[String; 2]>,
}

impl Table {
    /// The figures of pieces, each by itself where it is one, else their median and range; beside them those of the
    /// songs, which are cut to as many notes.
    ///
    /// # Panics
    /// If there is no piece.
    pub fn new(pieces: &[Report], songs: Option<&Songs>) -> Self {
        let notes = median(pieces.iter().map(|piece| piece.notes as f64).collect());
        let of_songs = songs.map(|songs| songs.reports(notes as usize)).unwrap_or_default();
        let mut lines = Vec::new();
        if let Some(songs) = songs {
            let first = match pieces.len() {
                1 => "this piece".into(),
                several => format!("{several} pieces: median (lowest to highest)"),
            };
            let measured = match of_songs.len() {
                all if all == songs.len() => format!("{all} songs"),
                some => format!("{some} of {} songs", songs.len()),
            };
            lines.push([
                String::new(),
                first,
                format!("{measured}, up to {notes:.0} notes: median (lowest to highest)"),
            ]);
        }
        for (name, value, text) in ROWS {
            let shown = match name {
                COPY => songs.is_some(),
                DISTINCT_AT_END => notes >= LONG,
                _ => true,
            };
            if shown {
                let of_songs = match (name, songs) {
                    (DISTINCT, Some(songs)) => songs.of_passages(notes as usize, distinct_share),
                    (DISTINCT_AT_END, Some(songs)) => songs.of_passages(notes as usize / 4, distinct_share),
                    (REPEATS, Some(songs)) => songs.of_passages(notes as usize, repeated_share),
                    _ => of_songs.iter().map(value).collect(),
                };
                let of_pieces = match pieces {
                    [piece] => text(value(piece)) + &detail(name, piece),
                    _ => spread(pieces.iter().map(value).collect(), text),
                };
                lines.push([name.into(), of_pieces, spread(of_songs, text)]);
            }
        }
        let ended: Vec<bool> = pieces.iter().filter_map(|piece| piece.ends_on_tonic).collect();
        if !ended.is_empty() {
            let share = |(on_tonic, all): (usize, usize)| format!("{on_tonic} of {all}");
            let of_pieces = share((ended.iter().filter(|&&on_tonic| on_tonic).count(), ended.len()));
            lines.push([ENDING.into(), of_pieces, songs.map(|songs| share(songs.endings())).unwrap_or_default()]);
        }
        let mut below = Vec::new();
        if let [Report { longest_shared: Some((_, name)), .. }] = pieces {
            below.push(["copied from".into(), name.clone()]);
        }
        let share =
            |class: usize| pieces.iter().map(|piece| piece.pitch_classes[class]).sum::<f64>() / pieces.len() as f64;
        let classes: Vec<String> =
            (0..12).map(|class| format!("{} {:.0}", pitch_class_name(class), 100.0 * share(class))).collect();
        below.push(["pitch classes, %".into(), classes.join("  ")]);
        Self { lines, below }
    }

    /// Adds how well the pieces can be told apart from the songs, and by what.
    pub fn with_comparison(mut self, comparison: &Comparison) -> Self {
        self.below.push(["told apart".into(), comparison.verdict()]);
        self.below.extend(comparison.telltales().into_iter().map(|telltale| ["... by".into(), telltale]));
        self
    }
}

/// What else there is to say of one piece's figure.
fn detail(name: &str, piece: &Report) -> String {
    match name {
        "pitches" => format!(", {} to {}", note_name(piece.range.0), note_name(piece.range.1)),
        "in one key" => format!(", {}", piece.key.0),
        _ => String::new(),
    }
}

/// Median, lowest and highest; nothing where there are no values.
fn spread(values: Vec<f64>, text: fn(f64) -> String) -> String {
    let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if values.is_empty() {
        return String::new();
    }
    format!("{} ({} to {})", text(median(values)), text(lowest), text(highest))
}

/// The middle value, the upper one where there are two.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.lines.iter().map(|line| line[1].chars().count()).max().unwrap_or(0) + 3;
        let mut text = String::new();
        for [name, pieces, songs] in &self.lines {
            let line = format!("  {name:<LABEL_WIDTH$}  {pieces:<width$}{songs}");
            text += line.trim_end();
            text.push('\n');
        }
        for [name, value] in &self.below {
            text += &format!("  {name:<LABEL_WIDTH$}  {value}\n");
        }
        f.write_str(text.trim_end())
    }
}
