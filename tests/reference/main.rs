//! The f64 twins: every backward one against central differences, for every element, the others against their
//! definition. Values recorded from `PyTorch` are compared in `tests/golden.rs`.

#[path = "../common/mod.rs"]
mod common;

mod candidates;
mod layers;
mod loss;
mod lstm;
mod model;
mod optimizer;
mod random;
mod sample;
mod training;
