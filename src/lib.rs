//! gpu-lstm
pub mod config;
pub mod error;
pub mod gpu;
pub mod kernels;
