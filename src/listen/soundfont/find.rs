//! Where systems keep SoundFonts.

use std::cmp::Reverse;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// Folders below the root, in the order in which they are searched.
const FOLDERS: &[&str] = if cfg!(target_os = "macos") {
    &[
        "/Library/Audio/Sounds/Banks",
        "/opt/homebrew/share/soundfonts",
        "/usr/local/share/soundfonts",
        "/opt/homebrew/share/sounds/sf2",
        "/usr/local/share/sounds/sf2",
    ]
} else if cfg!(windows) {
    &["C:\\soundfonts", "C:\\ProgramData\\soundfonts"]
} else {
    &[
        "/usr/local/share/soundfonts",
        "/usr/local/share/sounds/sf2",
        "/usr/share/sounds/sf2",
        "/usr/share/soundfonts",
        "/usr/share/sounds/sf3",
    ]
};

/// Folders below the home of the user, which come first.
const HOME_FOLDERS: &[&str] = if cfg!(target_os = "macos") {
    &["Library/Audio/Sounds/Banks"]
} else if cfg!(windows) {
    &["AppData\\Roaming\\soundfonts", "soundfonts"]
} else {
    &[".local/share/soundfonts", ".local/share/sounds/sf2"]
};

/// SoundFonts of this system, best first: `$SOUNDFONT`, then the folders in their order.
pub(crate) fn candidates() -> Vec<PathBuf> {
    let home = env::home_dir().into_iter().flat_map(|home| HOME_FOLDERS.iter().map(move |folder| home.join(folder)));
    let named = env::var_os("SOUNDFONT").filter(|path| !path.is_empty()).map(PathBuf::from);
    named.into_iter().chain(home.chain(FOLDERS.iter().map(PathBuf::from)).flat_map(|folder| in_folder(&folder))).collect()
}

/// The SoundFonts in a folder: plain ones before compressed ones, which can seldom be read; of these the default of the
/// system first, then the largest, which has the most instruments.
pub(super) fn in_folder(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
        let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().to_lowercase();
        let Ok(metadata) = fs::metadata(&path) else { continue };
        if metadata.is_file() && (extension == "sf2" || extension == "sf3") {
            found.push((extension == "sf3", !name.starts_with("default"), Reverse(metadata.len()), path));
        }
    }
    found.sort();
    found.into_iter().map(|(.., path)| path).collect()
}
