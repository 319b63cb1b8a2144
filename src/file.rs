//! Files that are whole or absent.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// Replaces the file at `path` by what `fill` writes. It is written beside its place and renamed, so a crash or an
/// error leaves the old file. A device, such as `/dev/null`, is written to as it is.
///
/// # Errors
/// [`Error::Write`] where the folder or the disk refuses, or `fill` does.
pub fn replace(path: &Path, fill: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> Result<()> {
    let failed = |source| Error::Write { path: path.into(), source };
    if path.exists() && !path.is_file() {
        // A rename would put a file in the place of a device.
        return write_to(path, fill).map(drop).map_err(failed);
    }
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".tmp");
    let temporary = PathBuf::from(temporary);
    let replaced = write_to(&temporary, fill).and_then(|file| {
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        sync_folder(path)
    });
    replaced.map_err(|source| {
        // What is left of an attempt is of no use; that it cannot be removed changes nothing.
        let _ = fs::remove_file(&temporary);
        failed(source)
    })
}

fn write_to(path: &Path, fill: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> io::Result<File> {
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
    fill(&mut file)?;
    file.flush()?;
    file.into_inner().map_err(io::IntoInnerError::into_error)
}

/// Makes the rename last through a power cut; only Unix can, and needs to.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}
