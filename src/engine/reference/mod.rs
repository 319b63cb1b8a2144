//! The f64 twins: one slow, obvious function per shader.
//!
//! A twin has the name of its shader and the argument names of the shader's bindings, but shares no code and no
//! structure with it: plain loops over slices, one element after the other. Tests check every backward twin against
//! central differences, compare the forward ones with values recorded from `PyTorch`, and then compare each GPU kernel
//! with its twin.
//!
//! Everything here is in `PyTorch`'s order and layout: row-major, time-major, weights `[out, in]`, LSTM gate rows in
//! four blocks i, f, g, o. The GPU engine stores gates interleaved and sizes padded; whoever compares the two converts,
//! the twins never know. Sizes come first in every signature, then inputs, then outputs; lengths are asserted.
//!
//! This module imports nothing of the GPU side. [`random`] is no twin, but the definition of the generator that
//! [`dropout`](dropout()) and the sampler's caller draw from.

mod adamw;
mod carry_state;
mod column_sum;
mod dropout;
mod embedding_backward;
mod embedding_forward;
mod gradient_clip;
mod loss_sum;
mod lstm_step_backward;
mod lstm_step_forward;
mod matmul_nn;
mod matmul_nt;
mod matmul_tn;
mod mean_squared_error;
pub mod random;
mod relu_backward;
mod softmax_cross_entropy;
mod sum_squares;

pub use adamw::adamw;
pub use carry_state::carry_state;
pub use column_sum::column_sum;
pub use dropout::dropout;
pub use embedding_backward::embedding_backward;
pub use embedding_forward::embedding_forward;
pub use gradient_clip::gradient_clip;
pub use loss_sum::loss_sum;
pub use lstm_step_backward::lstm_step_backward;
pub use lstm_step_forward::lstm_step_forward;
pub use matmul_nn::matmul_nn;
pub use matmul_nt::matmul_nt;
pub use matmul_tn::matmul_tn;
pub use mean_squared_error::mean_squared_error;
pub use relu_backward::relu_backward;
pub use softmax_cross_entropy::{IGNORE, softmax_cross_entropy};
pub use sum_squares::sum_squares;
