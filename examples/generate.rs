//! Writes a piece with a trained model.
//!
//! ```sh
//! cargo run --release --example generate -- runs/demo/model.safetensors piece.mid
//! ```

use anyhow::Context as _;
use gpu_lstm::{checkpoint::ModelFile, engine::gpu::Gpu, generate::generate, model::Model, music::midi};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, piece] = arguments.as_slice() else { anyhow::bail!("usage: generate MODEL PIECE") };
    let file = ModelFile::load(model.as_ref())?;
    let model = Model::new(&Gpu::new(None)?, &file.config, &file.parameters)?;
    let pieces = generate(&model, &Default::default())?;
    let bytes = midi::write(&pieces[0].notes, &midi::WriteOptions::default());
    std::fs::write(piece, bytes).with_context(|| format!("cannot write {piece}"))
}
