//! A run from the files of its folder.

use std::path::Path;

use serde_json::Value;

use super::{Run, Section};
use crate::checkpoint::{ModelFile, StateFile};
use crate::error::Result;
use crate::model::state_dict::parameter_count;
use crate::train::{grouped, read_metrics};

pub(super) fn load(folder: &Path) -> Result<Run> {
    let rows = read_metrics(&folder.join("metrics.csv"))?;
    let mut facts = Vec::new();
    let model = folder.join("model.safetensors");
    if model.is_file() {
        let (config, training) = ModelFile::describe(&model)?;
        let corpus = [("songs", training.songs), ("notes", training.notes)];
        let corpus = corpus.map(|(name, number)| (name.to_owned(), grouped(number as u64)));
        facts.push(Section { title: "Corpus", rows: corpus.into() });
        let mut network = vec![("parameters".into(), grouped(parameter_count(&config) as u64))];
        flatten("", &serde_json::to_value(&config).unwrap_or_default(), &mut network);
        facts.push(Section { title: "Network", rows: network });
    }
    let state = folder.join("state.safetensors");
    if state.is_file() {
        let mut training = Vec::new();
        let run: Value = serde_json::from_str(&StateFile::read_run(&state)?).unwrap_or_default();
        if let Some(config) = run.get("config").and_then(Value::as_object) {
            // The network has a section of its own.
            for (name, value) in config.iter().filter(|(name, _)| *name != "model") {
                flatten(name, value, &mut training);
            }
        }
        facts.push(Section { title: "Training", rows: training });
    }
    Ok(Run { folder: folder.into(), rows, facts })
}

/// Plain data as names and values: objects within are flattened, what is not set is left out.
fn flatten(name: &str, value: &Value, rows: &mut Vec<(String, String)>) {
    let name = name.replace('_', " ");
    match value {
        Value::Object(fields) => {
            for (field, value) in fields {
                flatten(format!("{name} {field}").trim(), value, rows);
            }
        }
        Value::Null => {}
        Value::Bool(is_on) => rows.push((name, if *is_on { "yes" } else { "no" }.into())),
        Value::String(text) => rows.push((name, text.clone())),
        Value::Number(number) => rows.push((name, number.to_string())),
        Value::Array(values) => rows.push((name, values.iter().map(Value::to_string).collect::<Vec<_>>().join(", "))),
    }
}
