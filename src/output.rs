//! Files that people asked for: whole, or as they were; and text in them.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// Writes a file beside its place and renames it, so that what was there stays until the new content is complete. What
/// is no plain file, such as a pipe or `/dev/stdout`, is written to directly.
///
/// # Errors
/// [`Error::Write`] with the path.
pub fn replace(path: &Path, content: &[u8]) -> Result<()> {
    let fail = |source| Error::Write { path: path.into(), source };
    // A link stays a link, to the new content.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.into());
    if fs::metadata(&target).is_ok_and(|metadata| !metadata.is_file()) {
        return fs::write(&target, content).map_err(fail);
    }
    let mut name = OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(".tmp");
    let temporary: PathBuf = target.with_file_name(name);
    let written = fs::write(&temporary, content).and_then(|()| fs::rename(&temporary, &target));
    written.map_err(|source| {
        // What was begun is of no use; the error to report is the first one.
        let _ = fs::remove_file(&temporary);
        fail(source)
    })
}

/// Text without the control characters that XML does not allow.
pub(crate) fn printable(text: &str) -> String {
    text.chars().filter(|&c| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}')).collect()
}
