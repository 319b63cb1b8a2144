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

/// SoundFonts of this system, best first.
pub(crate) fn candidates() -> Vec<PathBuf> {
    let home = env::home_dir().into_iter().flat_map(|home| HOME_FOLDERS.iter().map(move |folder| home.join(folder)));
    home.chain(FOLDERS.iter().map(PathBuf::from)).flat_map(|folder| in_folder(&folder)).collect()
}

/// The SoundFonts in a folder: plain ones before compressed ones, which can seldom be read; of these the default of the
/// system first, then the largest, which has the most instruments.
fn in_folder(folder: &Path) -> Vec<PathBuf> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_comes_first_then_the_largest_and_compressed_ones_last() {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, size) in
            [("z.sf3", 90), ("small.SF2", 10), ("large.sf2", 80), ("default-GM.sf2", 5), ("notes.txt", 7), ("a.sf3", 1)]
        {
            fs::write(folder.path().join(name), vec![0; size]).expect("a file");
        }
        fs::create_dir(folder.path().join("folder.sf2")).expect("a folder");
        let names: Vec<_> = in_folder(folder.path()).iter().map(|path| path.file_name().unwrap().to_owned()).collect();
        assert_eq!(names, ["default-GM.sf2", "large.sf2", "small.SF2", "z.sf3", "a.sf3"]);
        assert!(in_folder(&folder.path().join("nowhere")).is_empty());
    }
}
