//! The strikes and releases of one key, paired to notes.
//!
//! Where every strike has a release, the first note to begin is the first to end: voices that share a key come apart as
//! they were written. Where a release is missing, that would lengthen each later note up to the next strike but one. So
//! there a new strike ends the note before it, as it does on a piano.

use std::collections::VecDeque;

/// Something that happens to a key.
pub(super) struct Stroke {
    /// The message that says so, counted over all tracks.
    number: usize,
    tick: u64,
    kind: Kind,
}

/// How a strike sounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Touch {
    pub(super) velocity: u8,
    pub(super) instrument: u8,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Strike(Touch),
    Release,
    /// Ends all notes.
    Silence,
}

impl Stroke {
    pub(super) fn strike(number: usize, tick: u64, touch: Touch) -> Self {
        Self { number, tick, kind: Kind::Strike(touch) }
    }

    pub(super) fn release(number: usize, tick: u64) -> Self {
        Self { number, tick, kind: Kind::Release }
    }

    pub(super) fn silence(number: usize, tick: u64) -> Self {
        Self { number, tick, kind: Kind::Silence }
    }

    /// Message and time of a strike.
    pub(super) fn as_strike(&self) -> Option<(usize, u64)> {
        matches!(self.kind, Kind::Strike(_)).then_some((self.number, self.tick))
    }
}

/// A note of the key, in file ticks.
pub(super) struct Paired {
    pub(super) start: u64,
    pub(super) touch: Touch,
    pub(super) end: u64,
    /// The message that released the key; `None` where a new strike or the end of the track ended the note.
    pub(super) released_by: Option<usize>,
}

/// All notes of a key.
#[derive(Default)]
pub(super) struct Pairs {
    pub(super) notes: Vec<Paired>,
    /// Notes that a new strike ended.
    pub(super) restruck: usize,
    /// Notes that the end of the track ended.
    pub(super) unreleased: usize,
    /// Releases without a note.
    pub(super) stray_releases: usize,
}

/// Pairs the strokes of a key, in order of time, of a track that ends at `end`.
pub(super) fn pair(strokes: &[Stroke], end: u64) -> Pairs {
    first_in_first_out(strokes).unwrap_or_else(|| one_at_a_time(strokes, end))
}

/// `None` where a note is not released.
fn first_in_first_out(strokes: &[Stroke]) -> Option<Pairs> {
    let mut pairs = Pairs::default();
    let mut sounding = VecDeque::new();
    for stroke in strokes {
        match stroke.kind {
            Kind::Strike(touch) => sounding.push_back((stroke.tick, touch)),
            Kind::Release => match sounding.pop_front() {
                Some(start) => pairs.close(start, stroke),
                None => pairs.stray_releases += 1,
            },
            Kind::Silence => sounding.drain(..).for_each(|start| pairs.close(start, stroke)),
        }
    }
    sounding.is_empty().then_some(pairs)
}

fn one_at_a_time(strokes: &[Stroke], end: u64) -> Pairs {
    let mut pairs = Pairs::default();
    let mut sounding = None;
    for stroke in strokes {
        match (stroke.kind, sounding.take()) {
            (Kind::Strike(touch), before) => {
                sounding = Some((stroke.tick, touch));
                if let Some((start, touch)) = before {
                    pairs.restruck += 1;
                    // Of two strikes at one time the second is the note.
                    if start < stroke.tick {
                        pairs.notes.push(Paired { start, touch, end: stroke.tick, released_by: None });
                    }
                }
            }
            (Kind::Release | Kind::Silence, Some(start)) => pairs.close(start, stroke),
            (Kind::Release, None) => pairs.stray_releases += 1,
            (Kind::Silence, None) => {}
        }
    }
    if let Some((start, touch)) = sounding {
        pairs.unreleased += 1;
        pairs.notes.push(Paired { start, touch, end, released_by: None });
    }
    pairs
}

impl Pairs {
    fn close(&mut self, (start, touch): (u64, Touch), stroke: &Stroke) {
        self.notes.push(Paired { start, touch, end: stroke.tick, released_by: Some(stroke.number) });
    }
}
