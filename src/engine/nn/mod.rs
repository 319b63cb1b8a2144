//! Layers for networks of your own: parameters in one arena, and for each layer a call forward and a call backward, which
//! append kernels to a [`Recorder`](crate::engine::gpu::Recorder).
//!
//! | layer | output | as in PyTorch |
//! |---|---|---|
//! | [`Embedding`] | `[T, B, n · E]`, a row of each of its n tables | `nn.Embedding` |
//! | [`Lstm`] | `[T, B, n · H]`, of n stacks side by side | `nn.LSTM` |
//! | [`Linear`] | `[T, B, out]`, with `ReLU` on request | `nn.Linear` |
//! | [`Dropout`] | its input, overwritten | `nn.Dropout` |
//! | [`CrossEntropy`], [`MeanSquaredError`] | a [`Loss`] with the gradient of its mean over all rows | `nn.CrossEntropyLoss`, `nn.MSELoss` |
//!
//! A network is a chain of them. There is no automatic differentiation: a program calls `backward` in the reverse order, as
//! it called `forward`. Nothing is computed until the recorded [`Plan`](crate::engine::gpu::Plan) is submitted, and
//! nothing is allocated afterwards.
//!
//! - **What is moved into a call may be overwritten by the plan.** `forward` returns a pass, `backward` takes it by value,
//!   because the gates of an LSTM become their gradients; [`Dropout`] takes its input by value, because it works in place.
//! - **Gradients lie in [`Gradients`] alone.** `backward` writes them, so nothing needs to be set to zero. One that was
//!   not recorded is 0. A layer is recorded backward once a plan: a second time replaces the gradients of the first.
//! - **Feature dimensions are padded with zeros** to a multiple of 8. [`Features::pad`] and [`Features::unpad`] convert
//!   what the host writes and reads.
//! - **A state dict has PyTorch's names, shapes and order**, see [`Parameters::state_dict`].
//!
//! # Example
//!
//! Predicts the next of 256 bytes, in 16 lanes of 32 steps. `docs/engine.md` explains it line by line.
//!
//! ```no_run
//! use gpu_lstm::engine::gpu::{Gpu, Recorder, Tensor};
//! use gpu_lstm::engine::kernels::AdamwStep;
//! use gpu_lstm::engine::nn::{
//!     CrossEntropy, Embedding, Gradients, Layout, Linear, Lstm, LstmSizes, Parameters, Sequences,
//! };
//! use gpu_lstm::engine::optimizer::Optimizer;
//!
//! # fn batch(step: u32) -> (Vec<u32>, Vec<u32>) { (vec![step; 512], vec![0; 512]) }
//! # fn main() -> gpu_lstm::Result<()> {
//! let gpu = Gpu::new(None)?;
//! let mut layout = Layout::default();
//! let embedding = Embedding::new(&mut layout, "embedding", &[256], 32);
//! let lstm = Lstm::new(&mut layout, "lstm", LstmSizes::new(embedding.features(), 128));
//! let head = Linear::new(&mut layout, "head", lstm.features(), 256);
//! let parameters = Parameters::new(&gpu, layout, 1)?;
//! let gradients = Gradients::new(&parameters)?;
//!
//! let (p, g) = (&parameters, &gradients);
//! let tokens = embedding.tokens(p, 32, 16)?;
//! let targets = Tensor::zeros(&gpu, "targets", [32, 16, 1])?;
//! let mut recorder = Recorder::new(&gpu, "train");
//! let r = &mut recorder;
//! let embedded = embedding.forward(r, p, &tokens)?;
//! let hidden = lstm.forward(r, p, &embedded, &Sequences::Continued)?;
//! let logits = head.forward(r, p, &hidden.output)?;
//! let loss = CrossEntropy::new(256).forward(r, p, &logits.output, &targets)?;
//!
//! let dhidden = head.backward(r, g, logits, loss.backward())?;
//! let dembedded = lstm.backward(r, g, hidden, dhidden)?;
//! embedding.backward(r, g, &tokens, &dembedded);
//!
//! let mut optimizer = Optimizer::new(&gpu, p.all.len())?;
//! optimizer.record(r, p.kernels(), &g.all, &p.all, 1.0);
//! let plan = recorder.finish()?;
//!
//! for step in 1..=1000 {
//!     let (ids, following) = batch(step);
//!     tokens.write(&gpu, &ids);
//!     targets.write(&gpu, &following);
//!     optimizer.set_step(&plan, &AdamwStep { step, ..AdamwStep::default() });
//!     plan.submit()?;
//! }
//! let nats = loss.take_total(&gpu)? / (1000.0 * 512.0);
//! # assert!(nats > 0.0);
//! # Ok(())
//! # }
//! ```

mod dropout;
mod embedding;
mod features;
mod layout;
mod linear;
mod losses;
mod lstm;
mod parameters;

pub use crate::engine::kernels::IGNORE;
pub use dropout::Dropout;
pub use embedding::{Embedding, Tokens};
pub use features::Features;
pub use layout::Layout;
pub use linear::{Linear, LinearPass};
pub use losses::{CrossEntropy, Loss, MeanSquaredError};
pub use lstm::{Lstm, LstmPass, LstmSizes, Sequences};
pub use parameters::{Array, Gradients, Parameters, StateDict};
