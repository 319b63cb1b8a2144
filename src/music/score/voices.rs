//! At most two voices on a staff: the first for a melody, the second for what sounds on below it.
//!
//! Chords, which are notes of one onset and length, are assigned in order of time. A beam search keeps the cheapest
//! assignments so far. What sounds on while its own voice has something new is not shortened: `bars` ties it.

use crate::music::midi::Note;

/// Assignments that are kept.
const BEAM: usize = 24;
/// Costs: of a chord whose voice still sounds, of a chord in the second voice, of an upper chord below a lower one, and
/// of a semitone from one chord of a voice to the next.
const TIES: f64 = 12.0;
const SECOND: f64 = 1.0;
const CROSSING: f64 = 4.0;
const LEAP: f64 = 0.04;

/// A chord: notes of one onset and length.
struct Chord {
    notes: Vec<Note>,
    /// Mean pitch.
    height: f64,
}

/// The end of a voice so far.
#[derive(Clone, Copy, Default)]
struct Voice {
    end: u32,
    height: Option<f64>,
}

/// An assignment so far.
#[derive(Clone)]
struct Way {
    cost: f64,
    voices: [Voice; 2],
    /// Index into the list of decisions.
    last: Option<usize>,
}

/// How many of the chords of one onset are in the first voice, and the decision before.
struct Decision {
    upper: usize,
    before: Option<usize>,
}

/// The notes of the two voices; `notes` are sorted.
pub(super) fn separate(notes: &[Note]) -> [Vec<Note>; 2] {
    let groups: Vec<Vec<Chord>> = notes.chunk_by(|one, other| one.onset == other.onset).map(chords).collect();
    let mut decisions: Vec<Decision> = Vec::new();
    let mut ways = vec![Way { cost: 0.0, voices: [Voice::default(); 2], last: None }];
    for group in &groups {
        let mut next: Vec<Way> = Vec::with_capacity(ways.len() * (group.len() + 1));
        for way in &ways {
            for upper in 0..=group.len() {
                let mut way = way.clone();
                for (index, chord) in group.iter().enumerate() {
                    way.add(chord, usize::from(index >= upper));
                }
                decisions.push(Decision { upper, before: way.last });
                way.last = Some(decisions.len() - 1);
                next.push(way);
            }
        }
        next.sort_by(|one, other| one.cost.total_cmp(&other.cost));
        next.truncate(BEAM);
        ways = next;
    }
    let mut last = ways[0].last;
    let mut uppers = Vec::with_capacity(groups.len());
    while let Some(index) = last {
        uppers.push(decisions[index].upper);
        last = decisions[index].before;
    }
    let mut voices = [Vec::new(), Vec::new()];
    for (group, &upper) in groups.iter().zip(uppers.iter().rev()) {
        for (index, chord) in group.iter().enumerate() {
            voices[usize::from(index >= upper)].extend_from_slice(&chord.notes);
        }
    }
    voices
}

/// The chords of one onset, highest first.
fn chords(group: &[Note]) -> Vec<Chord> {
    let mut notes = group.to_vec();
    notes.sort_by_key(|note| (note.duration, note.pitch));
    let chord = |notes: &[Note]| Chord {
        notes: notes.to_vec(),
        height: notes.iter().map(|note| f64::from(note.pitch)).sum::<f64>() / notes.len() as f64,
    };
    let mut chords: Vec<Chord> = notes.chunk_by(|one, other| one.duration == other.duration).map(chord).collect();
    chords.sort_by(|one, other| other.height.total_cmp(&one.height));
    chords
}

impl Way {
    /// Adds a chord to a voice.
    fn add(&mut self, chord: &Chord, voice: usize) {
        let (onset, end) = (chord.notes[0].onset, chord.notes[0].end());
        let (own, other) = (self.voices[voice], self.voices[1 - voice]);
        if own.end > onset {
            self.cost += TIES;
        } else if let Some(height) = own.height {
            self.cost += LEAP * (chord.height - height).abs();
        }
        if voice == 1 {
            self.cost += SECOND;
        }
        if let Some(height) = other.height.filter(|_| other.end > onset)
            && (chord.height < height) != (voice == 1)
        {
            self.cost += CROSSING;
        }
        self.voices[voice] = Voice { end: end.max(own.end), height: Some(chord.height) };
    }
}
