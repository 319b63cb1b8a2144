//! The notes, tempos and time signatures of one track, in file ticks.

use std::collections::{BTreeMap, VecDeque};

use midly::{MetaMessage, MidiMessage, TrackEventKind};

use super::lenient::Events;

/// Channel 10, counted from 0.
const DRUMS: u8 = 9;
/// Controllers "all sound off" and "all notes off".
const SILENCE: [u8; 2] = [120, 123];

/// A note in file ticks.
#[derive(Clone, Copy)]
pub(super) struct RawNote {
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) pitch: u8,
}

/// What one track holds. Times are file ticks.
#[derive(Default)]
pub(super) struct Track {
    pub(super) notes: Vec<RawNote>,
    /// Time and microseconds per beat.
    pub(super) tempos: Vec<(u64, u32)>,
    /// Time, numerator and denominator.
    pub(super) signatures: Vec<(u64, (u8, u32))>,
    /// Time and number of sharps, below 0 of flats.
    pub(super) key_signatures: Vec<(u64, i8)>,
    pub(super) drums: usize,
    pub(super) zero_length: usize,
    pub(super) unreleased: usize,
    pub(super) stray_releases: usize,
    pub(super) complaints: Vec<&'static str>,
}

impl Track {
    /// Reads as much as can be read. Of several notes of one pitch on one channel, the first to sound is the first to
    /// be released.
    pub(super) fn read(raw: &[u8]) -> Self {
        let mut track = Self::default();
        let mut sounding: BTreeMap<(u8, u8), VecDeque<u64>> = BTreeMap::new();
        let mut events = Events::new(raw);
        while let Some(kind) = events.next() {
            let tick = events.tick;
            match kind {
                TrackEventKind::Meta(meta) => track.meta(tick, meta),
                TrackEventKind::Midi { channel, message } => {
                    let channel = channel.as_int();
                    match message {
                        MidiMessage::NoteOn { vel, .. } if vel > 0 && channel == DRUMS => {
                            track.drums += 1;
                        }
                        _ if channel == DRUMS => {}
                        MidiMessage::NoteOn { key, vel } if vel > 0 => {
                            sounding.entry((channel, key.as_int())).or_default().push_back(tick);
                        }
                        MidiMessage::NoteOn { key, .. } | MidiMessage::NoteOff { key, .. } => {
                            let starts = sounding.get_mut(&(channel, key.as_int()));
                            match starts.and_then(VecDeque::pop_front) {
                                Some(start) => track.close(start, tick, key.as_int()),
                                None => track.stray_releases += 1,
                            }
                        }
                        MidiMessage::Controller { controller, .. } if SILENCE.contains(&controller.as_int()) => {
                            for ((_, pitch), starts) in sounding.range_mut((channel, 0)..=(channel, 127)) {
                                for start in starts.drain(..) {
                                    track.close(start, tick, *pitch);
                                }
                            }
                        }
                        _ => {}
                    }
                }
                TrackEventKind::SysEx(_) | TrackEventKind::Escape(_) => {}
            }
        }
        for ((_, pitch), starts) in sounding {
            track.unreleased += starts.len();
            for start in starts {
                track.close(start, events.tick, pitch);
            }
        }
        track.complaints = events.complaints;
        track
    }

    fn close(&mut self, start: u64, end: u64, pitch: u8) {
        if start == end {
            self.zero_length += 1;
        } else {
            self.notes.push(RawNote { start, end, pitch });
        }
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
