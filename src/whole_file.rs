//! Files that are whole or absent: each is written beside its place, synced and renamed.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::{Error, Result};
use crate::paths::shown;

/// Replaces the file at `path` by what `fill` writes, of about `size` bytes. A crash or an error leaves the old file or the
/// new one, and an error no part of the new one. What is no file, such as `/dev/stdout`, is written to as it is.
///
/// # Errors
/// [`Error::NoRoom`] when the disk is full, otherwise [`Error::Write`].
pub fn replace(path: &Path, size: u64, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    // A link stays, and what it leads to is replaced.
    let target = fs::canonicalize(path).ok().filter(|_| path.is_symlink());
    let path = target.as_deref().unwrap_or(path);
    let is_special = fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir());
    let (written, temporary) = if is_special {
        (fill_file(File::options().write(true).open(path), fill).map(drop), None)
    } else {
        let temporary = beside(path);
        let written = fill_file(File::create(&temporary), fill)
            .and_then(|file| file.sync_all())
            .and_then(|()| fs::rename(&temporary, path))
            .and_then(|()| sync_folder(path));
        (written, Some(temporary))
    };
    written.map_err(|source| {
        if let Some(temporary) = temporary.filter(|temporary| temporary.is_file()) {
            // On a full disk it would keep the disk full. The error to report is the first one.
            let _ = fs::remove_file(temporary);
        }
        failure(path, size, source)
    })
}

/// Replaces the file at `path` by `bytes`, as [`replace`] does.
///
/// # Errors
/// Those of [`replace`].
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    replace(path, bytes.len() as u64, |file| file.write_all(bytes))
}

fn fill_file(file: io::Result<File>, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<File> {
    let mut writer = BufWriter::with_capacity(1 << 20, file?);
    fill(&mut writer)?;
    Ok(writer.into_inner()?)
}

/// The error for a file of about `size` bytes that could not be written.
pub(crate) fn failure(path: &Path, size: u64, source: io::Error) -> Error {
    match source.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            Error::NoRoom { path: path.into(), kib: size.div_ceil(1024), source }
        }
        _ => Error::Write { path: path.into(), source },
    }
}

/// `file.mid.tmp` for `file.mid`.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".tmp");
    name.into()
}

/// The folder in which a path lies.
fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes the rename last through a power cut; only Unix can, and needs to.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder_of(path))?.sync_all() } else { Ok(()) }
}

/// Checks before any work that a file can be written to `path` later: that no folder has its place, that its folder is
/// there and may be written to, and that it is none of `inputs`, which are files, or folders whose files are read.
/// Nothing is left behind.
///
/// # Errors
/// [`Error::Output`] with the reason and the next step.
pub fn check(path: &Path, inputs: &[&Path]) -> Result<()> {
    let refuse = |reason: String| Err(Error::Output { path: path.into(), reason });
    let names_a_folder = path.as_os_str().as_encoded_bytes().ends_with(b"/") || path.file_name().is_none();
    if path.is_dir() || names_a_folder {
        return refuse("it is a folder; name a file".into());
    }
    let folder = folder_of(path);
    if !folder.is_dir() {
        return refuse(match folder.exists() {
            true => format!("{} is no folder; choose another place", shown(folder)),
            false => format!("the folder {} does not exist; make it first, or choose another place", shown(folder)),
        });
    }
    if let Some(input) = inputs.iter().find(|input| is_read_from(path, input)) {
        return refuse(format!("it would replace what is read from {}; choose another name", shown(input)));
    }
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return Ok(());
    }
    if fs::metadata(path).is_ok_and(|metadata| metadata.permissions().readonly()) {
        return refuse("the file there is write-protected; choose another name".into());
    }
    writable(folder)
        .or_else(|error| refuse(format!("files cannot be made in {} ({error}); choose another place", shown(folder))))
}

/// Checks several outputs as [`check`] does one, and that no two of them are the same file.
///
/// # Errors
/// As [`check`].
pub fn check_all(outputs: &[PathBuf], inputs: &[&Path]) -> Result<()> {
    let mut seen = HashSet::new();
    for path in outputs {
        if !seen.insert(std::path::absolute(path).unwrap_or_else(|_| path.clone())) {
            let reason = "it would be written twice; give each output a file of its own".into();
            return Err(Error::Output { path: path.clone(), reason });
        }
    }
    outputs.iter().try_for_each(|path| check(path, inputs))
}

/// Tries to make a file in a folder, and removes it.
pub(crate) fn writable(folder: &Path) -> io::Result<()> {
    // Threads of one process may probe one folder at a time.
    static PROBES: AtomicUsize = AtomicUsize::new(0);
    let number = PROBES.fetch_add(1, Ordering::Relaxed);
    let probe = folder.join(format!(".gpu-lstm-{}-{number}.tmp", std::process::id()));
    File::create(&probe)?;
    fs::remove_file(probe)
}

/// Whether `path` names the file `input`, or a file in the folder `input`.
fn is_read_from(path: &Path, input: &Path) -> bool {
    let canonical = |path: &Path| fs::canonicalize(path).ok();
    match (canonical(path), canonical(input)) {
        (Some(path), Some(input)) => path.starts_with(&input),
        _ => false,
    }
}
