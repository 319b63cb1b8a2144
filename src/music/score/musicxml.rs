//! A score as MusicXML 3.1, which notation programs read.

use maud::{Markup, PreEscaped, html};

use super::bars::{Bar, Head, Symbol};
use super::metre::VALUES;
use super::{Score, ScorePart};
use crate::music::midi::TICKS_PER_BEAT;
use crate::paths::printable;

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>
<!DOCTYPE score-partwise PUBLIC \"-//Recordare//DTD MusicXML 3.1 Partwise//EN\" \
\"http://www.musicxml.org/dtds/partwise.dtd\">
";

/// Voices are numbered through the staves, four to each, as notation programs do.
const VOICES_PER_STAFF: usize = 4;

impl Score {
    /// The score as a MusicXML document. The same score gives the same bytes.
    pub fn to_musicxml(&self) -> String {
        let markup = html! {
            score-partwise version="3.1" {
                @if !self.title.is_empty() {
                    (line()) work { work-title { (printable(&self.title)) } }
                }
                (line()) identification { encoding { software { "gpu-lstm " (env!("CARGO_PKG_VERSION")) } } }
                (line()) part-list { @for (number, part) in (1..).zip(&self.parts) { (introduce(number, part)) } }
                @for (number, part) in (1..).zip(&self.parts) {
                    (line()) part id={ "P" (number) } { (self.measures(number, part)) }
                }
                (line())
            }
        };
        format!("{HEAD}{}\n", markup.into_string())
    }

    fn measures(&self, number: usize, part: &ScorePart) -> Markup {
        let bars = part.staves.first().map_or(0, |staff| staff.bars.len());
        html! {
            @for bar in 0..bars {
                @let is_upbeat = bar == 0 && self.lead > 0;
                @let bar_number = if self.lead > 0 { bar } else { bar + 1 };
                (line()) measure number=(bar_number) implicit=[is_upbeat.then_some("yes")] {
                    @if bar == 0 { (self.attributes(part)) }
                    @if bar == 0 && number == 1 { (self.tempo_mark()) }
                    (self.voices(part, bar))
                    @if bar + 1 == bars {
                        (line()) barline location="right" { bar-style { "light-heavy" } }
                    }
                }
            }
        }
    }

    fn attributes(&self, part: &ScorePart) -> Markup {
        html! {
            (line()) attributes {
                divisions { (TICKS_PER_BEAT) }
                key { fifths { (self.sharps) } mode { @if self.is_minor { "minor" } @else { "major" } } }
                time { beats { (self.metre.beats) } beat-type { (self.metre.unit) } }
                @if part.staves.len() > 1 { staves { (part.staves.len()) } }
                @for (number, staff) in (1..).zip(&part.staves) {
                    clef number=(number) {
                        @if staff.is_bass { sign { "F" } line { "4" } } @else { sign { "G" } line { "2" } }
                    }
                }
            }
        }
    }

    fn tempo_mark(&self) -> Markup {
        let Some(tempo) = self.tempo else { return html! {} };
        // At most two decimals: the files of other programs have tempos such as 119.99976.
        let tempo = (tempo * 100.0).round() / 100.0;
        html! {
            (line()) direction placement="above" {
                direction-type { metronome { beat-unit { "quarter" } per-minute { (tempo) } } }
                @if self.parts.first().is_some_and(|part| part.staves.len() > 1) { staff { "1" } }
                sound tempo=(tempo) {}
            }
        }
    }

    /// All voices of a bar, each from its beginning.
    fn voices(&self, part: &ScorePart, bar: usize) -> Markup {
        let length = self.metre.bar_ticks() - if bar == 0 { self.lead } else { 0 };
        let staves = (0..).zip(&part.staves);
        let voices = staves.flat_map(|(staff, content)| {
            let Bar { voices } = &content.bars[bar];
            (0..).zip(voices).filter(|(_, voice)| !voice.is_empty()).map(move |(number, voice)| (staff, number, voice))
        });
        html! {
            @for (index, (staff, number, symbols)) in voices.enumerate() {
                @if index > 0 { (line()) backup { duration { (length) } } }
                @let place = Place {
                    voice: staff * VOICES_PER_STAFF + number + 1,
                    staff: (part.staves.len() > 1).then_some(staff + 1),
                    hides_rests: number == 1,
                };
                @for symbol in symbols { (place.symbol(symbol)) }
            }
        }
    }
}

/// Where a symbol stands.
struct Place {
    voice: usize,
    staff: Option<usize>,
    /// Rests of a second voice fill its bar, but are not printed.
    hides_rests: bool,
}

impl Place {
    fn symbol(&self, symbol: &Symbol) -> Markup {
        if symbol.is_rest() {
            return html! {
                (line()) note print-object=[self.hides_rests.then_some("no")] {
                    rest measure=[symbol.value.is_none().then_some("yes")] {}
                    duration { (symbol.ticks) }
                    (self.value(symbol, None))
                    @if symbol.triplet.is_some_and(|triplet| triplet.is_first || triplet.is_last) {
                        notations { (triplet_ends(symbol)) }
                    }
                }
            };
        }
        html! {
            @for (index, head) in symbol.heads.iter().enumerate() {
                (line()) note {
                    @if index > 0 { chord {} }
                    pitch {
                        step { (head.spelled.step) }
                        @if head.spelled.alter != 0 { alter { (head.spelled.alter) } }
                        octave { (head.spelled.octave) }
                    }
                    duration { (symbol.ticks) }
                    @for tie in ties(head) { tie type=(tie) {} }
                    (self.value(symbol, head.accidental))
                    @let ends = index == 0 && symbol.triplet.is_some_and(|triplet| triplet.is_first || triplet.is_last);
                    @if head.is_tied != [false; 2] || ends {
                        notations {
                            @for tie in ties(head) { tied type=(tie) {} }
                            @if ends { (triplet_ends(symbol)) }
                        }
                    }
                }
            }
        }
    }

    /// Voice, value, sign and staff.
    fn value(&self, symbol: &Symbol, accidental: Option<i8>) -> Markup {
        html! {
            voice { (self.voice) }
            @if let Some(value) = symbol.value {
                type { (VALUES[value.kind].1) }
                @if value.dotted { dot {} }
            }
            @if let Some(sharps) = accidental { accidental { (sign(sharps)) } }
            @if let Some(triplet) = symbol.triplet {
                time-modification {
                    actual-notes { "3" }
                    normal-notes { "2" }
                    @if let Some((_, name)) = VALUES.iter().find(|(length, _)| *length == triplet.unit) {
                        normal-type { (name) }
                    }
                }
            }
            @if let Some(staff) = self.staff { staff { (staff) } }
        }
    }
}

fn triplet_ends(symbol: &Symbol) -> Markup {
    let ends = symbol.triplet.map_or([false; 2], |triplet| [triplet.is_first, triplet.is_last]);
    html! {
        @for (_, end) in ends.iter().zip(["start", "stop"]).filter(|(is_end, _)| **is_end) {
            tuplet type=(end) number="1" {}
        }
    }
}

/// How a head is tied: first to the one before.
fn ties(head: &Head) -> impl Iterator<Item = &'static str> {
    head.is_tied.into_iter().zip(["stop", "start"]).filter(|(is_tied, _)| *is_tied).map(|(_, tie)| tie)
}

/// The name of a sign by its sharps.
fn sign(sharps: i8) -> &'static str {
    match sharps {
        ..=-2 => "flat-flat",
        -1 => "flat",
        0 => "natural",
        1 => "sharp",
        2.. => "double-sharp",
    }
}

fn introduce(number: usize, part: &ScorePart) -> Markup {
    html! {
        (line()) score-part id={ "P" (number) } {
            part-name { (part.name) }
            score-instrument id={ "P" (number) "-I1" } { instrument-name { (part.name) } }
            midi-instrument id={ "P" (number) "-I1" } {
                midi-channel { (channel(number)) }
                midi-program { (part.program + 1) }
            }
        }
    }
}

/// Channels count from 1; the tenth is for drums.
fn channel(part: usize) -> usize {
    match (part - 1) % 15 + 1 {
        melodic @ ..=9 => melodic,
        melodic => melodic + 1,
    }
}

/// A line break, so that people can read the file and programs can compare two.
fn line() -> PreEscaped<&'static str> {
    PreEscaped("\n")
}
