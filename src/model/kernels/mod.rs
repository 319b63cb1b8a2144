//! The kernels of this network alone: the scores of candidates, relative pitch, and the draw of a field. Built as those of
//! [`crate::engine::kernels`].

mod candidate_bias;
mod candidate_bias_backward;
mod draw_field;
mod draw_rules;
mod relative_pitch;
mod relative_pitch_backward;

use crate::engine::kernels::{grid_of_rows, kernels, u32_from};

pub use candidate_bias::{CANDIDATE_SIZE, CandidateHead, SCORE_SIZE};
pub use candidate_bias_backward::candidate_rows;
pub use draw_field::{Draw, DrawBuffers, NextLookup, Pieces, SampleOptions};
pub use draw_rules::DrawRules;
pub use relative_pitch::{RELATIVE_SIZE, RELATIVE_STRIDE};

kernels! {
    /// The kernels of this network alone, compiled for one device.
    MusicKernels {
        candidate_bias: CandidateBias,
        candidate_bias_backward: CandidateBiasBackward,
        draw_field: DrawField,
        relative_pitch: RelativePitch,
        relative_pitch_backward: RelativePitchBackward,
    }
}
