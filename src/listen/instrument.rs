//! What plays: a SoundFont that is named or found, or the built-in piano.

use std::env;
use std::fmt;
use std::path::{Path, PathBuf};

use super::piano;
use super::soundfont::{SoundFont, candidates};
use crate::Result;
use crate::music::midi::Performance;

/// Something that plays a piece.
pub struct Instrument(Kind);

enum Kind {
    SoundFont(SoundFont),
    Piano,
}

/// What the user asks for.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Choice {
    /// The file that `$SOUNDFONT` names, else the best SoundFont of the system; without one the built-in piano.
    #[default]
    Find,
    /// This SoundFont.
    File(PathBuf),
    /// The built-in piano.
    Piano,
}

impl Instrument {
    /// The built-in piano: it plays all channels but the drums, whatever instruments they name.
    pub fn piano() -> Self {
        Self(Kind::Piano)
    }

    /// The SoundFont in a file.
    ///
    /// # Errors
    /// [`Error::Read`](crate::Error::Read), or [`Error::SoundFont`](crate::Error::SoundFont) with the reason.
    pub fn soundfont(path: &Path) -> Result<Self> {
        SoundFont::load(path).map(|font| Self(Kind::SoundFont(font)))
    }

    /// What is asked for, and what there is to say about it: SoundFonts that were found and cannot be used, and what to
    /// install where there is none.
    ///
    /// # Errors
    /// Those of [`Self::soundfont`] for a file that is named.
    pub fn choose(choice: &Choice) -> Result<(Self, Vec<String>)> {
        match choice {
            Choice::Piano => Ok((Self::piano(), Vec::new())),
            Choice::File(path) => Ok((Self::soundfont(path)?, Vec::new())),
            Choice::Find => {
                if let Some(path) = env::var_os("SOUNDFONT").filter(|path| !path.is_empty()) {
                    return Ok((Self::soundfont(path.as_ref())?, Vec::new()));
                }
                let mut remarks = Vec::new();
                for path in candidates() {
                    match Self::soundfont(&path) {
                        Ok(instrument) => return Ok((instrument, remarks)),
                        Err(error) => remarks.push(format!("passed over: {error}")),
                    }
                }
                remarks.push(format!("the built-in piano plays, since no SoundFont was found; {}", advice()));
                Ok((Self::piano(), remarks))
            }
        }
    }

    /// Frames from the start of the piece until it has died away, at any level.
    pub(super) fn play(&self, piece: &Performance) -> Result<Vec<[f32; 2]>> {
        match &self.0 {
            Kind::SoundFont(font) => font.play(piece),
            Kind::Piano => Ok(piano::play(piece)),
        }
    }
}

impl fmt::Display for Instrument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::SoundFont(font) => write!(f, "{font}"),
            Kind::Piano => f.write_str("built-in piano"),
        }
    }
}

/// How to get a SoundFont on this system.
fn advice() -> &'static str {
    if cfg!(target_os = "macos") {
        "for more instruments put a .sf2 file into ~/Library/Audio/Sounds/Banks, or name it with --soundfont"
    } else if cfg!(windows) {
        "for more instruments put a .sf2 file into C:\\soundfonts, or name it with --soundfont"
    } else {
        "for more instruments install the package fluid-soundfont-gm (Debian, Ubuntu, Fedora) or soundfont-fluid (Arch), \
         or name a .sf2 file with --soundfont"
    }
}
