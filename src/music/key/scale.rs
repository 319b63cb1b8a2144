//! How much of a piece fits one scale.

use super::Key;
use crate::music::midi::Note;

/// Semitones above the tonic of a major and a natural minor scale.
const SCALES: [[usize; 7]; 2] = [[0, 2, 4, 5, 7, 9, 11], [0, 2, 3, 5, 7, 8, 10]];

/// Share of the notes of each pitch class, from C.
pub(crate) fn pitch_class_shares(notes: &[Note]) -> [f64; 12] {
    let mut shares = [0.0; 12];
    for note in notes {
        shares[usize::from(note.pitch) % 12] += 1.0 / notes.len() as f64;
    }
    shares
}

/// The scale that holds the largest share of the notes, and that share; among equals the one whose tonic is most frequent.
/// `None` without notes.
pub(crate) fn best_scale(shares: &[f64; 12]) -> Option<(Key, f64)> {
    let mut best: Option<(Key, f64)> = None;
    for key in (0..12).flat_map(|tonic| [Key::new(tonic, false), Key::new(tonic, true)]) {
        let share: f64 = SCALES[usize::from(key.is_minor())].iter().map(|step| shares[(key.tonic() + step) % 12]).sum();
        let (than, tonic) = best.map_or((0.0, 0.0), |(best, share)| (share, shares[best.tonic()]));
        if share > than + 1e-9 || (share > than - 1e-9 && shares[key.tonic()] > tonic) {
            best = Some((key, share));
        }
    }
    best
}
