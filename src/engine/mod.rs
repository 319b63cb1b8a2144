//! A compute engine for LSTMs, hand-written in WGSL: the machine, the kernels with their f64 twins, AdamW, and layers for
//! networks of your own. Nothing of music, and nothing of any one network.

pub mod gpu;
pub mod kernels;
pub mod nn;
pub mod optimizer;
pub mod reference;
