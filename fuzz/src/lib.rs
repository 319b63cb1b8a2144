//! What the targets share: valid files, and changes of them.
//!
//! A target that reads a format of this program begins with a valid original and lets the fuzzer choose edits of it, so that
//! short inputs reach deep places without a corpus of seeds.

use std::path::PathBuf;

use gpu_lstm::model::config::ModelConfig;
use gpu_lstm::train::TrainConfig;
use tempfile::TempDir;

/// Bytes before the header of a safetensors file: its length.
const PREFIX: usize = 8;
/// Longest body that is made to fit a header.
const MAX_BODY: usize = 1 << 20;

/// A place, taken modulo the length; how many bytes there are removed; what is put in their place.
pub type Edit = (u16, u8, Vec<u8>);

/// The original with edits, one after the other.
pub fn edited(original: &[u8], edits: &[Edit]) -> Vec<u8> {
    let mut bytes = original.to_vec();
    for (place, removed, inserted) in edits {
        let start = usize::from(*place) % (bytes.len() + 1);
        let end = (start + usize::from(*removed)).min(bytes.len());
        bytes.splice(start..end, inserted.iter().copied());
    }
    bytes
}

/// A safetensors file with edits in its header alone; the length of the header, and of the body where the header says one
/// that is not too long, fit again.
pub fn with_edited_header(original: &[u8], edits: &[Edit]) -> Vec<u8> {
    let len = u64::from_le_bytes(original[..PREFIX].try_into().expect("eight bytes"));
    let (header, body) = original[PREFIX..].split_at(len as usize);
    let (header, mut body) = (edited(header, edits), body.to_vec());
    if let Some(len) = body_len(&header).filter(|&len| len <= MAX_BODY) {
        body.resize(len, 0);
    }
    [&(header.len() as u64).to_le_bytes()[..], &header, &body].concat()
}

/// The end of the last tensor that a header names.
fn body_len(header: &[u8]) -> Option<usize> {
    let header: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(header).ok()?;
    let end = |tensor: &serde_json::Value| tensor["data_offsets"][1].as_u64();
    usize::try_from(header.values().filter_map(end).max()?).ok()
}

/// The smallest network.
pub fn smallest() -> ModelConfig {
    ModelConfig {
        embedding_size: 1,
        stream_size: 1,
        combined_size: 1,
        combined_layers: 1,
        shared_size: 1,
        head_size: 1,
        ..TrainConfig::default().model
    }
}

/// A file with these bytes, in a folder that goes with it.
pub fn file(bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("file");
    std::fs::write(&path, bytes).expect("written");
    (folder, path)
}
