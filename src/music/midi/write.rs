//! From notes to the bytes of a MIDI file that any player opens.

use midly::num::{u7, u15, u24, u28};
use midly::{Format, Header, MetaMessage, MidiMessage, Smf, Timing, TrackEvent, TrackEventKind};

use super::{Note, TICKS_PER_BEAT};

/// File ticks in a beat: what most editors expect, and a multiple of the grid.
const FILE_TICKS_PER_BEAT: u16 = 480;
/// File ticks in a grid tick.
const SCALE: u64 = FILE_TICKS_PER_BEAT as u64 / TICKS_PER_BEAT as u64;
/// The longest time between two events that the format can express.
const MAX_DELTA: u64 = 0x0fff_ffff;

/// How the notes shall sound.
#[derive(Clone, Debug, PartialEq)]
pub struct WriteOptions {
    /// Beats per minute, about 3.6 and up; anything that is not a positive number counts as 120.
    pub tempo_bpm: f64,
    /// Instrument of General MIDI, 0..=127; 0 is a grand piano.
    pub program: u8,
    /// Numerator and denominator, the latter a power of two.
    pub time_signature: (u8, u32),
    /// Loudness of every note, 1..=127.
    pub velocity: u8,
}

impl Default for WriteOptions {
    /// Grand piano, 120 beats per minute, 4/4.
    fn default() -> Self {
        Self { tempo_bpm: 120.0, program: 0, time_signature: (4, 4), velocity: 80 }
    }
}

/// Writes a file of format 0, since some instruments read no other: tempo, time signature, program, the notes on
/// channel 1, end of track one beat after the last note.
///
/// Releases come before onsets at the same time. A note that is still sounding when its pitch starts anew is cut there,
/// so no note hangs. Notes may come in any order; values out of range are clamped.
pub fn write(notes: &[Note], options: &WriteOptions) -> Vec<u8> {
    let tempo = if options.tempo_bpm.is_finite() && options.tempo_bpm > 0.0 {
        (60e6 / options.tempo_bpm).round().clamp(1.0, 16_777_215.0) as u32
    } else {
        500_000
    };
    let (numerator, denominator) = options.time_signature;
    // The last two numbers are 24 clocks to a click and 8 thirty-seconds to a beat, as everywhere.
    let signature = MetaMessage::TimeSignature(numerator.max(1), denominator.max(1).ilog2() as u8, 24, 8);
    let message = |message| TrackEventKind::Midi { channel: 0.into(), message };

    let mut track = Timeline::default();
    track.push(0, TrackEventKind::Meta(MetaMessage::Tempo(u24::new(tempo))));
    track.push(0, TrackEventKind::Meta(signature));
    let program = u7::new(options.program.min(127));
    track.push(0, message(MidiMessage::ProgramChange { program }));
    for (tick, is_onset, pitch) in switches(notes) {
        let key = u7::new(pitch);
        track.push(
            tick * SCALE,
            message(if is_onset {
                let vel = u7::new(options.velocity.clamp(1, 127));
                MidiMessage::NoteOn { key, vel }
            } else {
                MidiMessage::NoteOff { key, vel: 64.into() }
            }),
        );
    }
    let end = track.now + u64::from(FILE_TICKS_PER_BEAT);
    track.push(end, TrackEventKind::Meta(MetaMessage::EndOfTrack));

    let timing = Timing::Metrical(u15::new(FILE_TICKS_PER_BEAT));
    let mut file = Smf::new(Header::new(Format::SingleTrack, timing));
    file.tracks.push(track.events);
    let mut bytes = Vec::new();
    file.write_std(&mut bytes).expect("writing to memory, below 4 GiB");
    bytes
}

/// Onsets (`true`) and releases (`false`) as (grid tick, which, pitch) in the order in which they are played.
fn switches(notes: &[Note]) -> Vec<(u64, bool, u8)> {
    let mut switches = Vec::with_capacity(2 * notes.len());
    for note in cut_repeats(notes) {
        switches.push((u64::from(note.onset), true, note.pitch));
        switches.push((u64::from(note.onset) + u64::from(note.duration), false, note.pitch));
    }
    switches.sort_unstable();
    switches
}

/// Sorted notes as an instrument can play them: each ends at the latest where its pitch starts anew. Of notes that
/// start together on one pitch the longest stays.
pub(crate) fn cut_repeats(notes: &[Note]) -> Vec<Note> {
    let mut notes: Vec<Note> = notes.iter().map(|note| Note { pitch: note.pitch.min(127), ..*note }).collect();
    notes.sort_unstable();
    // From the end, so that the next onset of each pitch is known; of notes that start together the longest is first.
    let mut next_onset = [u32::MAX; 128];
    for note in notes.iter_mut().rev() {
        let next = &mut next_onset[usize::from(note.pitch)];
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
