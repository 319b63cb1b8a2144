//! A compute engine that learns music: every kernel is a WGSL shader written here, every gradient is proven by an f64
//! twin, and nothing but wgpu stands between it and the GPU.
//!
//! ```text
//! midi_songs/*.mid ── midi ──▶ notes ── events ──▶ tokens ── dataset ──▶ batches [T, B]
//!        batches ──▶ model::forward ──▶ loss ──▶ model::backward ──▶ optimizer ──▶ checkpoint
//!     checkpoint ──▶ generate ──▶ tokens ── events ──▶ notes ── midi ──▶ test_output.mid
//! ```
//!
//! # One kernel, one name, four places
//!
//! `shaders/lstm_step_forward.wgsl` is the math, [`engine::kernels`]`/lstm_step_forward.rs` its host wrapper,
//! [`mod@engine::reference`] holds its f64 twin under the same name, and `tests/kernels/lstm_step_forward.rs` compares the two. So
//! it is for every kernel; those that serve this network alone are in [`model::kernels`] and [`model::reference`].
//!
//! # Reading order
//!
//! The engine does not depend on music, and [`music`] does not depend on the GPU; a test reads the imports.
//!
//! | module | what it is |
//! |---|---|
//! | [`music::midi`], [`music::events`], [`music::dataset`] | music in: files to notes, notes to tokens, songs to batches |
//! | [`music::context`], [`music::candidates`] | what may be known of an event before it is predicted, and what followed where the piece has played the same before |
//! | [`music::key`], [`music::pitches`] | the key of a piece, the way to C major and A minor, and the pitches that may be drawn |
//! | [`music::melody`] | notes that a new piece keeps |
//! | [`music::inspect`], [`music::report`], [`music::piano_roll`] | a corpus, a piece and a picture of it, for people |
//! | [`music::score`] | sheet music of a piece, as MusicXML |
//! | [`music::counts`], [`music::repeats`], [`music::discriminate`] | what a model must beat, and how well its music can be told apart from music by people |
//! | [`engine::gpu`] | the machine: adapter, [`Tensor`](engine::gpu::Tensor), [`Kernel`](engine::gpu::Kernel) reflected from its WGSL, recorded [`Plan`](engine::gpu::Plan) |
//! | [`engine::kernels`] | one wrapper per shader: parameters, shape checks, `record` |
//! | [`mod@engine::reference`] | the f64 twins |
//! | [`engine::optimizer`] | AdamW and the learning-rate schedule |
//! | [`engine::nn`] | layers for networks of your own |
//! | [`model`] | the network: parameters, conditioning, and the passes as lists of kernels that read like the equations |
//! | [`train`], [`checkpoint`], [`evaluate`] | a training run, its files, and how well a model predicts music |
//! | [`run_report`] | learning curves and figures of a run, as one HTML page |
//! | [`generate`], [`listen`] | new music, and how it sounds: samples, a WAV file, a page for a browser |
//! | [`check`] | whether an adapter computes what it should, and how fast |
//! | [`whole_file`], [`paths`] | files that are whole or absent, and paths of any bytes |
//!
//! # In a program
//!
//! ```no_run
//! use gpu_lstm::{checkpoint::ModelFile, engine::gpu::Gpu, generate::{GenerateOptions, generate}, model::Model, music::midi};
//!
//! # fn main() -> gpu_lstm::Result<()> {
//! let file = ModelFile::load("runs/latest/model.safetensors".as_ref())?;
//! let model = Model::new(&Gpu::new(None)?, &file.config, &file.parameters)?;
//! let pieces = generate(&model, &GenerateOptions { events: 200, ..GenerateOptions::default() })?;
//! std::fs::write("piece.mid", midi::write(&pieces[0].notes, &midi::WriteOptions::default())).expect("it writes");
//! # Ok(())
//! # }
//! ```

pub mod check;
pub mod checkpoint;
pub mod engine;
pub mod error;
pub mod evaluate;
pub mod generate;
pub mod listen;
pub mod model;
pub mod music;
pub mod paths;
pub mod run_report;
pub mod train;
pub mod whole_file;

pub use error::{Error, Result};
