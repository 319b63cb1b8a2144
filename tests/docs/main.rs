//! What the program says of itself, and what the documentation says of it: links lead somewhere, every command, option and
//! kernel is described, and help and errors are those that were recorded.

mod commands;
mod links;
mod markdown;
mod snapshots;

use std::fs;
use std::path::Path;

use snapbox::cmd::{Command, cargo_bin};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The pages about one topic. What they describe needs no second description in `docs/cli.md`.
fn topics() -> Vec<String> {
    let pages = fs::read_dir(root().join("docs")).expect("pages").map(|page| page.expect("an entry").path());
    pages.filter(|page| !page.ends_with("cli.md")).map(read).collect()
}

/// `gpu-lstm` in a folder, with lines of 100 characters whatever the terminal has.
fn program(folder: &Path, arguments: &[&str]) -> Command {
    let environment = ["RUST_LOG", "RUST_BACKTRACE", "CLICOLOR_FORCE"];
    let command = Command::new(cargo_bin!("gpu-lstm")).current_dir(folder).args(arguments).env("COLUMNS", "100");
    // A layer of Mesa complains where there is no display.
    environment.into_iter().fold(command, Command::env_remove).env("NODEVICE_SELECT", "1")
}

fn help(arguments: &[&str]) -> String {
    let output = program(root(), &[arguments, &["--help"]].concat()).output().expect("it starts");
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).expect("text")
}

/// The commands that `--help` lists.
fn commands() -> Vec<String> {
    let help = help(&[]);
    let list = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    // What goes on in the next line is indented further.
    let list = list.filter(|line| !line.starts_with("   "));
    let names = list.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help");
    let commands: Vec<String> = names.map(str::to_owned).collect();
    assert!(commands.len() > 5, "{commands:?}");
    commands
}
