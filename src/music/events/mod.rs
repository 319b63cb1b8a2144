//! Notes <-> events <-> token ids.
//!
//! An event is one note: how long after the previous event's note it starts, its pitch, its length, its loudness and its
//! instrument. A chord is several events with offset 0, by instrument, then pitch. The vocabulary is fixed, so any music can be written in it and any tokens,
//! even random ones, are music.

mod cut;
mod vocabulary;

pub use cut::Cut;
pub use vocabulary::{
    BOS, END, FIELDS, Field, MAX_TICKS, Token, VOCABULARY_ID, core_token, duration_id, duration_ticks, id_velocity,
    offset_id, offset_ticks, velocity_id,
};

use crate::music::midi::{DEFAULT_VELOCITY, Note, Song, TICKS_PER_BEAT, joined, sort_and_merge};

/// The songs with these fields of their notes: without the instrument, all are played by one.
pub fn with_fields(mut songs: Vec<Song>, fields: &[Field]) -> Vec<Song> {
    if !fields.contains(&Field::Instrument) {
        songs.iter_mut().for_each(|song| song.notes = joined(&song.notes));
    }
    songs
}

/// One note, in time relative to the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Event {
    /// Grid ticks from the previous event's onset to this one's; for the first event from the start of the piece.
    pub offset: u32,
    /// MIDI key number, 0..=127.
    pub note: u8,
    /// Length in grid ticks, at least 1.
    pub duration: u32,
    /// Loudness, 1..=127.
    pub velocity: u8,
    /// Program of General MIDI, 0..=127.
    pub instrument: u8,
}

impl Event {
    /// A note of a piano, of medium loudness.
    pub fn new(offset: u32, note: u8, duration: u32) -> Self {
        Self { offset, note, duration, velocity: DEFAULT_VELOCITY, instrument: 0 }
    }
}

/// Notes to events whose values are all in the vocabulary.
///
/// - Whole beats of silence before the first note are dropped; its place within the beat is kept.
/// - Velocities go to the nearest class, and lengths, at most [`MAX_TICKS`]; so do offsets, and a longer pause is shortened to that.
/// - Each offset is taken from the onset that [`decode`] will have reached, so rounding never adds up: every onset comes
///   back within half the widest step (12 ticks, after a pause of more than 16 beats), and exactly where offsets are in
///   the vocabulary. Notes of one onset stay together, notes of different onsets stay apart.
pub fn encode(notes: &[Note]) -> Vec<Event> {
    let mut notes = notes.to_vec();
    notes.sort_unstable_by_key(|note| (note.onset, note.instrument, note.pitch, note.duration, note.velocity));
    let Some(first) = notes.first() else {
        return Vec::new();
    };
    // Where the previous note stands, and the same place as the decoder will reach it.
    let mut onset = first.onset - first.onset % TICKS_PER_BEAT;
    let mut reached = i64::from(onset);
    let mut events = Vec::with_capacity(notes.len());
    for note in &notes {
        // What a pause has beyond the longest offset is lost to both.
        reached += i64::from((note.onset - onset).saturating_sub(MAX_TICKS));
        let offset = if note.onset == onset {
            0
        } else {
            let gap = (i64::from(note.onset) - reached).clamp(1, i64::from(MAX_TICKS));
            offset_ticks(offset_id(gap as u32))
        };
        reached += i64::from(offset);
        onset = note.onset;
        let Note { pitch, duration, instrument, .. } = *note;
        let (duration, velocity) = (duration_ticks(duration_id(duration)), id_velocity(velocity_id(note.velocity)));
        events.push(Event { offset, note: pitch, duration, velocity, instrument });
    }
    events
}

/// Events to notes, sorted by onset and pitch; where two of one instrument share both, the longer stays.
pub fn decode(events: &[Event]) -> Vec<Note> {
    let mut onset = 0_u32;
    let mut notes = Vec::with_capacity(events.len());
    for event in events {
        onset = onset.saturating_add(event.offset);
        let Event { note, duration, velocity, instrument, .. } = *event;
        notes.push(Note { onset, pitch: note.min(127), duration: duration.max(1), velocity, instrument });
    }
    sort_and_merge(&mut notes);
    notes
}

/// Events to token ids, values outside the vocabulary to the nearest class. No [`END`] is added.
pub fn events_to_tokens(events: &[Event]) -> Vec<Token> {
    let token = |event: &Event| {
        let Event { offset, note, duration, velocity, instrument } = *event;
        let [note, instrument] = [note, instrument].map(|number| u32::from(number.min(127)));
        [offset_id(offset), note, duration_id(duration), velocity_id(velocity), instrument]
    };
    events.iter().map(token).collect()
}

/// Token ids to events, up to the first [`END`]. Ids beyond the vocabulary count as its last class.
pub fn tokens_to_events(tokens: &[Token]) -> Vec<Event> {
    tokens.iter().take_while(|token| token[0] != END).map(token_to_event).collect()
}

/// The event of one token. Ids beyond the vocabulary count as its last class.
pub fn token_to_event(token: &Token) -> Event {
    Event {
        offset: offset_ticks(token[0]),
        note: token[1].min(127) as u8,
        duration: duration_ticks(token[2]),
        velocity: id_velocity(token[3]),
        instrument: token[4].min(127) as u8,
    }
}
