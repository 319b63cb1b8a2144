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
//! `shaders/lstm_step_forward.wgsl` is the math, [`kernels`]`/lstm_step_forward.rs` its host wrapper, [`mod@reference`] holds
//! its f64 twin under the same name, and `tests/kernels/lstm_step_forward.rs` compares the two. So it is for every kernel.
//!
//! # Reading order
//!
//! | module | what it is |
//! |---|---|
//! | [`music::midi`], [`music::events`], [`music::dataset`] | music in: files to notes, notes to tokens, songs to batches; nothing of the GPU |
//! | [`music::inspect`], [`music::report`], [`music::piano_roll`] | a corpus, a piece and a picture of it, for people |
//! | [`music::score`] | sheet music of a piece, as MusicXML |
//! | [`music::discriminate`] | how well generated music can be told apart from music by people |
//! | [`gpu`] | the machine: adapter, [`Tensor`](gpu::Tensor), [`Kernel`](gpu::Kernel) reflected from its WGSL, recorded [`Plan`](gpu::Plan); nothing of LSTMs |
//! | [`kernels`] | one wrapper per shader: parameters, shape checks, `record` |
//! | [`mod@reference`] | the f64 twins and the whole network built from them |
//! | [`features`], [`music::candidates`] | what the network is conditioned on besides its memory, and what followed where a piece has played the same before |
//! | [`model`] | parameters, activations, and the passes as lists of kernels that read like the equations |
//! | [`optimizer`], [`train`], [`checkpoint`] | a training run and its files |
//! | [`run_report`] | learning curves and figures of a run, as one HTML page |
//! | [`music::key`] | the key of a piece, and the way to C major and A minor |
//! | [`generate`], [`music::pitches`] | new music, within a key and a range where asked for |
//! | [`check`] | whether an adapter computes what it should |
//! | [`evaluate`], [`music::counts`], [`music::repeats`] | how well a model predicts music, new passages and repeated ones, and what it must beat |
//!
//! # In a program
//!
//! ```no_run
//! use gpu_lstm::{checkpoint::ModelFile, generate::{GenerateOptions, generate}, gpu::Gpu, model::Model, music::midi};
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
pub mod config;
pub mod error;
pub mod evaluate;
pub mod features;
pub mod generate;
pub mod gpu;
pub mod kernels;
pub mod model;
pub mod music;
pub mod optimizer;
pub mod output;
pub mod reference;
pub mod run_report;
pub mod train;

pub use error::{Error, Result};
