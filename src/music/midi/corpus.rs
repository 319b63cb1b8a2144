//! A folder of MIDI files, read in a fixed order.

use std::collections::HashSet;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use walkdir::WalkDir;

use crate::error::{Error, Result};
use crate::paths::{self, shown};

use super::read::songs;
use super::{Pedal, Report, Song};

/// Endings of the files that are read, in lower case.
const ENDINGS: [&str; 4] = ["mid", "midi", "kar", "rmi"];
/// Larger files are skipped: music for one player has far less, and notes take more memory than bytes.
const MAX_FILE_BYTES: u64 = 16 << 20;
/// Skipped files that the summary names.
const NAMED: usize = 20;

/// All songs of a folder and what could not be read.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Corpus {
    /// The folder, or the one file, that was read.
    #[serde(serialize_with = "paths::serialize")]
    pub path: PathBuf,
    /// MIDI files found, skipped ones included, and folders that could not be opened.
    pub files: usize,
    /// The songs in order of their files; at least one.
    pub songs: Vec<Song>,
    /// Files that gave no song.
    pub skipped: Vec<Skipped>,
}

/// A file that gave no song.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// Path relative to the folder that was read.
    #[serde(serialize_with = "paths::serialize")]
    pub path: PathBuf,
    /// Why, as a clause.
    pub reason: String,
}

impl Corpus {
    /// Notes of all songs together.
    pub fn notes(&self) -> usize {
        self.songs.iter().map(|song| song.notes.len()).sum()
    }
}

impl fmt::Display for Corpus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let damaged = self.songs.iter().filter(|song| !song.report.warnings.is_empty()).count();
        write!(
            f,
            "{}: {} files, {} songs, {} notes, {} files skipped, {damaged} songs with warnings",
            shown(&self.path),
            self.files,
            self.songs.len(),
            self.notes(),
            self.skipped.len(),
        )?;
        for (name, text) in Report::sum(self.songs.iter().map(|song| &song.report)).notices() {
            write!(f, "\n  {name} {text}")?;
        }
        for skipped in self.skipped.iter().take(NAMED) {
            write!(f, "\n  skipped {}: {}", shown(&skipped.path), skipped.reason)?;
        }
        if self.skipped.len() > NAMED {
            write!(f, "\n  and {} more", self.skipped.len() - NAMED)?;
        }
        Ok(())
    }
}

/// Reads every MIDI file in `path` and its subfolders (`.mid`, `.midi`, `.kar`, `.rmi`, any case), in the order of
/// their names, or the one file that `path` names, whatever its ending. Links are followed, each folder is read once.
/// Files and folders whose names begin with a dot are hidden, and left alone.
///
/// # Errors
/// [`Error::Read`] when `path` does not exist or cannot be read, [`Error::NoMidiFiles`] when there is no file to read,
/// [`Error::NothingReadable`] when there are some and none gives a song. For one file, [`Error::Midi`] with the reason.
pub fn read_folder(path: &Path) -> Result<Corpus> {
    read_folder_with(path, Pedal::Auto)
}

/// As [`read_folder`], with the sustain pedal as `pedal` says.
///
/// # Errors
/// As [`read_folder`].
pub fn read_folder_with(path: &Path, pedal: Pedal) -> Result<Corpus> {
    let metadata = fs::metadata(path).map_err(|source| Error::Read { path: path.into(), source })?;
    let mut corpus = Corpus { path: path.into(), files: 0, songs: Vec::new(), skipped: Vec::new() };
    if metadata.is_file() {
        let name = path.file_name().map_or(path, Path::new);
        fs::File::open(path).map_err(|source| Error::Read { path: path.into(), source })?;
        corpus.add(path, name, pedal);
        return match corpus.skipped.pop() {
            Some(skipped) => Err(Error::Midi { path: path.into(), reason: skipped.reason }),
            None => Ok(corpus),
        };
    }
    let mut seen = HashSet::new();
    let walk = WalkDir::new(path).follow_links(true).sort_by_file_name().into_iter().filter_entry(|entry| {
        let is_hidden = entry.depth() > 0 && entry.file_name().as_encoded_bytes().starts_with(b".");
        !is_hidden
            && (!entry.file_type().is_dir() || fs::canonicalize(entry.path()).is_ok_and(|folder| seen.insert(folder)))
    });
    for entry in walk {
        match entry {
            Ok(entry) if entry.file_type().is_file() && is_midi(entry.path()) => {
                let name = entry.path().strip_prefix(path).unwrap_or(entry.path());
                corpus.add(entry.path(), name, pedal);
            }
            // A link back to a folder above it leads to nothing new.
            Err(error) if error.loop_ancestor().is_some() => {}
            // A link to nowhere, or a folder we may not enter.
            Err(error) if error.path().is_some_and(|path| is_midi(path) || path.is_dir()) => {
                let name = error.path().unwrap_or(path);
                let reason = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
                corpus.files += 1;
                corpus.skip(name.strip_prefix(path).unwrap_or(name), reason);
            }
            _ => {}
        }
    }
    match (corpus.songs.is_empty(), corpus.skipped.first()) {
        (false, _) => Ok(corpus),
        (true, None) => Err(Error::NoMidiFiles { path: path.into() }),
        (true, Some(first)) => Err(Error::NothingReadable {
            path: path.into(),
            files: corpus.skipped.len(),
            first: format!("{}: {}", shown(&first.path), first.reason),
        }),
    }
}

impl Corpus {
    fn add(&mut self, path: &Path, name: &Path, pedal: Pedal) {
        let size = fs::metadata(path).map_or(0, |metadata| metadata.len());
        self.files += 1;
        if size > MAX_FILE_BYTES {
            self.skip(name, format!("it has {} MiB, more than the {} that are read", size >> 20, MAX_FILE_BYTES >> 20));
            return;
        }
        let bytes = fs::read(path).map_err(|error| error.to_string());
        let result = bytes.and_then(|bytes| songs(&bytes, &shown(name), pedal));
        match result {
            Ok(songs) => self.songs.extend(songs),
            Err(reason) => self.skip(name, reason),
        }
    }

    fn skip(&mut self, name: &Path, reason: String) {
        self.skipped.push(Skipped { path: name.into(), reason });
    }
}

fn is_midi(path: &Path) -> bool {
    path.extension()
        .and_then(|ending| ending.to_str())
        .is_some_and(|ending| ENDINGS.contains(&ending.to_ascii_lowercase().as_str()))
}
