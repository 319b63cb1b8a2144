//! Reads as much of ABC notation as the scores in `midi_songs/scores` use, apart from the converter that makes the MIDI
//! files. Anything else panics.

use std::iter::Peekable;
use std::str::Chars;

use gpu_lstm::music::midi::{Note, TICKS_PER_BEAT};

use crate::key::Key;

/// A score: the header and the voices.
pub(crate) struct Score {
    /// Letters of the header fields in their order.
    pub(crate) fields: String,
    pub(crate) title: String,
    pub(crate) composer: String,
    pub(crate) metre: (u8, u32),
    /// Quarter notes per minute.
    pub(crate) tempo: f64,
    pub(crate) key: Key,
    /// Comments without their percent sign.
    pub(crate) comments: Vec<String>,
    pub(crate) voices: Vec<Voice>,
}

/// One voice. Times are grid ticks.
pub(crate) struct Voice {
    pub(crate) clef: String,
    /// The directives that follow the voice's field.
    pub(crate) directives: Vec<String>,
    /// The length of every bar.
    pub(crate) bars: Vec<u32>,
    /// In the order of the score, those of a chord in the order written; tied notes are one.
    pub(crate) notes: Vec<Note>,
    /// Where the notes are that a tie makes longer.
    tied: Vec<usize>,
}

impl Score {
    pub(crate) fn read(text: &str) -> Self {
        let mut score = Self {
            fields: String::new(),
            title: String::new(),
            composer: String::new(),
            metre: (4, 4),
            tempo: 120.0,
            key: Key::read("C"),
            comments: Vec::new(),
            voices: Vec::new(),
        };
        let mut unit = 0;
        for line in text.lines() {
            if let Some(directive) = line.strip_prefix("%%MIDI ") {
                score.voices.last_mut().expect("a directive before the first voice").directives.push(directive.into());
            } else if let Some(comment) = line.strip_prefix('%') {
                score.comments.push(comment.trim().into());
            } else if let Some(rest) = line.strip_prefix("[V:") {
                let (number, music) = rest.split_once(']').expect(line);
                score.voices[number.parse::<usize>().expect(line) - 1].read(music, unit, &score.key);
            } else {
                let (field, value) = line.split_once(':').expect(line);
                score.fields += field;
                match field {
                    "X" => {}
                    "T" => score.title = value.into(),
                    "C" => score.composer = value.into(),
                    "M" if value == "C|" => score.metre = (2, 2),
                    "M" => score.metre = fraction(value),
                    "L" => unit = TICKS_PER_BEAT * 4 / fraction(value).1,
                    "Q" => score.tempo = value.strip_prefix("1/4=").expect(line).parse().expect(line),
                    "K" => score.key = Key::read(value),
                    "V" => score.voices.push(Voice::new(value)),
                    _ => panic!("{line}"),
                }
            }
        }
        score
    }

    /// Grid ticks in one bar.
    pub(crate) fn bar(&self) -> u32 {
        TICKS_PER_BEAT * 4 * u32::from(self.metre.0) / self.metre.1
    }

    /// The number of the bar at a time; the upbeat is bar 0.
    pub(crate) fn bar_at(&self, onset: u32) -> u32 {
        let upbeat = if self.has_upbeat() { self.voices[0].bars[0] } else { 0 };
        (onset + self.bar() - upbeat) / self.bar()
    }

    /// The number of bars without the upbeat, or what is wrong with them.
    pub(crate) fn count_bars(&self) -> Result<usize, String> {
        let bars = &self.voices[0].bars;
        let upbeat = usize::from(self.has_upbeat());
        for (voice, number) in self.voices.iter().zip(1..) {
            if voice.bars.len() != bars.len() {
                return Err(format!("voice {number} has {} bars, voice 1 has {}", voice.bars.len(), bars.len()));
            }
            if !voice.tied.is_empty() {
                return Err(format!("voice {number} ends with a tie"));
            }
            for (index, &length) in voice.bars.iter().enumerate() {
                let expected = if index < upbeat { bars[0] } else { self.bar() };
                if length != expected {
                    let bar = index + 1 - upbeat;
                    return Err(format!("voice {number}, bar {bar}: {length} grid ticks instead of {expected}"));
                }
            }
        }
        Ok(bars.len() - upbeat)
    }

    /// Whether the first bar is an upbeat; a comment says so.
    fn has_upbeat(&self) -> bool {
        self.comments.iter().any(|comment| comment == "upbeat")
    }
}

impl Voice {
    /// `value` is a number, `clef=...` and `name="..."`.
    fn new(value: &str) -> Self {
        let clef = value.split(' ').find_map(|word| word.strip_prefix("clef=")).expect("a clef").into();
        Self { clef, directives: Vec::new(), bars: Vec::new(), notes: Vec::new(), tied: Vec::new() }
    }

    /// Adds whole bars. `unit` is the length of a note without a number.
    fn read(&mut self, music: &str, unit: u32, key: &Key) {
        let mut text = music.chars().peekable();
        let mut accidentals = Accidentals::default();
        let (mut length, mut in_triplet, mut short) = (0, 0, false);
        while let Some(first) = text.next() {
            match first {
                ' ' => continue,
                '|' => {
                    text.next_if_eq(&']');
                    self.bars.push(std::mem::take(&mut length));
                    accidentals = Accidentals::default();
                    continue;
                }
                '(' => {
                    assert_eq!(text.next(), Some('3'), "{music}: only triplets are known");
                    in_triplet = 3;
                    continue;
                }
                _ => {}
            }
            let mut pitches = Vec::new();
            match first {
                'z' => {}
                '[' => {
                    while text.next_if_eq(&']').is_none() {
                        let first = text.next().expect(music);
                        pitches.push(accidentals.pitch(first, &mut text, key));
                    }
                }
                _ => pitches.push(accidentals.pitch(first, &mut text, key)),
            }
            let (mut times, mut parts) = (number(&mut text).unwrap_or(1), 1);
            if text.next_if_eq(&'/').is_some() {
                parts = number(&mut text).unwrap_or(2);
            }
            if in_triplet > 0 {
                in_triplet -= 1;
                (times, parts) = (times * 2, parts * 3);
            }
            // a>b takes half of b's length and gives it to a.
            if std::mem::take(&mut short) {
                parts *= 2;
            } else if text.next_if_eq(&'>').is_some() {
                (times, parts, short) = (times * 3, parts * 2, true);
            }
            assert_eq!(unit * times % parts, 0, "{music}: a length off the grid");
            let duration = unit * times / parts;
            let onset = self.bars.iter().sum::<u32>() + length;
            self.place(&pitches, onset, duration, text.next_if_eq(&'-').is_some());
            length += duration;
        }
        assert_eq!((length, in_triplet, short), (0, 0, false), "{music}: the line ends within a bar");
    }

    /// Adds a note, a chord or, without pitches, a rest.
    fn place(&mut self, pitches: &[u8], onset: u32, duration: u32, tie: bool) {
        let mut tied = std::mem::take(&mut self.tied);
        for &pitch in pitches {
            let index = match tied.iter().position(|&index| self.notes[index].pitch == pitch) {
                Some(position) => tied.swap_remove(position),
                None => {
                    self.notes.push(Note::new(onset, pitch, 0));
                    self.notes.len() - 1
                }
            };
            self.notes[index].duration += duration;
            if tie {
                self.tied.push(index);
            }
        }
        assert!(tied.is_empty(), "bar {}: a tie to another note", self.bars.len() + 1);
    }
}

/// The accidentals of a bar so far, by step from C: semitones and the octave.
#[derive(Default)]
struct Accidentals([Option<(i32, i32)>; 7]);

impl Accidentals {
    /// Reads the rest of a note. Whether an accidental counts in other octaves of its bar is not the same for all
    /// readers of ABC, so a score must not depend on it.
    fn pitch(&mut self, first: char, text: &mut Peekable<Chars<'_>>, key: &Key) -> u8 {
        let sign = ['_', '=', '^'].iter().position(|&sign| sign == first);
        let letter = if sign.is_some() { text.next().expect("a note after its accidental") } else { first };
        let step = "CDEFGAB".find(letter.to_ascii_uppercase()).unwrap_or_else(|| panic!("not a note: {letter}"));
        let mut octave = i32::from(letter.is_ascii_lowercase());
        while text.next_if_eq(&',').is_some() {
            octave -= 1;
        }
        while text.next_if_eq(&'\'').is_some() {
            octave += 1;
        }
        if let Some(sign) = sign {
            self.0[step] = Some((sign as i32 - 1, octave));
        }
        let semitones = self.0[step].map_or(key.alteration(letter), |(semitones, of)| {
            assert_eq!(of, octave, "{letter} has an accidental in another octave of this bar: write one here too");
            semitones
        });
        (60 + 12 * octave + [0, 2, 4, 5, 7, 9, 11][step] + semitones) as u8
    }
}

fn number(text: &mut Peekable<Chars<'_>>) -> Option<u32> {
    let mut digits = String::new();
    while let Some(digit) = text.next_if(char::is_ascii_digit) {
        digits.push(digit);
    }
    digits.parse().ok()
}

fn fraction(text: &str) -> (u8, u32) {
    let (above, below) = text.split_once('/').expect(text);
    (above.parse().expect(text), below.parse().expect(text))
}
