//! gpu-lstm
pub mod config;
pub mod dataset;
pub mod error;
pub mod events;
pub mod generate;
pub mod gpu;
pub mod inspect;
pub mod kernels;
pub mod midi;
pub mod model;
pub mod optimizer;
pub mod piano_roll;
pub mod reference;
pub mod report;

pub use error::{Error, Result};
