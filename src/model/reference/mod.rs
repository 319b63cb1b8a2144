//! The f64 twins of the kernels of this network alone, and the whole network built from them and those of
//! [`crate::engine::reference`].
//!
//! `find_candidates`, `follow_event`, `keep_melody` and `sample` are parts of the twin of `draw_field`. Nothing here imports the GPU side.

mod candidate_bias;
mod candidate_bias_backward;
mod draw_field;
mod find_candidates;
mod follow_event;
mod keep_melody;
pub mod network;
mod relative_pitch;
mod relative_pitch_backward;
mod sample;

pub use candidate_bias::candidate_bias;
pub use candidate_bias_backward::candidate_bias_backward;
pub use draw_field::draw_field;
pub use find_candidates::find_candidates;
pub use follow_event::follow_event;
pub use keep_melody::KeptMelody;
pub use relative_pitch::relative_pitch;
pub use relative_pitch_backward::relative_pitch_backward;
pub use sample::sample;
