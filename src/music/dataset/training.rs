//! An endless stream of batches in an order that the seed alone decides.

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use serde::{Deserialize, Serialize};

use super::batch::{Batch, Piece};

/// What a training stream is made from besides the pieces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainingOptions {
    /// Steps in a batch (T).
    pub seq_len: usize,
    /// Lanes in a batch (B).
    pub batch_size: usize,
    /// Decides the order of the songs and their transpositions.
    pub seed: u64,
    /// Each song is moved by a number of semitones drawn anew in each pass, lowest and highest; (0, 0) is off. Only
    /// shifts that keep all pitches of the song within 0..=127 are drawn.
    pub transpose: (i32, i32),
}

/// Where a stream stands. With the same pieces and options it continues bit for bit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// Songs begun so far, over all passes.
    pub begun: u64,
    /// Rows given out so far.
    pub rows: u64,
    /// What each lane plays.
    pub lanes: Vec<LaneCursor>,
}

/// Where one lane stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaneCursor {
    /// Index of the piece.
    pub piece: usize,
    /// Semitones by which it is moved.
    pub shift: i32,
    /// The row that comes next.
    pub row: usize,
}

/// Batches without end and without padding.
///
/// The pieces are shuffled for every pass. A lane that has finished one takes the next of that order, so each pass
/// begins every piece once; where there are more lanes than pieces, lanes play different passes.
#[derive(Clone, Debug)]
pub struct TrainingStream {
    pieces: Vec<Piece>,
    options: TrainingOptions,
    cursor: Cursor,
    rows_per_pass: u64,
    /// The pass that `order` belongs to, and piece and shift of each of its places.
    pass: u64,
    order: Vec<(usize, i32)>,
}

impl TrainingStream {
    /// A stream from its beginning.
    ///
    /// # Panics
    /// When there are no pieces, `seq_len` or `batch_size` is 0, or the lowest transposition is above the highest.
    pub fn new(pieces: Vec<Piece>, options: TrainingOptions) -> Self {
        let start = Cursor { begun: 0, rows: 0, lanes: Vec::new() };
        let mut stream = Self::at(pieces, options, start);
        for _ in 0..stream.options.batch_size {
            let lane = stream.begin();
            stream.cursor.lanes.push(lane);
        }
        stream
    }

    /// A stream that continues where another stood; `None` when the cursor is not of these pieces and options.
    ///
    /// # Panics
    /// As [`TrainingStream::new`].
    pub fn resume(pieces: Vec<Piece>, options: TrainingOptions, cursor: Cursor) -> Option<Self> {
        let stream = Self::at(pieces, options, cursor);
        let fits = |lane: &LaneCursor| {
            let piece = stream.pieces.get(lane.piece)?;
            let (low, high) = piece.shifts(stream.options.transpose);
            (lane.row < piece.rows() && (low..=high).contains(&lane.shift)).then_some(())
        };
        let lanes = &stream.cursor.lanes;
        let whole = lanes.len() == stream.options.batch_size && stream.cursor.begun >= lanes.len() as u64;
        (whole && lanes.iter().all(|lane| fits(lane).is_some())).then_some(stream)
    }

    fn at(pieces: Vec<Piece>, options: TrainingOptions, cursor: Cursor) -> Self {
        assert!(!pieces.is_empty(), "a training stream needs pieces");
        assert!(options.seq_len > 0 && options.batch_size > 0, "{options:?}: sizes must be positive");
        assert!(options.transpose.0 <= options.transpose.1, "{options:?}: lowest above highest transposition");
        let pass = cursor.begun / pieces.len() as u64;
        Self {
            rows_per_pass: pieces.iter().map(|piece| piece.rows() as u64).sum(),
            order: order(&pieces, &options, pass),
            pass,
            pieces,
            options,
            cursor,
        }
    }

    /// Where the stream stands, to be saved.
    pub fn cursor(&self) -> &Cursor {
        &self.cursor
    }

    /// Passes over the pieces so far: rows given out over rows of all pieces.
    pub fn epochs(&self) -> f64 {
        self.cursor.rows as f64 / self.rows_per_pass as f64
    }

    /// Rows of all pieces together: their notes and ENDs.
    pub fn rows_per_pass(&self) -> u64 {
        self.rows_per_pass
    }

    /// The next batch; every row of it has something to predict.
    pub fn next_batch(&mut self) -> Batch {
        let mut batch = Batch::idle(self.options.seq_len, self.options.batch_size);
        for step in 0..self.options.seq_len {
            for index in 0..self.options.batch_size {
                let LaneCursor { piece, shift, row } = self.cursor.lanes[index];
                batch.put(step, index, &self.pieces[piece], row, shift);
                self.cursor.lanes[index] = if row + 1 < self.pieces[piece].rows() {
                    LaneCursor { piece, shift, row: row + 1 }
                } else {
                    self.begin()
                };
            }
        }
        self.cursor.rows += batch.events as u64;
        batch
    }

    /// The next piece of the order, from its beginning.
    fn begin(&mut self) -> LaneCursor {
        let count = self.pieces.len() as u64;
        let (pass, place) = (self.cursor.begun / count, self.cursor.begun % count);
        if pass != self.pass {
            self.order = order(&self.pieces, &self.options, pass);
            self.pass = pass;
        }
        self.cursor.begun += 1;
        let (piece, shift) = self.order[place as usize];
        LaneCursor { piece, shift, row: 0 }
    }
}

/// Order and transpositions of one pass: a function of the seed and the number of the pass, so a cursor need not hold
/// the state of a generator.
fn order(pieces: &[Piece], options: &TrainingOptions, pass: u64) -> Vec<(usize, i32)> {
    // Pcg64's stream parameter keeps the passes of one seed apart.
    let mut rng = Pcg64::seed_from_u64(options.seed);
    let mut rng = Pcg64::new(rng.random(), u128::from(pass));
    let mut order: Vec<_> = pieces
        .iter()
        .enumerate()
        .map(|(index, piece)| {
            let (low, high) = piece.shifts(options.transpose);
            (index, rng.random_range(low..=high))
        })
        .collect();
    order.shuffle(&mut rng);
    order
}
