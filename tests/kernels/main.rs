//! Every kernel against its f64 twin, in every variant that the adapter runs.
//!
//! `cargo test --test kernels -- --nocapture | grep ^parity` prints the largest absolute error of each output.

#[path = "../common/mod.rs"]
mod common;

mod adamw;
mod candidate_bias;
mod candidate_bias_backward;
mod carry_state;
mod column_sum;
mod draw_field;
mod dropout;
mod embedding_backward;
mod embedding_forward;
mod find_candidates;
mod follow_event;
mod gradient_clip;
mod keep_melody;
mod loss_sum;
mod lstm_step_backward;
mod lstm_step_forward;
mod matmul_nn;
mod matmul_nt;
mod matmul_tn;
mod mean_squared_error;
mod relative_pitch;
mod relative_pitch_backward;
mod relu_backward;
mod sample;
mod softmax_cross_entropy;
mod sum_squares;
