//! One track: its channel messages, tempos and signatures, in file ticks.

use midly::{MetaMessage, MidiMessage, TrackEventKind};

use super::channels::{Message, Order, System};
use super::lenient::Events;

/// What one track holds. Times are file ticks.
#[derive(Default)]
pub(super) struct Track {
    pub(super) messages: Vec<Message>,
    /// Time of the last event.
    pub(super) end: u64,
    /// Time and microseconds per beat.
    pub(super) tempos: Vec<(u64, u32)>,
    /// Time, numerator and denominator.
    pub(super) signatures: Vec<(u64, (u8, u32))>,
    /// Time and number of sharps, below 0 of flats.
    pub(super) key_signatures: Vec<(u64, i8)>,
    /// What was wrong, and at which byte of the file.
    pub(super) complaints: Vec<(usize, String)>,
}

impl Track {
    /// Reads as much as can be read of `raw`, which stands at byte `start` of the file.
    pub(super) fn read(raw: &[u8], start: usize) -> Self {
        let mut track = Self::default();
        let mut events = Events::new(raw);
        let mut port = 0;
        while let Some(kind) = events.next() {
            let tick = events.tick;
            let message = |channel: u8, order| Message { tick, port, channel, order };
            match kind {
                TrackEventKind::Meta(MetaMessage::MidiPort(number)) => port = number.as_int(),
                TrackEventKind::Meta(meta) => track.meta(tick, meta),
                TrackEventKind::Midi { channel, message: midi } => {
                    track.messages.extend(order(midi).map(|order| message(channel.as_int(), order)));
                }
                TrackEventKind::SysEx(data) => {
                    track.messages.extend(System::read(data).map(|system| message(0, Order::System(system))));
                }
                TrackEventKind::Escape(_) => {}
            }
        }
        track.end = events.tick;
        track.complaints = events.complaints.into_iter().map(|(at, text)| (start + at, text)).collect();
        track
    }

    /// Whether it has the beginning of a note, drums included.
    pub(super) fn has_strikes(&self) -> bool {
        self.messages.iter().any(|message| matches!(message.order, Order::Strike(..)))
    }

    fn meta(&mut self, tick: u64, meta: MetaMessage<'_>) {
        match meta {
            // A tempo of zero would stop the clock.
            MetaMessage::Tempo(tempo) if tempo.as_int() > 0 => {
                self.tempos.push((tick, tempo.as_int()));
            }
            MetaMessage::TimeSignature(numerator @ 1.., power @ ..=7, ..) => {
                self.signatures.push((tick, (numerator, 1 << power)));
            }
            MetaMessage::KeySignature(sharps @ -7..=7, _) => {
                self.key_signatures.push((tick, sharps));
            }
            _ => {}
        }
    }
}

/// The messages that decide which notes sound.
fn order(message: MidiMessage) -> Option<Order> {
    match message {
        MidiMessage::NoteOn { key, vel } if vel > 0 => Some(Order::Strike(key.as_int(), vel.as_int())),
        MidiMessage::NoteOn { key, .. } | MidiMessage::NoteOff { key, .. } => Some(Order::Release(key.as_int())),
        MidiMessage::Controller { controller, value } => Some(Order::Controller(controller.as_int(), value.as_int())),
        MidiMessage::ProgramChange { program } => Some(Order::Program(program.as_int())),
        _ => None,
    }
}
