//! How a piece sounds: MIDI bytes to samples, a WAV file, and a page for a browser. Nothing of the GPU or of networks.
//!
//! ```text
//! MIDI bytes ── Performance ──▶ Instrument: SoundFont (rustysynth) or built-in piano ──▶ Audio ──▶ WAV
//!                          └──▶ sounding notes ──▶ Page ──▶ one HTML file that plays itself
//! ```
//!
//! ```no_run
//! use gpu_lstm::listen::{Audio, Instrument};
//! use gpu_lstm::music::midi::Performance;
//!
//! # fn main() -> gpu_lstm::Result<()> {
//! let bytes = std::fs::read("piece.mid").expect("a file");
//! let piece = Performance::read(&bytes, "piece.mid")?;
//! Audio::render(&piece, "piece.mid", &Instrument::piano())?.write_wav("piece.wav".as_ref())?;
//! # Ok(())
//! # }
//! ```

mod audio;
mod instrument;
mod page;
mod piano;
mod room;
mod soundfont;
mod sounding;

pub use audio::{Audio, MAX_MINUTES, SAMPLE_RATE};
pub use instrument::{Choice, Instrument};
pub use page::{Page, Piece};
pub use sounding::{Sounding, sounding};
