//! Which notes stand on the treble staff and which on the bass staff.
//!
//! Of the notes that begin together the lower ones are bass. How many is decided in order of time by a beam search,
//! which keeps the cheapest assignments so far. Costs stand for what makes music hard to read: ledger lines, more than
//! a hand can span, a line or a chord that is torn between the staves, two lines on one staff while the other is empty.

use crate::music::midi::Note;

/// Assignments that are kept.
const BEAM: usize = 24;
const MIDDLE_C: u8 = 60;
/// Semitones that a hand spans with ease.
const HAND: u8 = 12;
/// Semitones beyond middle C that two ledger lines hold.
const LEDGER_LINES: u8 = 5;
/// Most semitones between neighbours in a line.
const STEP: u8 = 5;

/// Costs of a semitone: beyond middle C on the wrong side, beyond what two ledger lines hold, of a span beyond a hand,
/// of a move of the pitch at which the staves meet, and of its distance from middle C.
const BEYOND: f64 = 0.3;
const FAR_BEYOND: f64 = 0.5;
const WIDE: f64 = 1.5;
const MOVE: f64 = 0.25;
const AWAY: f64 = 0.02;
/// Costs of a note on another staff than the one before it in its line, of a chord on both staves that fits into a
/// hand, and of an empty staff while the other has two notes or more.
const TORN_LINE: f64 = 2.0;
const TORN_CHORD: f64 = 1.5;
const ALONE: f64 = 1.0;

/// An assignment so far.
#[derive(Clone)]
struct Way {
    cost: f64,
    /// What sounds or has just ended on the treble staff and on the bass staff.
    staves: [Vec<Note>; 2],
    /// The lowest pitch of the treble staff, by the notes so far.
    split: u8,
    /// Index into the list of decisions.
    last: Option<usize>,
}

/// How many notes of a group are bass, and the decision before.
struct Decision {
    bass: usize,
    before: Option<usize>,
}

/// The notes of the treble staff and those of the bass staff; `notes` are sorted.
pub(super) fn split(notes: &[Note]) -> [Vec<Note>; 2] {
    let groups: Vec<&[Note]> = notes.chunk_by(|one, other| one.onset == other.onset).collect();
    let mut decisions: Vec<Decision> = Vec::new();
    let mut ways = vec![Way { cost: 0.0, staves: [Vec::new(), Vec::new()], split: MIDDLE_C, last: None }];
    for group in &groups {
        let mut next: Vec<Way> = Vec::with_capacity(ways.len() * (group.len() + 1));
        for way in &ways {
            for bass in 0..=group.len() {
                decisions.push(Decision { bass, before: way.last });
                next.push(way.with(group, bass, decisions.len() - 1));
            }
        }
        next.sort_by(|one, other| one.cost.total_cmp(&other.cost));
        next.truncate(BEAM);
        ways = next;
    }
    let mut last = ways[0].last;
    let mut numbers = Vec::with_capacity(groups.len());
    while let Some(index) = last {
        numbers.push(decisions[index].bass);
        last = decisions[index].before;
    }
    let mut staves = [Vec::new(), Vec::new()];
    for (group, &bass) in groups.iter().zip(numbers.iter().rev()) {
        staves[0].extend_from_slice(&group[bass..]);
        staves[1].extend_from_slice(&group[..bass]);
    }
    staves
}

impl Way {
    /// Goes on with a group of which the first, lowest `bass` notes are on the bass staff.
    fn with(&self, group: &[Note], bass: usize, decision: usize) -> Self {
        let onset = group[0].onset;
        let parts = [&group[bass..], &group[..bass]];
        let mut way = Self { last: Some(decision), ..self.clone() };
        way.cost += self.torn(group, parts);
        for (staff, part) in way.staves.iter_mut().zip(parts) {
            staff.retain(|note| note.end() > onset);
            staff.extend_from_slice(part);
        }
        let pitches = way.staves.each_ref().map(|staff| staff.iter().map(|note| note.pitch));
        let [treble, bass] = pitches.map(|pitches| {
            let range = (pitches.clone().min(), pitches.max());
            range.0.zip(range.1)
        });
        for (low, high) in treble.iter().chain(&bass) {
            way.cost += WIDE * f64::from((high - low).saturating_sub(HAND));
        }
        if way.staves.iter().map(Vec::len).sum::<usize>() > 1 && (treble.is_none() || bass.is_none()) {
            way.cost += ALONE;
        }
        let beyond = parts[0].iter().map(|note| MIDDLE_C.saturating_sub(note.pitch));
        for beyond in beyond.chain(parts[1].iter().map(|note| note.pitch.saturating_sub(MIDDLE_C))) {
            way.cost += BEYOND * f64::from(beyond) + FAR_BEYOND * f64::from(beyond.saturating_sub(LEDGER_LINES));
        }
        // Left alone the staves meet at middle C again.
        let rest = self.split + u8::from(self.split < MIDDLE_C) - u8::from(self.split > MIDDLE_C);
        way.split = rest.max(bass.map_or(0, |(_, high)| high + 1)).min(treble.map_or(128, |(low, _)| low));
        way.cost += MOVE * f64::from(way.split.abs_diff(rest)) + AWAY * f64::from(way.split.abs_diff(MIDDLE_C));
        way
    }

    /// What it costs that lines and chords are torn.
    fn torn(&self, group: &[Note], parts: [&[Note]; 2]) -> f64 {
        // The staff of the nearest note that has just ended.
        let came_from = |note: &Note| {
            let ended = |staff: usize| {
                let ended = self.staves[staff].iter().filter(|before| before.end() == note.onset);
                ended.map(|before| before.pitch.abs_diff(note.pitch)).min().map(|distance| (distance, staff))
            };
            let nearest = [0, 1].into_iter().filter_map(ended).min()?;
            (nearest.0 <= STEP).then_some(nearest.1)
        };
        let moves = |staff: usize| parts[staff].iter().filter(|note| came_from(note) == Some(1 - staff)).count();
        let mut cost = TORN_LINE * (moves(0) + moves(1)) as f64;
        if let ([low, ..], Some(high)) = (parts[0], parts[1].last())
            && low.duration == high.duration
        {
            let chord = |notes: &[Note]| notes.iter().filter(|note| note.duration == low.duration).count();
            let are_lines = parts.map(chord) == [1, 1] && [low, high].map(came_from) == [Some(0), Some(1)];
            let chord = || group.iter().filter(|note| note.duration == low.duration).map(|note| note.pitch);
            let span = chord().max().unwrap_or(0) - chord().min().unwrap_or(0);
            cost += if span <= HAND && !are_lines { TORN_CHORD } else { 0.0 };
        }
        cost
    }
}
