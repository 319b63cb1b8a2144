//! What the network is fed: pieces as tokens, and windows over several of them.

use super::candidates::Candidates;
use super::history::{History, history};
use crate::music::candidates::{CANDIDATE_COLUMNS, FIGURE_CLASSES};
use crate::music::context::{CONTEXT_SIZE, EXTRA, HISTORY, HISTORY_SIZE, LAST_EVENTS, POSITIONS};
use crate::music::context::{last_column, next_column, recent_column};
use crate::music::events::{BOS, END, FIELDS, Field, Token, encode, events_to_tokens, offset_ticks};
use crate::music::midi::{Note, Song};

/// Fields beyond offset, pitch and duration.
const EXTRA_FIELDS: [Field; 2] = [Field::Velocity, Field::Instrument];

/// The target where there is nothing to predict.
pub const IGNORE: u32 = u32::MAX;

/// One song as token ids, without END.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    tokens: Vec<Token>,
    /// Onset of each event in grid ticks from the beginning.
    positions: Vec<u32>,
    /// What each event, and END, is conditioned on.
    history: Vec<History>,
    candidates: Candidates,
    lowest: u32,
    highest: u32,
}

impl Piece {
    /// Encodes notes in any order. None at all is a piece of one row, END after BOS.
    pub fn new(notes: &[Note]) -> Self {
        let tokens = events_to_tokens(&encode(notes));
        let pitches = || tokens.iter().map(|token| token[1]);
        let (lowest, highest) = (pitches().min().unwrap_or(0), pitches().max().unwrap_or(127));
        let onset = |position: &mut u32, token: &Token| {
            *position = position.saturating_add(offset_ticks(token[0]));
            Some(*position)
        };
        let positions: Vec<u32> = tokens.iter().scan(0, onset).collect();
        let (history, candidates) = (history(&tokens, &positions), Candidates::find(&tokens));
        Self { lowest, highest, history, candidates, positions, tokens }
    }

    /// All songs in their order.
    pub fn from_songs(songs: &[Song]) -> Vec<Self> {
        songs.iter().map(|song| Self::new(&song.notes)).collect()
    }

    /// The tokens, one a note.
    pub fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// How often figures of each [`figure_class`](crate::music::candidates::figure_class) are repeated without a gap, at most.
    pub(super) fn rounds(&self) -> &[u32; FIGURE_CLASSES] {
        &self.candidates.rounds
    }

    /// The share of the events that are repeats, see [`candidates`](crate::music::candidates).
    pub(super) fn repeats(&self) -> f64 {
        f64::from(self.candidates.repeats) / self.tokens.len().max(1) as f64
    }

    /// Lowest and highest pitch of the first `notes` notes, of which there is one at least.
    pub(super) fn range(&self, notes: usize) -> [u32; 2] {
        let pitches = || self.tokens.iter().take(notes).map(|token| token[1]);
        [pitches().min().unwrap_or(0), pitches().max().unwrap_or(127)]
    }

    /// Notes that begin together, at most.
    pub(super) fn chord(&self) -> u32 {
        let sizes = self.tokens.chunk_by(|_, next| offset_ticks(next[0]) == 0).map(<[Token]>::len);
        sizes.max().unwrap_or(0) as u32
    }

    /// The tokens `shift` semitones higher; `None` where a pitch would leave 0..=127.
    pub fn transposed(&self, shift: i32) -> Option<Vec<Token>> {
        let (lowest, highest) = self.shifts((shift, shift));
        ((lowest, highest) == (shift, shift)).then(|| self.tokens.iter().map(|token| moved(token, shift)).collect())
    }

    /// Rows in a batch: one a note and one for END.
    pub fn rows(&self) -> usize {
        self.tokens.len() + 1
    }

    /// The part of `low..=high` semitones by which the piece can be moved within 0..=127; where nothing is left, the
    /// nearest that fits.
    pub(super) fn shifts(&self, (low, high): (i32, i32)) -> (i32, i32) {
        let (down, up) = (-(self.lowest as i32), 127 - self.highest as i32);
        (low.clamp(down, up), high.clamp(down, up))
    }

    /// Positions of the event that row `row` has as input and of the one it predicts. BOS is at 0, END where the last event is.
    fn positions(&self, row: usize) -> [u32; 2] {
        let history = if row == 0 { 0 } else { self.positions[row - 1] };
        [history, self.positions.get(row).copied().unwrap_or(history)]
    }

    /// Input and target ids of row `row`, `shift` semitones higher.
    fn row(&self, row: usize, shift: i32) -> (Token, Token) {
        let input = match row {
            0 => BOS,
            _ => moved(&self.tokens[row - 1], shift),
        };
        let mut end = [IGNORE; FIELDS];
        end[Field::Offset.index()] = END;
        (input, self.tokens.get(row).map_or(end, |token| moved(token, shift)))
    }

    /// The ids + 1 of a field of the last events before row `row`, latest first.
    fn recent(&self, row: usize, field: Field) -> impl Iterator<Item = u32> {
        self.tokens[..row].iter().rev().take(LAST_EVENTS).map(move |token| token[field.index()] + 1)
    }
}

/// A token `shift` semitones higher.
fn moved(token: &Token, shift: i32) -> Token {
    let mut token = *token;
    token[Field::Pitch.index()] = token[Field::Pitch.index()].wrapping_add_signed(shift);
    token
}

/// A window of `seq_len` steps (T) over `batch_size` lanes (B). Arrays are row-major, ids in the order of
/// [`Field::ALL`] (F).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Steps (T).
    pub seq_len: usize,
    /// Lanes (B).
    pub batch_size: usize,
    /// Input ids, `[T, B, F]`.
    pub tokens: Vec<u32>,
    /// Ids to predict, `[T, B, F]`, [`IGNORE`] where there is nothing to predict.
    pub targets: Vec<u32>,
    /// `[T, B, 2]`, where in the piece the input and the target stand, in grid ticks from its beginning.
    pub positions: Vec<u32>,
    /// `[T, B, 45]`, the columns of the context from [`HISTORY`](crate::music::context::HISTORY) to [`EXTRA`].
    pub history: Vec<u32>,
    /// `[T, B, 2, 8]`, the ids + 1 of the last events in the fields beyond offset, pitch and duration, latest first.
    pub extra: Vec<u32>,
    /// `[T, B, 48]`, the candidates of each field: see [`CANDIDATE_COLUMNS`].
    pub candidates: Vec<u32>,
    /// `[T, B]`, 1 where a song begins at this step, else 0.
    pub reset: Vec<u32>,
    /// Rows with a note (and duration) to predict.
    pub notes: usize,
    /// Rows with an offset to predict: notes and ENDs.
    pub events: usize,
}

impl Batch {
    /// A batch with nothing to predict: BOS everywhere, no reset.
    pub(super) fn idle(seq_len: usize, batch_size: usize) -> Self {
        let rows = seq_len * batch_size;
        Self {
            seq_len,
            batch_size,
            tokens: BOS.repeat(rows),
            targets: vec![IGNORE; FIELDS * rows],
            positions: vec![0; 2 * rows],
            history: vec![0; HISTORY_SIZE * rows],
            extra: vec![0; EXTRA_FIELDS.len() * LAST_EVENTS * rows],
            candidates: vec![0; CANDIDATE_COLUMNS * rows],
            reset: vec![0; rows],
            notes: 0,
            events: 0,
        }
    }

    /// Writes row `row` of `piece` into one step of one lane.
    pub(super) fn put(&mut self, step: usize, lane: usize, piece: &Piece, row: usize, shift: i32) {
        let (input, target) = piece.row(row, shift);
        let at = step * self.batch_size + lane;
        self.tokens[FIELDS * at..][..FIELDS].copy_from_slice(&input);
        self.targets[FIELDS * at..][..FIELDS].copy_from_slice(&target);
        self.positions[2 * at..2 * at + 2].copy_from_slice(&piece.positions(row));
        self.history[HISTORY_SIZE * at..][..HISTORY_SIZE].copy_from_slice(&piece.history[row].columns(shift));
        let extra = self.extra.chunks_exact_mut(LAST_EVENTS).skip(EXTRA_FIELDS.len() * at);
        for (slots, field) in extra.zip(EXTRA_FIELDS) {
            slots.iter_mut().zip(piece.recent(row, field)).for_each(|(slot, id)| *slot = id);
        }
        self.candidates[CANDIDATE_COLUMNS * at..][..CANDIDATE_COLUMNS]
            .copy_from_slice(&piece.candidates.columns(row, shift));
        self.reset[at] = u32::from(row == 0);
        self.notes += usize::from(target[1] != IGNORE);
        self.events += 1;
    }

    /// What may be known at each row, `[T, B, 73]`: see [`crate::music::context`]. Where there is nothing to predict, 0 is known.
    pub fn context(&self) -> Vec<u32> {
        let known = |target: &u32| if *target == IGNORE { 0 } else { *target };
        let mut context = vec![0; CONTEXT_SIZE * self.reset.len()];
        for (row, context) in context.chunks_exact_mut(CONTEXT_SIZE).enumerate() {
            for field in Field::ALL {
                context[last_column(field)] = self.tokens[FIELDS * row + field.index()];
                context[next_column(field)] = known(&self.targets[FIELDS * row + field.index()]);
            }
            for (column, position) in POSITIONS.into_iter().zip(&self.positions[2 * row..]) {
                context[column] = *position;
            }
            context[HISTORY..EXTRA].copy_from_slice(&self.history[HISTORY_SIZE * row..][..HISTORY_SIZE]);
            let extra = self.extra.chunks_exact(LAST_EVENTS).skip(EXTRA_FIELDS.len() * row);
            for (ids, field) in extra.zip(EXTRA_FIELDS) {
                context[recent_column(field)..][..LAST_EVENTS].copy_from_slice(ids);
            }
        }
        context
    }
}
