//! What to do with the sustain pedal.

use serde::{Deserialize, Serialize};

/// Whether notes last until their key is released, or until the sustain pedal (controller 64, at 64 and above) lets go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pedal {
    /// [`Pedal::Hold`] for songs that were played: those with half of their notes or more off the grid. [`Pedal::Ignore`]
    /// for songs that were written, whose lengths are those of a score.
    #[default]
    Auto,
    /// A note that the pedal holds lasts until the pedal is lifted or its key is struck again.
    Hold,
    /// Lengths are those of the keys.
    Ignore,
}

impl Pedal {
    /// What runs and models mean that do not say it: they are from before there was a choice.
    pub(crate) fn unsaid() -> Self {
        Self::Ignore
    }
}
