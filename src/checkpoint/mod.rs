//! Files that outlive a run, in the safetensors format.
//!
//! | file | holds | read by |
//! |---|---|---|
//! | `model.safetensors` | the best parameters by PyTorch's names, and what is needed to use them | `generate`, PyTorch |
//! | `state.safetensors` | everything a run needs to continue bit for bit | `train --resume` |
//!
//! A file is written beside its place, synced and renamed, so its name always stands for a whole file. On reading, the
//! header is checked against the file's length, the format, the vocabulary and the shapes of its own configuration
//! before any value is read, and every value must be finite.

mod file;
mod logits;
mod model_file;
mod shipped;
mod state_file;

pub use logits::write_logits;
pub use model_file::{ModelFile, TrainingSummary};
pub use shipped::{ModelPlace, Shipped};
pub use state_file::StateFile;

use std::collections::BTreeMap;

use crate::error::Result;
use crate::model::config::ModelConfig;
use crate::music::events::VOCABULARY_ID;

use file::Reader;

/// The keys of the metadata that both kinds of file have.
fn common_metadata(format: &str, config: &ModelConfig) -> BTreeMap<String, String> {
    let config = serde_json::to_string(config).expect("plain data");
    [("format", format.into()), ("vocabulary", VOCABULARY_ID.into()), ("config", config)]
        .map(|(key, value): (&str, String)| (key.into(), value))
        .into()
}

/// Checks format and vocabulary and returns the sizes of the model.
fn read_config(reader: &Reader, format: &str) -> Result<ModelConfig> {
    let found = reader.text("format").map_err(|_| reader.refuse("it was not written by gpu-lstm"))?;
    let version = |format: &str| {
        format.rsplit_once('-').and_then(|(name, number)| Some((name.to_owned(), number.parse::<u32>().ok()?)))
    };
    if let (Some((found, earlier)), Some((name, this))) = (version(found), version(format))
        && (found == name && earlier < this)
    {
        let reason =
            "an earlier version of this program wrote it, whose network had other inputs; train anew from the music";
        return Err(reader.refuse(reason));
    }
    if found != format {
        return Err(reader.refuse(format!("its format is \"{found}\", this program reads \"{format}\" here")));
    }
    let vocabulary = reader.text("vocabulary")?;
    if vocabulary != VOCABULARY_ID {
        let reason = format!("its vocabulary is \"{vocabulary}\", this program's is \"{VOCABULARY_ID}\"");
        return Err(reader.refuse(reason));
    }
    let config: ModelConfig = reader.json("config")?;
    config.validate().map_err(|error| reader.refuse(format!("its sizes are not possible: {error}")))?;
    if config != config.clone().with_fields(&config.fields) {
        return Err(reader.refuse(format!("its vocabulary sizes are not those of \"{VOCABULARY_ID}\"")));
    }
    Ok(config)
}
