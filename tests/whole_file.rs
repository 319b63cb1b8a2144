//! Files that people asked for are replaced whole, or stay as they were.

use std::fs;

use gpu_lstm::whole_file::{check_all, write};
use tempfile::TempDir;

#[test]
fn a_file_is_replaced_and_nothing_else_is_left() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("piece.svg");
    for content in ["one", "two"] {
        write(&path, content.as_bytes()).expect("it writes");
        assert_eq!(fs::read_to_string(&path).expect("the file is there"), content);
    }
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
}

#[test]
fn what_cannot_be_written_is_an_error_with_its_path() {
    let folder = TempDir::new().expect("a folder");
    fs::create_dir(folder.path().join("folder")).expect("a folder");
    for name in ["folder", "nowhere/piece.svg"] {
        let error = write(&folder.path().join(name), b"new").expect_err("no file").to_string();
        assert!(error.contains(name) && error.contains("check that you may write there"), "{error}");
    }
    assert!(folder.path().join("folder").is_dir());
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link_and_no_plain_file_is_renamed_over() {
    let folder = TempDir::new().expect("a folder");
    let [file, link] = ["file", "link"].map(|name| folder.path().join(name));
    fs::write(&file, "old").expect("a file");
    std::os::unix::fs::symlink(&file, &link).expect("a link");
    write(&link, b"new").expect("it writes");
    assert!(link.is_symlink());
    assert_eq!(fs::read_to_string(&file).expect("the file is there"), "new");
    // A socket cannot be written to as a file is, and must not become one.
    let socket = folder.path().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).expect("a socket");
    write(&socket, b"new").expect_err("no file");
    assert!(!fs::metadata(&socket).expect("it is there").is_file());
}

#[test]
fn outputs_that_are_one_file_or_an_input_are_refused() {
    let folder = TempDir::new().expect("a folder");
    let [one, other, input] = ["one.svg", "other.svg", "input.mid"].map(|name| folder.path().join(name));
    fs::write(&input, "music").expect("a file");
    check_all(&[one.clone(), other.clone()], &[&input]).expect("two files");
    for outputs in [[one.clone(), one.clone()], [one.clone(), folder.path().join("./one.svg")]] {
        let error = check_all(&outputs, &[]).expect_err("one file").to_string();
        assert!(error.contains("written twice"), "{error}");
    }
    let error = check_all(&[other, input.clone()], &[&input]).expect_err("an input").to_string();
    assert!(error.contains("it would replace what is read from"), "{error}");
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "nothing was written");
}
