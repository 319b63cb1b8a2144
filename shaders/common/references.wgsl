// The notes from which pitches are predicted at intervals, and the order within a chord. Needs context_at.

const CONTEXT_SIZE = 73u;
const NEXT = 4u;                // columns of the context: the offset of the event to predict
const LAST_PITCH = 32u;
const VOICES = 48u;

const REFERENCES = 4u;
const REFERENCE_STRIDE = 76u;
const REACH = 37;               // semitones up and down; those beyond share a value
const RULED_OUT = -30.0;        // a logit that leaves no probability to speak of

// Pitch + 1 of a reference, or 0.
fn reference_pitch(row: u32, i: u32) -> u32 {
    return context_at(row, select(VOICES + i - 1u, LAST_PITCH, i == 0u));
}

// Whether the pitch cannot follow within the chord. The columns hold pitches + 1.
fn is_ruled_out(row: u32, pitch: u32) -> bool {
    return context_at(row, NEXT) == 0u && pitch < context_at(row, LAST_PITCH);
}
