//! What the channels of a file do over time: which of them play drums, and when keys, pedals and silences act.
//!
//! All tracks that sound together share the channels, as they do in a synthesizer: a controller in one track acts on the
//! notes of the others. Ports, where a file names some, have channels of their own.

use std::collections::BTreeMap;

use super::pairing::{Paired, Stroke, Touch, pair};
use super::track::Track;

/// Channel 10, counted from 0: drums unless something else is said.
const DRUMS: u8 = 9;

/// A message, with the port and the channel that it goes to.
pub(super) struct Message {
    pub(super) tick: u64,
    pub(super) port: u8,
    pub(super) channel: u8,
    pub(super) order: Order,
}

/// What a message asks for.
#[derive(Clone, Copy)]
pub(super) enum Order {
    /// Key and velocity.
    Strike(u8, u8),
    Release(u8),
    /// Number and value.
    Controller(u8, u8),
    Program(u8),
    /// To all channels of the port, or to the one it names.
    System(System),
}

/// A system exclusive message that decides which channels play drums.
#[derive(Clone, Copy)]
pub(super) enum System {
    /// All channels become what the standard has at the beginning.
    Reset(Standard),
    /// A channel plays drums, or does not.
    Rhythm { channel: u8, drums: bool },
}

/// What a file was written for.
#[derive(Clone, Copy, Default, PartialEq)]
pub(super) enum Standard {
    /// General MIDI, Roland GS, or nothing said.
    #[default]
    General,
    /// General MIDI 2.
    General2,
    /// Yamaha XG.
    Xg,
}

impl System {
    /// Reads what stands between F0 and F7.
    pub(super) fn read(data: &[u8]) -> Option<Self> {
        match *data {
            [0x7e, _, 9, 1, ..] => Some(Self::Reset(Standard::General)),
            [0x7e, _, 9, 3, ..] => Some(Self::Reset(Standard::General2)),
            // GS reset, and the system mode of the SC-88.
            [0x41, _, 0x42, 0x12, 0x40 | 0, 0, 0x7f, ..] => Some(Self::Reset(Standard::General)),
            // GS "use for rhythm part". Part 10 comes first, the others keep their order.
            [0x41, _, 0x42, 0x12, 0x40, block @ 0x10..=0x1f, 0x15, map, ..] => {
                let part = block & 0x0f;
                let channel = if part == 0 { DRUMS } else { part - u8::from(part <= DRUMS) };
                Some(Self::Rhythm { channel, drums: map > 0 })
            }
            [0x43, 0x10..=0x1f, 0x4c, 0, 0, 0x7e, 0, ..] => Some(Self::Reset(Standard::Xg)),
            // XG part mode.
            [0x43, 0x10..=0x1f, 0x4c, 8, channel @ ..=0x0f, 7, mode, ..] => {
                Some(Self::Rhythm { channel, drums: mode > 0 })
            }
            _ => None,
        }
    }
}

/// A note in file ticks.
pub(super) struct RawNote {
    pub(super) start: u64,
    /// When its key was released.
    pub(super) end: u64,
    /// When it falls silent; later than `end` where the pedal holds it.
    pub(super) silent: u64,
    pub(super) pitch: u8,
    pub(super) touch: Touch,
}

/// The notes of some tracks, and what was left out or repaired.
#[derive(Default)]
pub(super) struct Performance {
    pub(super) notes: Vec<RawNote>,
    pub(super) drums: usize,
    pub(super) restruck: usize,
    pub(super) unreleased: usize,
    pub(super) stray_releases: usize,
}

/// Port and channel.
type Line = (u8, u8);

/// A key of one track: a key that two tracks play on one channel is paired in each of them.
#[derive(Default)]
struct Key {
    strokes: Vec<Stroke>,
    /// Strikes without a release so far.
    open: usize,
}

/// One channel of one port.
#[derive(Default)]
struct Channel {
    /// Bank select, coarse; it acts at the next program change.
    bank: u8,
    /// The instrument.
    program: u8,
    /// Whether the bank or a system exclusive message makes this channel play drums; the bank goes first.
    drums_by_bank: Option<bool>,
    drums_by_system: Option<bool>,
    /// Since which message the sustain pedal is down.
    pedal: Option<usize>,
    /// When it was down: the messages between which it was, and the time of the latter. A pedal that is never lifted is in
    /// no span, so it lengthens nothing.
    spans: Vec<(usize, usize, u64)>,
    /// Keys that were struck since the last silence, by number and track; some may be released by now.
    struck: Vec<(u8, usize)>,
}

impl Channel {
    fn lift(&mut self, number: usize, tick: u64) {
        if let Some(since) = self.pedal.take() {
            self.spans.push((since, number, tick));
        }
    }

    /// When a note falls silent whose key was released by this message; `None` where the pedal does not hold it.
    fn held_until(&self, release: usize) -> Option<u64> {
        let (_, end, tick) = *self.spans[..self.spans.partition_point(|span| span.0 < release)].last()?;
        (release < end).then_some(tick)
    }
}

/// The channels while the messages of all tracks are played in order.
#[derive(Default)]
struct Channels {
    channels: BTreeMap<Line, Channel>,
    keys: BTreeMap<(Line, u8, usize), Key>,
    standard: Standard,
    drums: usize,
}

/// Plays `tracks`, which sound together.
pub(super) fn perform(tracks: &[Track]) -> Performance {
    let mut messages: Vec<(usize, &Message)> =
        Vec::with_capacity(tracks.iter().map(|track| track.messages.len()).sum());
    for (index, track) in tracks.iter().enumerate() {
        messages.extend(track.messages.iter().map(|message| (index, message)));
    }
    // Stable: of one time, the order of tracks and within a track that of the file.
    messages.sort_by_key(|(_, message)| message.tick);
    let mut channels = Channels::default();
    for (number, (track, message)) in messages.into_iter().enumerate() {
        channels.play(number, track, message);
    }
    channels.notes(tracks)
}

impl Channels {
    fn play(&mut self, number: usize, track: usize, message: &Message) {
        let line = (message.port, message.channel);
        let tick = message.tick;
        match message.order {
            Order::System(system) => self.system(number, message.port, tick, system),
            Order::Strike(..) if self.plays_drums(line) => self.drums += 1,
            Order::Strike(pitch, velocity) => {
                let instrument = self.channels.get(&line).map_or(0, |channel| channel.program);
                let key = self.keys.entry((line, pitch, track)).or_default();
                if key.open == 0 {
                    self.channels.entry(line).or_default().struck.push((pitch, track));
                }
                key.open += 1;
                key.strokes.push(Stroke::strike(number, tick, Touch { velocity, instrument }));
            }
            Order::Release(pitch) => {
                // The release of a drum is no stray one, but a note may have begun before its channel took up drums.
                let is_drums = self.plays_drums(line);
                let key = self.keys.entry((line, pitch, track)).or_default();
                if key.open > 0 || !is_drums {
                    key.open = key.open.saturating_sub(1);
                    key.strokes.push(Stroke::release(number, tick));
                }
            }
            Order::Controller(0, bank) => self.channels.entry(line).or_default().bank = bank,
            Order::Controller(64, value) => {
                let channel = self.channels.entry(line).or_default();
                if value < 64 {
                    channel.lift(number, tick);
                } else {
                    channel.pedal.get_or_insert(number);
                }
            }
            // All sound off: what the pedal holds falls silent too.
            Order::Controller(120, _) => {
                self.silence(line, number, tick);
                let channel = self.channels.entry(line).or_default();
                if channel.pedal.is_some() {
                    channel.lift(number, tick);
                    channel.pedal = Some(number);
                }
            }
            Order::Controller(121, _) => self.channels.entry(line).or_default().lift(number, tick),
            // All notes off. The four that set omni and poly mode mean it too.
            Order::Controller(123..=127, _) => self.silence(line, number, tick),
            Order::Controller(..) => {}
            Order::Program(program) => {
                let standard = self.standard;
                let channel = self.channels.entry(line).or_default();
                channel.program = program;
                channel.drums_by_bank = match (channel.bank, standard) {
                    (120, _) | (126 | 127, Standard::Xg) => Some(true),
                    (121, Standard::General2) => Some(false),
                    _ => None,
                };
            }
        }
    }

    fn plays_drums(&self, line: Line) -> bool {
        let said = self.channels.get(&line).and_then(|channel| channel.drums_by_bank.or(channel.drums_by_system));
        said.unwrap_or(line.1 == DRUMS)
    }

    fn system(&mut self, number: usize, port: u8, tick: u64, system: System) {
        match system {
            System::Reset(standard) => {
                self.standard = standard;
                for (_, channel) in self.channels.range_mut((port, 0)..=(port, u8::MAX)) {
                    channel.lift(number, tick);
                    (channel.bank, channel.drums_by_bank, channel.drums_by_system) = (0, None, None);
                    channel.program = 0;
                }
            }
            System::Rhythm { channel, drums } => {
                let channel = self.channels.entry((port, channel)).or_default();
                (channel.drums_by_system, channel.drums_by_bank) = (Some(drums), None);
            }
        }
    }

    /// Releases every key of a channel, in all tracks.
    fn silence(&mut self, line: Line, number: usize, tick: u64) {
        let Some(channel) = self.channels.get_mut(&line) else { return };
        for (pitch, track) in channel.struck.drain(..) {
            let key = self.keys.get_mut(&(line, pitch, track)).filter(|key| key.open > 0);
            if let Some(key) = key {
                key.open = 0;
                key.strokes.push(Stroke::silence(number, tick));
            }
        }
    }

    fn notes(self, tracks: &[Track]) -> Performance {
        let mut performance = Performance { drums: self.drums, ..Performance::default() };
        // The strikes of each key of a channel, in any track: they end what the pedal holds.
        let mut strikes: BTreeMap<(Line, u8), Vec<(usize, u64)>> = BTreeMap::new();
        let has_pedal = |line: &Line| self.channels.get(line).is_some_and(|channel| !channel.spans.is_empty());
        for ((line, pitch, _), key) in self.keys.iter().filter(|((line, ..), _)| has_pedal(line)) {
            let of_key = key.strokes.iter().filter_map(Stroke::as_strike);
            strikes.entry((*line, *pitch)).or_default().extend(of_key);
        }
        strikes.values_mut().for_each(|strikes| strikes.sort_unstable());
        for ((line, pitch, track), key) in &self.keys {
            let paired = pair(&key.strokes, tracks[*track].end);
            performance.restruck += paired.restruck;
            performance.unreleased += paired.unreleased;
            performance.stray_releases += paired.stray_releases;
            let channel = self.channels.get(line);
            for note in paired.notes {
                let held = || {
                    let release = note.released_by?;
                    let lifted = channel?.held_until(release)?;
                    let strikes = strikes.get(&(*line, *pitch))?;
                    let next = strikes.get(strikes.partition_point(|strike| strike.0 < release));
                    Some(next.map_or(lifted, |strike| lifted.min(strike.1)))
                };
                let silent = held().unwrap_or(note.end);
                let Paired { start, end, touch, .. } = note;
                performance.notes.push(RawNote { start, end, silent, pitch: *pitch, touch });
            }
        }
        performance
    }
}
