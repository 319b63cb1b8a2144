//! Any text in the place of a run's configuration: an error, or a configuration that is written and read again as it is.
#![no_main]

use std::sync::OnceLock;

use gpu_lstm::train::{TrainConfig, Transpose};
use gpu_lstm_fuzz::{Edit, edited, file};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|edits: Vec<Edit>| {
    static ORIGINAL: OnceLock<String> = OnceLock::new();
    let original = ORIGINAL.get_or_init(|| {
        let config = TrainConfig {
            transpose: Some(Transpose::Range(-5, 6)),
            validation: Some("held_back".into()),
            ..TrainConfig::default()
        };
        assert!(config.validate().is_ok());
        config.to_toml()
    });
    let (_folder, path) = file(&edited(original.as_bytes(), &edits));
    let Ok(config) = TrainConfig::load(&path) else { return };
    if config.validate().is_ok() {
        std::fs::write(&path, config.to_toml()).expect("written");
        assert_eq!(TrainConfig::load(&path).expect("it is read again"), config);
    }
});
