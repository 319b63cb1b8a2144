//! Writing and reading one safetensors file of `f32` tensors, whole or not at all.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, Metadata, TensorInfo};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};
use crate::file;
use crate::model::Array;

/// Bytes before the header: its length.
const PREFIX: u64 = 8;
/// Longer headers are not ours.
const MAX_HEADER: u64 = 64 << 20;

#[derive(Serialize)]
struct Header<'a> {
    #[serde(rename = "__metadata__")]
    metadata: &'a BTreeMap<String, String>,
    #[serde(flatten)]
    tensors: BTreeMap<&'a str, TensorInfo>,
}

/// Replaces the file at `path`: the same content gives the same bytes, and a crash leaves the old file or the new one.
pub(super) fn write(path: &Path, metadata: &BTreeMap<String, String>, tensors: &[(String, &Array)]) -> Result<()> {
    let mut start = 0;
    let info = |(name, array): &'_ (String, &Array)| {
        let end = start + size_of_val(array.values.as_slice());
        let info = TensorInfo { dtype: Dtype::F32, shape: array.shape.clone(), data_offsets: (start, end) };
        start = end;
        (name.clone(), info)
    };
    let infos: Vec<(String, TensorInfo)> = tensors.iter().map(info).collect();
    let tensors_by_name = infos.iter().map(|(name, info)| (name.as_str(), info.clone())).collect();
    let mut header = serde_json::to_vec(&Header { metadata, tensors: tensors_by_name }).expect("plain data");
    header.resize(header.len().next_multiple_of(8), b' ');

    file::replace(path, |file| {
        file.write_all(&(header.len() as u64).to_le_bytes())?;
        file.write_all(&header)?;
        for (_, array) in tensors {
            for value in &array.values {
                file.write_all(&value.to_le_bytes())?;
            }
        }
        Ok(())
    })
}

/// An open file whose header fits its length.
pub(super) struct Reader {
    path: PathBuf,
    file: File,
    header: Metadata,
}

impl Reader {
    /// Opens a file and reads its header alone.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let read = |source| Error::Read { path: path.into(), source };
        let refuse = |reason: &str| Error::Checkpoint { path: path.into(), reason: reason.into() };
        let mut file = File::open(path).map_err(read)?;
        let metadata = file.metadata().map_err(read)?;
        if !metadata.is_file() {
            return Err(refuse("it is not a file"));
        }
        let len = metadata.len();
        let mut prefix = [0; PREFIX as usize];
        file.read_exact(&mut prefix).map_err(|_| refuse("it is cut off or not a safetensors file"))?;
        let header_len = u64::from_le_bytes(prefix);
        if header_len > MAX_HEADER || header_len > len - PREFIX {
            return Err(refuse("it is cut off or not a safetensors file"));
        }
        let mut header = vec![0; header_len as usize];
        file.read_exact(&mut header).map_err(read)?;
        let header: Metadata =
            serde_json::from_slice(&header).map_err(|error| refuse(&format!("its header is damaged ({error})")))?;
        if PREFIX + header_len + header.data_len() as u64 != len {
            return Err(refuse("it is cut off or has something appended: its length does not fit its header"));
        }
        Ok(Self { path: path.into(), file, header })
    }

    /// The error for this file.
    pub(super) fn refuse(&self, reason: impl Into<String>) -> Error {
        Error::Checkpoint { path: self.path.clone(), reason: reason.into() }
    }

    /// A value of the metadata.
    pub(super) fn text(&self, key: &str) -> Result<&str> {
        let value = self.header.metadata().as_ref().and_then(|metadata| metadata.get(key));
        value.map(String::as_str).ok_or_else(|| self.refuse(format!("its metadata has no \"{key}\"")))
    }

    /// A value of the metadata that is JSON.
    pub(super) fn json<T: DeserializeOwned>(&self, key: &str) -> Result<T> {
        serde_json::from_str(self.text(key)?)
            .map_err(|error| self.refuse(format!("\"{key}\" in its metadata is damaged ({error})")))
    }

    /// Reads all tensors, which must be exactly those of `expected`.
    pub(super) fn tensors(mut self, expected: &[(String, Vec<usize>)]) -> Result<BTreeMap<String, Array>> {
        for (name, shape) in expected {
            match self.header.info(name) {
                None => return Err(self.refuse(format!("tensor `{name}` is missing"))),
                Some(info) if info.shape != *shape || info.dtype != Dtype::F32 => {
                    let found = format!("{:?} {:?}", info.dtype, info.shape);
                    return Err(self.refuse(format!("tensor `{name}` is {found}, expected F32 {shape:?}")));
                }
                Some(_) => {}
            }
        }
        let names = self.header.offset_keys();
        let known: BTreeSet<&str> = expected.iter().map(|(name, _)| name.as_str()).collect();
        if let Some(name) = names.iter().find(|name| !known.contains(name.as_str())) {
            return Err(self.refuse(format!("tensor `{name}` does not belong there")));
        }
        let mut tensors = BTreeMap::new();
        for name in names {
            let shape = self.header.info(&name).expect("a name of the header").shape.clone();
            let mut bytes = vec![0; 4 * shape.iter().product::<usize>()];
            self.file.read_exact(&mut bytes).map_err(|source| Error::Read { path: self.path.clone(), source })?;
            let values: Vec<f32> =
                bytes.as_chunks().0.iter().map(|bytes: &[u8; 4]| f32::from_le_bytes(*bytes)).collect();
            if !values.iter().all(|value| value.is_finite()) {
                return Err(self.refuse(format!("tensor `{name}` holds values that are not finite")));
            }
            tensors.insert(name, Array { shape, values });
        }
        Ok(tensors)
    }
}
