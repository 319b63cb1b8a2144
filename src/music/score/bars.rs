//! The voices of a staff in bars: chords and rests with their values, ties and accidentals.

use std::collections::HashMap;

use super::metre::{Metre, Value};
use super::rhythm::{Placed, triplets, values};
use super::spelling::{Spelled, Speller};
use crate::music::midi::Note;

/// A bar of a staff.
#[derive(Clone, Debug, Default)]
pub(super) struct Bar {
    /// Upper and lower voice. Each fills the bar, or is empty; the upper one is there if there is no lower one.
    pub(super) voices: [Vec<Symbol>; 2],
}

/// A chord, or a rest where there are no heads.
#[derive(Clone, Debug)]
pub(super) struct Symbol {
    /// Grid ticks from the beginning of the bar.
    pub(super) start: u32,
    /// Its length in grid ticks.
    pub(super) ticks: u32,
    /// `None` for the rest of a whole bar.
    pub(super) value: Option<Value>,
    pub(super) triplet: Option<InTriplet>,
    /// From the lowest.
    pub(super) heads: Vec<Head>,
}

/// The place of a symbol in its triplet.
#[derive(Clone, Copy, Debug)]
pub(super) struct InTriplet {
    pub(super) is_first: bool,
    pub(super) is_last: bool,
    /// Nominal half ticks of its unit.
    pub(super) unit: u32,
}

/// A note head.
#[derive(Clone, Debug)]
pub(super) struct Head {
    pub(super) spelled: Spelled,
    /// Whether it continues the head before, and whether the next one continues it.
    pub(super) is_tied: [bool; 2],
    /// The sign before it, in sharps; `None` where the key or an earlier sign in the bar says it.
    pub(super) accidental: Option<i8>,
}

impl Symbol {
    pub(super) fn is_rest(&self) -> bool {
        self.heads.is_empty()
    }
}

/// What all bars of a score have in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    pub(super) metre: Metre,
    /// Grid ticks that the first bar lacks.
    pub(super) lead: u32,
    /// Number of bars.
    pub(super) count: u32,
    pub(super) speller: Speller,
}

impl Layout {
    /// Divides two voices into bars.
    pub(super) fn bars(&self, voices: [Vec<Note>; 2]) -> Vec<Bar> {
        let mut bars = vec![Bar::default(); self.count as usize];
        for (voice, notes) in voices.iter().enumerate() {
            let moved = |note: &Note| Note { onset: note.onset + self.lead, ..*note };
            let notes: Vec<Note> = notes.iter().map(moved).collect();
            let mut coming = notes.as_slice();
            let mut sounding: Vec<Note> = Vec::new();
            for (number, bar) in (0..).zip(&mut bars) {
                let start = number * self.metre.bar_ticks();
                let end = start + self.metre.bar_ticks();
                let (now, later) = coming.split_at(coming.partition_point(|note| note.onset < end));
                coming = later;
                sounding.retain(|note| note.end() > start);
                sounding.extend_from_slice(now);
                if !sounding.is_empty() {
                    bar.voices[voice] = self.symbols(&sounding, start);
                }
            }
        }
        for (number, bar) in (0..).zip(&mut bars) {
            if bar.voices.iter().all(Vec::is_empty) {
                let start = self.first_tick(number * self.metre.bar_ticks());
                let ticks = self.metre.bar_ticks() - start;
                bar.voices[0] = vec![Symbol { start, ticks, value: None, triplet: None, heads: Vec::new() }];
            }
            set_accidentals(bar, &self.speller);
        }
        bars
    }

    /// Where the bar at `start` begins, in grid ticks of a whole bar.
    fn first_tick(&self, start: u32) -> u32 {
        if start == 0 { self.lead } else { 0 }
    }

    /// One voice in the bar that begins at `bar`; `sounding` are all notes that are in it.
    fn symbols(&self, sounding: &[Note], bar: u32) -> Vec<Symbol> {
        let inside = |tick: u32| tick.clamp(bar, bar + self.metre.bar_ticks()) - bar;
        let mut cuts: Vec<u32> = sounding.iter().flat_map(|note| [inside(note.onset), inside(note.end())]).collect();
        cuts.extend([self.first_tick(bar), self.metre.bar_ticks()]);
        cuts.sort_unstable();
        cuts.dedup();
        let triplets = triplets(&cuts, self.metre);
        let mut symbols = Vec::new();
        for (start, end) in cuts.iter().zip(&cuts[1..]) {
            let sounds = |note: &&Note| inside(note.onset) <= *start && inside(note.end()) > *start;
            let mut notes: Vec<&Note> = sounding.iter().filter(sounds).collect();
            notes.sort_by_key(|note| note.pitch);
            for placed in values(*start, *end, notes.is_empty(), &triplets, self.metre) {
                symbols.push(symbol(&placed, &notes, bar, &self.speller));
            }
        }
        symbols
    }
}

fn symbol(placed: &Placed, notes: &[&Note], bar: u32, speller: &Speller) -> Symbol {
    let Placed { start, ticks, value, triplet } = *placed;
    let head = |note: &&Note| Head {
        spelled: speller.spell(note.pitch),
        is_tied: [note.onset < bar + start, note.end() > bar + start + ticks],
        accidental: None,
    };
    let heads = notes.iter().map(head).collect();
    let triplet = triplet.map(|triplet| InTriplet {
        is_first: start == triplet.start,
        is_last: start + ticks == triplet.start + triplet.span,
        unit: triplet.span,
    });
    Symbol { start, ticks, value: Some(value), triplet, heads }
}

/// Puts signs before the heads that need them, in the order in which they are read.
fn set_accidentals(bar: &mut Bar, speller: &Speller) {
    let mut heads: Vec<(u32, &mut Head)> = Vec::new();
    for symbol in bar.voices.iter_mut().flatten() {
        heads.extend(symbol.heads.iter_mut().map(|head| (symbol.start, head)));
    }
    heads.sort_by_key(|(start, _)| *start);
    let mut signs: HashMap<(char, i8), i8> = HashMap::new();
    for (_, head) in heads.into_iter().filter(|(_, head)| !head.is_tied[0]) {
        let Spelled { step, alter, octave } = head.spelled;
        let sign = signs.entry((step, octave)).or_insert_with(|| speller.signature(step));
        head.accidental = (*sign != alter).then_some(alter);
        *sign = alter;
    }
}
