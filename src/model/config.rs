//! Sizes and hyperparameters: plain data, validated once, stored inside every checkpoint.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::music::events::Field;

/// The sizes of the network. Any positive size is allowed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelConfig {
    /// The fields of an event, in the order in which they are predicted; each has a stream and a head.
    #[serde(default = "core_fields")]
    pub fields: Vec<Field>,
    /// Rows of the embedding table of each field: its token ids are below that.
    pub input_vocab_sizes: Vec<usize>,
    /// Classes of the head of each field (V).
    pub output_vocab_sizes: Vec<usize>,
    /// Width of each embedding (E).
    pub embedding_size: usize,
    /// Hidden size of the stream LSTM of each field.
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

/// The fields of models that do not name theirs.
fn core_fields() -> Vec<Field> {
    Field::CORE.to_vec()
}

impl ModelConfig {
    /// The same sizes for other fields, in the order in which they are predicted, with the whole vocabulary.
    pub fn with_fields(self, fields: &[Field]) -> Self {
        let fields: Vec<Field> = Field::ORDER.into_iter().filter(|field| fields.contains(field)).collect();
        let input_vocab_sizes = fields.iter().map(|field| field.ids()).collect();
        let output_vocab_sizes = fields.iter().map(|field| field.classes()).collect();
        Self { fields, input_vocab_sizes, output_vocab_sizes, ..self }
    }

    /// Number of fields, and so of streams and heads.
    pub fn heads(&self) -> usize {
        self.fields.len()
    }

    /// The heads with their fields, in the order in which they are predicted.
    pub fn fields(&self) -> impl Iterator<Item = (usize, Field)> {
        self.fields.iter().copied().enumerate()
    }

    /// An error that names the flag if a size is 0, and one that says what is wrong with the fields.
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
        let order: Vec<Field> = Field::ORDER.into_iter().filter(|field| self.fields.contains(field)).collect();
        if self.fields.is_empty() || order != self.fields {
            return Err(Error::Config(format!("fields {:?}; they must be some of {:?}", self.fields, Field::ORDER)));
        }
        if [&self.input_vocab_sizes, &self.output_vocab_sizes].iter().any(|sizes| sizes.len() != self.heads()) {
            return Err(Error::Config("each field needs an input and an output vocabulary".into()));
        }
        if self.matches && !Field::CORE.iter().all(|field| self.fields.contains(field)) {
            return Err(Error::Config("matches need the fields offset, note and duration".into()));
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
