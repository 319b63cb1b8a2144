//! Commands, options and kernels have a description.

use std::collections::BTreeSet;
use std::fs;

use super::markdown::{Section, sections};
use super::{commands, help, read, root, topics};

/// Options that `--help` alone describes.
const ONLY_IN_HELP: [&str; 4] = ["--help", "--beta1", "--beta2", "--eps"];

#[test]
fn every_command_has_a_section() {
    let (cli, topics) = (sections(&read("docs/cli.md")), topics());
    for command in commands() {
        let described = cli.iter().any(|section| section.level == 2 && section.title == command)
            || topics.iter().any(|page| page.contains(&format!("gpu-lstm {command} ")));
        assert!(described, "docs/cli.md has no section \"{command}\"");
    }
}

#[test]
fn every_option_of_train_and_generate_is_described() {
    let cli = sections(&read("docs/cli.md"));
    let topics: Vec<Section> = topics().iter().flat_map(|page| sections(page)).collect();
    for command in ["train", "generate"] {
        let begin = cli.iter().position(|it| it.level == 2 && it.title == command).expect("a section");
        let end = cli[begin + 1..].iter().position(|it| it.level == 2).map_or(cli.len(), |at| begin + 1 + at);
        let described: BTreeSet<&String> = cli[begin..end].iter().chain(&topics).flat_map(|it| &it.code).collect();
        let help = help(&[command]);
        let lines = help.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
        let options: Vec<String> = lines
            .filter_map(|line| line.split_whitespace().find(|word| word.starts_with("--")))
            .map(|word| word.trim_end_matches(',').to_owned())
            .collect();
        assert!(options.len() > 20, "{command}: {options:?}");
        for option in options.iter().filter(|option| !ONLY_IN_HELP.contains(&option.as_str())) {
            assert!(described.contains(option), "docs/cli.md does not describe {option} of {command}");
        }
    }
}

#[test]
fn every_kernel_has_a_row() {
    let architecture = sections(&read("docs/architecture.md"));
    let kernels = architecture.iter().find(|section| section.title == "The kernels").expect("a section");
    let shaders = fs::read_dir(root().join("shaders")).expect("shaders").map(|file| file.expect("an entry").path());
    let names: BTreeSet<String> = shaders
        .filter(|path| path.extension().is_some_and(|extension| extension == "wgsl"))
        .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    assert!(names.len() > 10, "{names:?}");
    for name in names {
        assert!(kernels.code.contains(&name), "the table in docs/architecture.md has no row for {name}");
    }
}
