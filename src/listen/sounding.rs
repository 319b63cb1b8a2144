//! Notes as they sound: keys, and the sustain pedal that holds them.

use crate::music::midi::{Message, Performance};

/// Channel 10, counted from 0: drums, whose keys are no pitches.
const DRUMS: u8 = 9;
/// Controllers.
const SUSTAIN: u8 = 64;
const ALL_SOUND_OFF: u8 = 120;
const RESET: u8 = 121;
const ALL_NOTES_OFF: u8 = 123;

/// A note of a pitched instrument. Times are seconds from the start of the piece.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sounding {
    /// When the key goes down.
    pub start: f64,
    /// When the key goes up.
    pub released: f64,
    /// When the damper falls: at the release, or later where the pedal is down.
    pub end: f64,
    /// MIDI key number, 0..=127.
    pub pitch: u8,
    /// Loudness, 1..=127.
    pub velocity: u8,
    /// Channel, 0..=15.
    pub channel: u8,
}

/// The notes of a performance without its drums, by start, then pitch. What nothing ends, ends with the last message;
/// of several notes of one key, the first to sound is the first to be released.
pub fn sounding(performance: &Performance) -> Vec<Sounding> {
    let mut keys = Keys::default();
    for message in performance.messages.iter().filter(|message| message.channel != DRUMS) {
        keys.play(message);
    }
    let end = performance.seconds();
    for channel in 0..16 {
        keys.release(channel, None, end);
        keys.pedal(channel, false, end);
    }
    keys.notes.retain(|note| note.end > note.start);
    keys.notes.sort_by(|one, other| one.start.total_cmp(&other.start).then(one.pitch.cmp(&other.pitch)));
    keys.notes
}

#[derive(Default)]
struct Keys {
    notes: Vec<Sounding>,
    /// Notes by number whose keys are down, and those that the pedal alone holds.
    down: Vec<usize>,
    held: Vec<usize>,
    pedals: [bool; 16],
}

impl Keys {
    fn play(&mut self, &Message { seconds, channel, status, data: [first, second] }: &Message) {
        match (status, first, second) {
            (0x90, pitch, velocity @ 1..) => {
                // A key that is struck again damps its string first.
                self.damp(seconds, |note| (note.channel, note.pitch) == (channel, pitch));
                self.down.push(self.notes.len());
                let end = f64::INFINITY;
                self.notes.push(Sounding { start: seconds, released: end, end, pitch, velocity, channel });
            }
            (0x80 | 0x90, pitch, _) => self.release(channel, Some(pitch), seconds),
            (0xb0, SUSTAIN, value) => self.pedal(channel, value >= 64, seconds),
            (0xb0, RESET, _) => self.pedal(channel, false, seconds),
            (0xb0, ALL_NOTES_OFF, _) => self.release(channel, None, seconds),
            (0xb0, ALL_SOUND_OFF, _) => {
                self.release(channel, None, seconds);
                self.damp(seconds, |note| note.channel == channel);
            }
            _ => {}
        }
    }

    /// Lets go of the first note of a pitch, or of all.
    fn release(&mut self, channel: u8, pitch: Option<u8>, seconds: f64) {
        let notes = &self.notes;
        let is_meant = |&number: &usize| {
            notes[number].channel == channel && pitch.is_none_or(|pitch| notes[number].pitch == pitch)
        };
        let meant: Vec<usize> =
            self.down.iter().copied().filter(is_meant).take(pitch.map_or(usize::MAX, |_| 1)).collect();
        self.down.retain(|number| !meant.contains(number));
        for number in meant {
            let note = &mut self.notes[number];
            note.released = seconds;
            if self.pedals[usize::from(channel)] {
                self.held.push(number);
            } else {
                note.end = seconds;
            }
        }
    }

    fn pedal(&mut self, channel: u8, down: bool, seconds: f64) {
        self.pedals[usize::from(channel)] = down;
        if !down {
            self.damp(seconds, |note| note.channel == channel);
        }
    }

    /// Ends notes that the pedal holds.
    fn damp(&mut self, seconds: f64, is_meant: impl Fn(&Sounding) -> bool) {
        let notes = &mut self.notes;
        self.held.retain(|&number| {
            let is_meant = is_meant(&notes[number]);
            if is_meant {
                notes[number].end = seconds;
            }
            !is_meant
        });
    }
}
