//! Sizes and hyperparameters: plain data, validated once, stored inside every checkpoint.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The three parts of an event, in the order in which every array of three holds them.
pub const STREAMS: [&str; 3] = ["offset", "note", "duration"];

/// The sizes of the network. Any positive size is allowed.
///
/// Arrays of three are in the order of [`STREAMS`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelConfig {
    /// Rows of each embedding table: token ids of stream `s` are below `input_vocab_sizes[s]`.
    pub input_vocab_sizes: [usize; 3],
    /// Classes of each head (V).
    pub output_vocab_sizes: [usize; 3],
    /// Width of each embedding (E).
    pub embedding_size: usize,
    /// Hidden size of each of the three stream LSTMs.
    pub stream_size: usize,
    /// Hidden size of the combined LSTM layers.
    pub combined_size: usize,
    /// Number of combined LSTM layers, at least 1.
    pub combined_layers: usize,
    /// Width of the fully connected layer that all heads read.
    pub shared_size: usize,
    /// Width of each head's hidden layer.
    pub head_size: usize,
    /// Whether the place in the beat and in the bar is an input.
    pub metre: bool,
    /// Whether the heads are conditioned on the notes that sound and those that have just ended.
    pub chord: bool,
    /// Whether each head is conditioned on its own part of the last events one by one, that of the offsets on the durations
    /// too.
    pub last: bool,
    /// Whether pitches are inputs as intervals too, and pitch logits are added at intervals from notes of the piece.
    pub relative: bool,
    /// Whether what followed where the piece has played the same before is scored, see [`crate::music::candidates`].
    pub matches: bool,
}

impl ModelConfig {
    /// An error that names the flag if a size is 0.
    pub fn validate(&self) -> Result<()> {
        let sizes = [
            ("--embedding-size", self.embedding_size),
            ("--stream-size", self.stream_size),
            ("--combined-size", self.combined_size),
            ("--combined-layers", self.combined_layers),
            ("--shared-size", self.shared_size),
            ("--head-size", self.head_size),
        ];
        for (flag, size) in sizes {
            if !(1..=16_384).contains(&size) {
                return Err(Error::Config(format!("{flag} is {size}; it must be between 1 and 16384")));
            }
        }
        let vocab_sizes = self.input_vocab_sizes.iter().chain(&self.output_vocab_sizes);
        match vocab_sizes.max() {
            Some(1..=65_536) => Ok(()),
            largest => {
                Err(Error::Config(format!("a vocabulary of {largest:?} classes; it must be between 1 and 65536")))
            }
        }
    }
}
