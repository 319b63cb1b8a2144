//! From the bytes of a MIDI file to what a synthesizer plays: every channel message at its time.

use midly::{MidiMessage, TrackEventKind};

use super::chunks::{self, Clock};
use super::lenient::Events;
use super::tempo::TempoMap;
use super::track::Track;
use crate::error::{Error, Result};

/// Bar lines that are kept; only a damaged file has more bars.
const MAX_BARS: usize = 10_000;

/// A channel message as it goes over a MIDI cable, with its time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Message {
    /// Time from the start of the piece in seconds, by the tempo map of the file.
    pub seconds: f64,
    /// Channel, 0..=15; 9 are the drums.
    pub channel: u8,
    /// Upper half of the status byte: 0x80 release, 0x90 onset, 0xb0 controller, 0xc0 program, 0xe0 pitch bend, ...
    pub status: u8,
    /// The data bytes, 0..=127; the second is 0 where the message has one.
    pub data: [u8; 2],
}

/// A MIDI file as it is played.
#[derive(Clone, Debug, PartialEq)]
pub struct Performance {
    /// All channel messages of all tracks, by time; those of one time in the order of the file.
    pub messages: Vec<Message>,
    /// Times of the bar lines in seconds, from 0 to the last message, the first 10,000 of them.
    pub bars: Vec<f64>,
    /// Tempo at the start in beats per minute.
    pub tempo: f64,
}

impl Performance {
    /// Reads a Standard MIDI File with the leniency of [`read`](super::read()); `name` stands for it in the error. The
    /// tracks of format 2, which are pieces of their own, are played one after another.
    ///
    /// # Errors
    /// [`Error::Midi`] when the file has no usable header, or no note.
    pub fn read(bytes: &[u8], name: &str) -> Result<Self> {
        let fail = |reason| Error::Midi { path: name.into(), reason };
        let file = chunks::parse(bytes).map_err(fail)?;
        let groups: Vec<&[(usize, &[u8])]> =
            if file.format == 2 { file.tracks.iter().map(std::slice::from_ref).collect() } else { vec![&file.tracks] };
        let mut whole = Self { messages: Vec::new(), bars: Vec::new(), tempo: 120.0 };
        for group in groups {
            whole.append(Self::of_tracks(group, file.clock));
        }
        if !whole.messages.iter().any(|message| message.status == 0x90 && message.data[1] > 0) {
            return Err(fail("it has no notes".into()));
        }
        Ok(whole)
    }

    /// Time of the last message in seconds.
    pub fn seconds(&self) -> f64 {
        self.messages.last().map_or(0.0, |message| message.seconds)
    }

    fn append(&mut self, next: Self) {
        let start = self.seconds();
        if self.messages.is_empty() {
            self.tempo = next.tempo;
        }
        self.messages
            .extend(next.messages.iter().map(|message| Message { seconds: start + message.seconds, ..*message }));
        let room = MAX_BARS - self.bars.len();
        self.bars.extend(next.bars.iter().take(room).map(|bar| start + bar));
    }

    /// Tracks that sound together.
    fn of_tracks(raw: &[(usize, &[u8])], clock: Clock) -> Self {
        let tracks: Vec<Track> = raw.iter().map(|&(start, raw)| Track::read(raw, start)).collect();
        let tempos = TempoMap::new(&tracks, clock);
        let mut timed: Vec<(u64, Message)> = Vec::new();
        for (_, raw) in raw {
            let mut events = Events::new(raw);
            while let Some(kind) = events.next() {
                if let TrackEventKind::Midi { channel, message } = kind {
                    let (status, data) = bytes(message);
                    let seconds = tempos.seconds(events.tick);
                    timed.push((events.tick, Message { seconds, channel: channel.as_int(), status, data }));
                }
            }
        }
        timed.sort_by_key(|(tick, _)| *tick);
        let end = timed.last().map_or(0.0, |(tick, _)| clock.beats(*tick));
        let bars = bars(&tracks, clock, end).into_iter().map(|beat| tempos.seconds_at(beat)).collect();
        Self { messages: timed.into_iter().map(|(_, message)| message).collect(), bars, tempo: tempos.first() }
    }
}

fn bytes(message: MidiMessage) -> (u8, [u8; 2]) {
    match message {
        MidiMessage::NoteOff { key, vel } => (0x80, [key.as_int(), vel.as_int()]),
        MidiMessage::NoteOn { key, vel } => (0x90, [key.as_int(), vel.as_int()]),
        MidiMessage::Aftertouch { key, vel } => (0xa0, [key.as_int(), vel.as_int()]),
        MidiMessage::Controller { controller, value } => (0xb0, [controller.as_int(), value.as_int()]),
        MidiMessage::ProgramChange { program } => (0xc0, [program.as_int(), 0]),
        MidiMessage::ChannelAftertouch { vel } => (0xd0, [vel.as_int(), 0]),
        MidiMessage::PitchBend { bend } => {
            let bend = bend.0.as_int();
            (0xe0, [(bend & 127) as u8, (bend >> 7) as u8])
        }
    }
}

/// The beats at which bars begin, up to `end`; 4/4 where nothing else is said.
fn bars(tracks: &[Track], clock: Clock, end: f64) -> Vec<f64> {
    let signatures = tracks.iter().flat_map(|track| &track.signatures);
    let mut changes: Vec<(f64, f64)> = signatures
        .map(|(tick, (numerator, unit))| (clock.beats(*tick), 4.0 * f64::from(*numerator) / f64::from(*unit)))
        .collect();
    changes.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut bars = Vec::new();
    let (mut beat, mut length) = (0.0, 4.0);
    let mut changes = changes.into_iter().peekable();
    while beat <= end && bars.len() < MAX_BARS {
        while let Some(change) = changes.next_if(|change| change.0 <= beat) {
            length = change.1;
        }
        bars.push(beat);
        beat += length;
    }
    bars
}
