//! Models that come along with the program, see `models/README.md`, and how a model is named.

use std::path::{Path, PathBuf};

use super::ModelFile;
use crate::error::{Error, Result};
use crate::paths::shown;

/// A model inside the program.
#[derive(Clone, Copy, Debug)]
pub struct Shipped {
    /// By which it is asked for.
    pub name: &'static str,
    /// What it learned from.
    pub about: &'static str,
    bytes: &'static [u8],
}

/// A static, so that the bytes are in the program once.
static SHIPPED: &[Shipped] = &[
    #[cfg(feature = "models")]
    Shipped {
        name: "chorales",
        about: "four-part chorales by Johann Sebastian Bach",
        bytes: include_bytes!("../../models/chorales.safetensors"),
    },
    #[cfg(feature = "models")]
    Shipped {
        name: "piano",
        about: "classical piano pieces of several composers",
        bytes: include_bytes!("../../models/piano.safetensors"),
    },
];

impl Shipped {
    /// Every one, none where the program was built without the feature `models`.
    pub fn all() -> &'static [Self] {
        SHIPPED
    }

    /// Reads and checks it.
    pub fn load(&self) -> Result<ModelFile> {
        ModelFile::from_bytes(self.name, self.bytes)
    }
}

/// Where a model is.
#[derive(Clone, Debug)]
pub enum ModelPlace {
    /// In a file.
    File(PathBuf),
    /// In the program.
    Program(&'static Shipped),
}

impl ModelPlace {
    /// Finds a model: a file, the best model of a run folder, or the name of one in the program, in this order.
    ///
    /// # Errors
    /// [`Error::NoModel`] where there is none of these.
    pub fn find(named: &Path) -> Result<Self> {
        let file = if named.is_dir() { named.join("model.safetensors") } else { named.to_owned() };
        if file.exists() {
            return Ok(Self::File(file));
        }
        let shipped = Shipped::all().iter().find(|shipped| Path::new(shipped.name) == named);
        shipped.map(Self::Program).ok_or(Error::NoModel { path: file })
    }

    /// The file, where it is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Program(_) => None,
        }
    }

    /// Reads and checks it.
    ///
    /// # Errors
    /// As [`ModelFile::load`].
    pub fn load(&self) -> Result<ModelFile> {
        match self {
            Self::File(path) => ModelFile::load(path),
            Self::Program(shipped) => shipped.load(),
        }
    }
}

impl std::fmt::Display for ModelPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => f.write_str(&shown(path)),
            Self::Program(shipped) => f.write_str(shipped.name),
        }
    }
}
