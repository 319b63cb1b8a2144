//! From notes to the bytes of a MIDI file that any player opens.

use std::collections::{BTreeMap, HashMap};

use midly::num::{u7, u15, u24, u28};
use midly::{Format, Header, MetaMessage, MidiMessage, Smf, Timing, TrackEvent, TrackEventKind};

use super::{Note, TICKS_PER_BEAT};

/// File ticks in a beat: what most editors expect, and a multiple of the grid.
const FILE_TICKS_PER_BEAT: u16 = 480;
/// File ticks in a grid tick.
const SCALE: u64 = FILE_TICKS_PER_BEAT as u64 / TICKS_PER_BEAT as u64;
/// The longest time between two events that the format can express.
const MAX_DELTA: u64 = 0x0fff_ffff;

/// Channels of a port that are no drums.
const CHANNELS: [u8; 15] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15];

/// What a file says besides its notes.
#[derive(Clone, Debug, PartialEq)]
pub struct WriteOptions {
    /// Beats per minute, about 3.6 and up; anything that is not a positive number counts as 120.
    pub tempo_bpm: f64,
    /// Numerator and denominator, the latter a power of two.
    pub time_signature: (u8, u32),
}

impl Default for WriteOptions {
    /// 120 beats per minute, 4/4.
    fn default() -> Self {
        Self { tempo_bpm: 120.0, time_signature: (4, 4) }
    }
}

/// Writes tempo, time signature and notes with their velocities; the end of a track comes one beat after its last note.
///
/// The notes of one instrument are a file of format 0, since some devices read no other, on channel 1. Several
/// instruments are a file of format 1: after a track of tempo and time signature each has a track and a channel of its
/// own; where there are more than fifteen, the rarest are played by the fifteenth.
///
/// Releases come before onsets at the same time. A note that is still sounding when its pitch starts anew on the same
/// instrument is cut there, so no note hangs. Notes may come in any order; values out of range are clamped.
pub fn write(notes: &[Note], options: &WriteOptions) -> Vec<u8> {
    let tempo = if options.tempo_bpm.is_finite() && options.tempo_bpm > 0.0 {
        (60e6 / options.tempo_bpm).round().clamp(1.0, 16_777_215.0) as u32
    } else {
        500_000
    };
    let (numerator, denominator) = options.time_signature;
    // The last two numbers are 24 clocks to a click and 8 thirty-seconds to a beat, as everywhere.
    let signature = MetaMessage::TimeSignature(numerator.max(1), denominator.max(1).ilog2() as u8, 24, 8);
    let mut first = Timeline::default();
    first.push(0, TrackEventKind::Meta(MetaMessage::Tempo(u24::new(tempo))));
    first.push(0, TrackEventKind::Meta(signature));

    let parts = parts(notes);
    let (format, tracks) = match parts.as_slice() {
        [] => (Format::SingleTrack, vec![first.finish()]),
        [(program, notes)] => {
            first.play(CHANNELS[0], *program, notes);
            (Format::SingleTrack, vec![first.finish()])
        }
        parts => {
            let part = |((program, notes), channel): (&(u8, Vec<Note>), u8)| {
                let mut track = Timeline::default();
                track.play(channel, *program, notes);
                track.finish()
            };
            let parts = parts.iter().zip(CHANNELS).map(part);
            (Format::Parallel, std::iter::once(first.finish()).chain(parts).collect())
        }
    };
    let timing = Timing::Metrical(u15::new(FILE_TICKS_PER_BEAT));
    let mut file = Smf::new(Header::new(format, timing));
    file.tracks = tracks;
    let mut bytes = Vec::new();
    file.write_std(&mut bytes).expect("writing to memory, below 4 GiB");
    bytes
}

/// The notes of each instrument, for as many as there are channels; the instrument with the most notes comes first.
fn parts(notes: &[Note]) -> Vec<(u8, Vec<Note>)> {
    let mut parts: BTreeMap<u8, Vec<Note>> = BTreeMap::new();
    for note in notes {
        parts.entry(note.instrument.min(127)).or_default().push(*note);
    }
    let mut parts: Vec<(u8, Vec<Note>)> = parts.into_iter().collect();
    parts.sort_by_key(|(_, notes)| std::cmp::Reverse(notes.len()));
    let rare: Vec<Note> = parts.drain(CHANNELS.len().min(parts.len())..).flat_map(|(_, notes)| notes).collect();
    if let Some((_, notes)) = parts.last_mut() {
        notes.extend(rare);
    }
    parts
}

/// Onsets (with a velocity) and releases (without) as (grid tick, velocity, pitch) in the order in which they are played.
fn switches(notes: &[Note]) -> Vec<(u64, Option<u8>, u8)> {
    let mut switches = Vec::with_capacity(2 * notes.len());
    for note in cut_repeats(notes) {
        switches.push((u64::from(note.onset), Some(note.velocity.clamp(1, 127)), note.pitch));
        switches.push((u64::from(note.onset) + u64::from(note.duration), None, note.pitch));
    }
    switches.sort_unstable_by_key(|&(tick, velocity, pitch)| (tick, velocity.is_some(), pitch));
    switches
}

/// Sorted notes as instruments can play them: each ends at the latest where its pitch starts anew on its instrument. Of
/// notes that start together on one pitch the longest stays.
pub(crate) fn cut_repeats(notes: &[Note]) -> Vec<Note> {
    let mut notes: Vec<Note> = notes.iter().map(|note| Note { pitch: note.pitch.min(127), ..*note }).collect();
    notes.sort_unstable();
    // From the end, so that the next onset of each pitch is known; of notes that start together the longest is first.
    let mut next_onsets: HashMap<(u8, u8), u32> = HashMap::new();
    for note in notes.iter_mut().rev() {
        let next = next_onsets.entry((note.instrument, note.pitch)).or_insert(u32::MAX);
        note.duration = note.duration.min(next.saturating_sub(note.onset));
        if note.duration > 0 {
            *next = note.onset;
        }
    }
    notes.retain(|note| note.duration > 0);
    notes
}

/// A track under construction, with the time of its last event in file ticks.
#[derive(Default)]
struct Timeline {
    events: Vec<TrackEvent<'static>>,
    now: u64,
}

impl Timeline {
    /// The notes of an instrument, on a channel.
    fn play(&mut self, channel: u8, program: u8, notes: &[Note]) {
        let message = |message| TrackEventKind::Midi { channel: channel.into(), message };
        self.push(0, message(MidiMessage::ProgramChange { program: u7::new(program) }));
        for (tick, velocity, pitch) in switches(notes) {
            let key = u7::new(pitch);
            let midi = match velocity {
                Some(velocity) => MidiMessage::NoteOn { key, vel: u7::new(velocity) },
                None => MidiMessage::NoteOff { key, vel: 64.into() },
            };
            self.push(tick * SCALE, message(midi));
        }
    }

    /// The track, which ends one beat after its last event.
    fn finish(mut self) -> Vec<TrackEvent<'static>> {
        let end = self.now + u64::from(FILE_TICKS_PER_BEAT);
        self.push(end, TrackEventKind::Meta(MetaMessage::EndOfTrack));
        self.events
    }

    fn push(&mut self, tick: u64, kind: TrackEventKind<'static>) {
        let mut delta = tick - self.now;
        while delta > MAX_DELTA {
            // A gap too long for one step is bridged by empty texts.
            self.events
                .push(TrackEvent { delta: u28::max_value(), kind: TrackEventKind::Meta(MetaMessage::Text(b"")) });
            delta -= MAX_DELTA;
        }
        self.events.push(TrackEvent { delta: u28::new(delta as u32), kind });
        self.now = tick;
    }
}
