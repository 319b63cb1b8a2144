//! Who may import whom: the engine does not import music, music does not import the GPU, nor the library its command line.

use std::path::{Path, PathBuf};

/// A part of `src` and the modules of the crate that its files may name; `None` stands for all but the command line.
const PARTS: [(&str, Option<&[&str]>); 4] = [
    ("engine", Some(&["engine", "error"])),
    ("music", Some(&["music", "error", "paths"])),
    ("model", Some(&["engine", "music", "model", "error"])),
    ("", None),
];

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("a directory entry").path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The modules that a text names as `crate::module`, comments included: a link in them is a dependency of the reader.
fn named_modules(text: &str) -> impl Iterator<Item = &str> {
    text.split("crate::")
        .skip(1)
        .map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or(""))
}

/// The places where a part names what it may not.
fn violations(part: &str, allowed: Option<&[&str]>) -> Vec<String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&source.join(part), &mut files);
    assert!(files.len() > 10, "no files in {part}");
    // The program itself, and its command line, may name everything.
    files.retain(|file| !file.starts_with(source.join("cli")) && !file.ends_with("src/main.rs"));
    let mut found = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a source file");
        let is_wrong = |module: &&str| allowed.map_or(*module == "cli", |allowed| !allowed.contains(module));
        found.extend(named_modules(&text).filter(is_wrong).map(|module| format!("{}: {module}", file.display())));
    }
    found
}

#[test]
fn imports_look_one_way() {
    for (part, allowed) in PARTS {
        assert_eq!(violations(part, allowed), Vec::<String>::new(), "src/{part}");
    }
}

#[test]
fn a_wrong_import_is_found() {
    assert!(!violations("model", Some(&["model", "error"])).is_empty());
    assert_eq!(named_modules("use crate::gpu;\n//! [x](crate::music::key)").collect::<Vec<_>>(), ["gpu", "music"]);
}
