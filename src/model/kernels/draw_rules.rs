//! What draws go by, in one buffer of numbers: `constants` of `shaders/draw_field.wgsl`.

use crate::engine::gpu::{Gpu, Tensor};
use crate::engine::kernels::Lookup;
use crate::error::{Error, Result};
use crate::music::candidates::Bounds;
use crate::music::events::{FIELDS, duration_id};
use crate::music::melody::Melody;
use crate::music::midi::Note;

/// What a draw goes by that stays the same: the classes that may be drawn, lengths in ticks, bounds, a melody, and
/// which rows are looked up.
#[derive(Clone, Debug)]
pub struct DrawRules {
    pub(super) words: Tensor<u32, 1>,
    /// For each field: where its classes begin, their number, and the number of pieces that have masks of their own.
    pub(super) allowed: [(usize, usize, usize); FIELDS],
    pub(super) ticks: usize,
    pub(super) bounds: usize,
    /// Where the melody begins, the number of its notes, and the voice.
    pub(super) melody: [usize; 3],
    /// Where features and starts of each lookup begin.
    pub(super) lookups: Vec<(usize, usize)>,
}

impl DrawRules {
    /// `allowed` says of each class of each [`Field`](crate::music::events::Field) whether it may be drawn: a mask for each piece, or one for all, none
    /// for a field that is not drawn. `ticks` has the
    /// length of each offset, then of each duration.
    ///
    /// # Errors
    /// [`Error::Config`] when no class of a field may be drawn.
    pub fn new(
        gpu: &Gpu,
        allowed: &[Vec<Vec<bool>>; FIELDS],
        ticks: &[u32],
        bounds: &Bounds,
        lookups: &[&Lookup],
    ) -> Result<Self> {
        Self::around(gpu, allowed, ticks, bounds, lookups, &Melody::default())
    }

    /// The same around a melody, which is as the network plays it, see [`Melody::moved`]. Its pitches need not be
    /// allowed.
    ///
    /// # Errors
    /// As [`DrawRules::new`], and [`Error::Config`] when a note of the melody leaves no pitch for the others.
    pub fn around(
        gpu: &Gpu,
        allowed: &[Vec<Vec<bool>>; FIELDS],
        ticks: &[u32],
        bounds: &Bounds,
        lookups: &[&Lookup],
        melody: &Melody,
    ) -> Result<Self> {
        if !allowed.iter().flatten().all(|mask| mask.contains(&true)) {
            return Err(Error::Config("no class may be drawn; allow at least one".into()));
        }
        let has_room =
            |mask: &Vec<bool>| melody.without_room(|pitch| mask.get(usize::from(pitch)) == Some(&true)).is_none();
        if !allowed[1].iter().all(has_room) {
            return Err(Error::Config("the melody leaves no pitch for other notes; allow more of them".into()));
        }
        let mut words = Vec::new();
        let mut append = |part: &[u32]| {
            words.extend_from_slice(part);
            words.len() - part.len()
        };
        let allowed = allowed.each_ref().map(|masks| {
            let words: Vec<u32> = masks.iter().flatten().copied().map(u32::from).collect();
            (append(&words), masks.first().map_or(0, Vec::len), masks.len())
        });
        let (ticks, bounds) = (append(ticks), append(&bounds.to_words()));
        let melody = [append(&melody_words(melody)), melody.notes().len(), melody.voice() as usize];
        let lookups = lookups.iter().map(|lookup| (append(&lookup.words), append(&lookup.first_features))).collect();
        Ok(Self {
            words: Tensor::from_slice(gpu, "rules", [words.len()], &words)?,
            allowed,
            ticks,
            bounds,
            melody,
            lookups,
        })
    }
}

/// Onset, pitch, end and duration token of each note.
fn melody_words(melody: &Melody) -> Vec<u32> {
    let words = |note: &Note| [note.onset, note.pitch.into(), note.end(), duration_id(note.duration)];
    melody.notes().iter().flat_map(words).collect()
}
