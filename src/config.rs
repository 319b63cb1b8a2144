//! Sizes and hyperparameters: plain data, validated once, stored inside every checkpoint.

use serde::{Deserialize, Serialize};

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
}
