//! The songs that a piece is compared with.

use std::collections::HashMap;

use super::Report;
use super::ending::is_on_tonic;
use super::steps::{Step, steps};
use crate::music::midi::Note;

/// Steps of a passage that two pieces may share by chance: scales and broken chords.
const SEED_LENGTH: usize = 4;

/// Notes of the shortest passage that is looked for: that many steps join one note more.
pub(super) const SHORTEST_COPY: usize = SEED_LENGTH + 1;

/// Of more songs than this, only so many, evenly spread, are measured themselves.
const MEASURED: usize = 100;

/// Music by people, with an index of its passages.
pub struct Songs {
    songs: Vec<(String, Vec<Note>)>,
    steps: Vec<Vec<Step>>,
    /// Every run of [`SEED_LENGTH`] steps with the songs and the steps at which it begins.
    places: HashMap<[Step; SEED_LENGTH], Vec<(usize, usize)>>,
}

impl Songs {
    /// Songs by name.
    pub fn new(songs: Vec<(String, Vec<Note>)>) -> Self {
        let steps: Vec<Vec<Step>> = songs.iter().map(|(_, notes)| steps(notes)).collect();
        let mut places: HashMap<[Step; SEED_LENGTH], Vec<(usize, usize)>> = HashMap::new();
        for (song, steps) in steps.iter().enumerate() {
            for (at, gram) in grams(steps).enumerate() {
                places.entry(gram).or_default().push((song, at));
            }
        }
        Self { songs, steps, places }
    }

    /// Number of songs.
    pub fn len(&self) -> usize {
        self.songs.len()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.songs.is_empty()
    }

    /// The notes of each song.
    pub fn notes(&self) -> Vec<&[Note]> {
        self.songs.iter().map(|(_, notes)| notes.as_slice()).collect()
    }

    /// Figures of the songs, each cut to its first `notes` notes and searched for passages of the others.
    pub fn reports(&self, notes: usize) -> Vec<Report> {
        let apart = self.len().div_ceil(MEASURED).max(1);
        let measured = self.songs.iter().enumerate().step_by(apart);
        measured
            .map(|(number, (_, song))| Report::except(&song[..notes.min(song.len())], Some(self), Some(number)))
            .collect()
    }

    /// How many of the songs end on a chord on the tonic, and how many there are.
    pub(super) fn endings(&self) -> (usize, usize) {
        (self.songs.iter().filter(|(_, notes)| is_on_tonic(notes)).count(), self.songs.len())
    }

    /// A figure of passages of `notes` notes, for figures of repetition: they change as a passage grows, whoever wrote it,
    /// so songs that are too short are joined to the next ones.
    pub(super) fn of_passages(&self, notes: usize, figure: fn(&[Step]) -> f64) -> Vec<f64> {
        let wanted = notes.saturating_sub(1);
        let mut shares = Vec::new();
        let mut passage: Vec<Step> = Vec::new();
        for steps in &self.steps {
            passage.extend(steps);
            if passage.len() >= wanted {
                shares.push(figure(&passage[..wanted]));
                passage.clear();
            }
        }
        if shares.is_empty() {
            shares.push(figure(&passage));
        }
        shares
    }

    /// The longest run of equal steps in `piece` and a song, in notes, and that song's name.
    pub(super) fn longest_shared(&self, piece: &[Step], except: Option<usize>) -> Option<(usize, String)> {
        let mut best: Option<(usize, usize)> = None;
        // Lengths of the runs that end at the step before, by song and place.
        let mut running: HashMap<(usize, usize), usize> = HashMap::new();
        for gram in grams(piece) {
            let mut next = HashMap::new();
            for &(song, at) in self.places.get(&gram).into_iter().flatten() {
                if Some(song) == except {
                    continue;
                }
                let before = at.checked_sub(1).and_then(|before| running.get(&(song, before)));
                let length = before.map_or(SEED_LENGTH, |run| run + 1);
                next.insert((song, at), length);
                // A run of n steps joins n + 1 notes. Of equals, the first song is named.
                if best.is_none_or(|(longest, named)| length + 1 > longest || (length + 1 == longest && song < named)) {
                    best = Some((length + 1, song));
                }
            }
            running = next;
        }
        best.map(|(notes, song)| (notes, self.songs[song].0.clone()))
    }
}

/// All runs of [`SEED_LENGTH`] steps.
fn grams(steps: &[Step]) -> impl Iterator<Item = [Step; SEED_LENGTH]> {
    steps.windows(SEED_LENGTH).map(|gram| gram.try_into().expect("a window has its length"))
}
