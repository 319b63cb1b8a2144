//! Songs -> training and validation -> time-major batches.
//!
//! A song of n notes becomes n + 1 rows: the inputs are BOS, e1, ..., en, the targets e1, ..., en, END. A batch is a
//! window of `seq_len` steps over `batch_size` lanes; each lane plays one song after the other, and a reset flag marks
//! the step at which a song begins, where the carried state must be zeroed.

mod batch;
mod candidates;
mod copies;
mod evaluation;
mod history;
mod limits;
mod split;
mod training;

pub use batch::{Batch, IGNORE, Piece};
pub use copies::{Groups, copies, near_copies, repeated, resembling};
pub use evaluation::EvaluationStream;
pub use limits::Limits;
pub use split::{Split, fingerprint, split, split_groups};
pub use training::{Cursor, LaneCursor, TrainingOptions, TrainingStream};
