//! Paths of any bytes as text: for people, without harm to a terminal, and for files, without loss.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A path for people: control characters and bytes that are not UTF-8 are escaped, as in `a\u{1b}b` and `m\xfcsik`.
pub fn shown(path: &Path) -> String {
    escaped(path, |char| char.is_control())
}

/// Text for people, with all characters escaped that control a terminal or that XML does not allow, but line ends and tabs.
pub fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for char in text.chars() {
        let is_control = char.is_control() && !matches!(char, '\n' | '\t');
        push(&mut printable, char, is_control || matches!(char, '\u{fffe}' | '\u{ffff}'));
    }
    printable
}

fn escaped(path: &Path, is_escaped: impl Fn(char) -> bool) -> String {
    let mut text = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        chunk.valid().chars().for_each(|char| push(&mut text, char, is_escaped(char)));
        for byte in chunk.invalid() {
            write!(text, "\\x{byte:02x}").expect("text grows");
        }
    }
    text
}

fn push(text: &mut String, char: char, is_escaped: bool) {
    if is_escaped {
        text.extend(char.escape_default());
    } else {
        text.push(char);
    }
}

/// A path in a file of text.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    /// One that is UTF-8.
    Plain(String),
    /// Any other: `\xNN` is a byte and `\\` a backslash.
    Bytes { escaped: String },
}

/// Writes a path without loss; for `#[serde(serialize_with)]` and, with [`deserialize`], for `#[serde(with)]`.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    let written = match path.to_str() {
        Some(text) => Written::Plain(text.into()),
        None => Written::Bytes { escaped: escaped(path, |char| char == '\\') },
    };
    written.serialize(serializer)
}

/// Reads what [`serialize`] wrote.
///
/// # Errors
/// When it is something else, or has bytes that a path of this system cannot have.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
    match Written::deserialize(deserializer)? {
        Written::Plain(text) => Ok(text.into()),
        Written::Bytes { escaped } => {
            let path = unescaped(&escaped).and_then(os_string);
            path.map(PathBuf::from).ok_or_else(|| serde::de::Error::custom("a path with an escape that means nothing"))
        }
    }
}

/// As the functions above, for a path that may be missing.
pub mod optional {
    use super::{Deserialize, Deserializer, Path, PathBuf, Serialize, Serializer};

    #[derive(Deserialize)]
    struct Whole(#[serde(with = "super")] PathBuf);

    struct Part<'a>(&'a Path);

    impl Serialize for Part<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            super::serialize(self.0, serializer)
        }
    }

    /// Writes a path without loss.
    ///
    /// # Errors
    /// Those of the serializer.
    #[allow(clippy::ref_option, reason = "serde passes a reference to the field")]
    pub fn serialize<S: Serializer>(path: &Option<PathBuf>, serializer: S) -> Result<S::Ok, S::Error> {
        path.as_deref().map(Part).serialize(serializer)
    }

    /// Reads what [`serialize`] wrote.
    ///
    /// # Errors
    /// As [`deserialize`](super::deserialize()).
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<PathBuf>, D::Error> {
        Ok(Option::<Whole>::deserialize(deserializer)?.map(|whole| whole.0))
    }
}

/// The bytes of an escaped text.
fn unescaped(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match (byte, after) {
            (b'\\', [b'\\', after @ ..]) => {
                bytes.push(b'\\');
                rest = after;
            }
            (b'\\', [b'x', high, low, after @ ..]) => {
                let digit = |byte: u8| char::from(byte).to_digit(16);
                bytes.push((16 * digit(*high)? + digit(*low)?) as u8);
                rest = after;
            }
            (b'\\', _) => return None,
            _ => bytes.push(byte),
        }
    }
    Some(bytes)
}

#[cfg(unix)]
fn os_string(bytes: Vec<u8>) -> Option<OsString> {
    Some(std::os::unix::ffi::OsStringExt::from_vec(bytes))
}

#[cfg(not(unix))]
fn os_string(bytes: Vec<u8>) -> Option<OsString> {
    String::from_utf8(bytes).ok().map(OsString::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    struct Holder {
        #[serde(with = "super")]
        path: PathBuf,
        #[serde(with = "super::optional", default)]
        other: Option<PathBuf>,
    }

    #[test]
    fn plain_paths_are_written_as_they_are() {
        let holder: Holder = serde_json::from_str(r#"{"path":"a\\b/ü"}"#).expect("an old file");
        assert_eq!(holder, Holder { path: "a\\b/ü".into(), other: None });
        assert_eq!(serde_json::to_string(&holder).expect("text"), r#"{"path":"a\\b/ü","other":null}"#);
    }

    #[cfg(unix)]
    #[test]
    fn paths_of_any_bytes_come_back() {
        let every: Vec<u8> = (1..=255).chain(*b"\\x41\\").collect();
        for bytes in [every, b"m\xfcsik".to_vec(), b"\xff".to_vec()] {
            let path = PathBuf::from(os_string(bytes).expect("a path"));
            let holder = Holder { path: path.clone(), other: Some(path) };
            let text = serde_json::to_string(&holder).expect("text");
            assert_eq!(serde_json::from_str::<Holder>(&text).expect("it is read"), holder, "{text}");
        }
        assert!(serde_json::from_str::<Holder>(r#"{"path":{"escaped":"\\q"}}"#).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn what_is_shown_has_no_control_characters() {
        let path = PathBuf::from(os_string(b"a\x1b[2J\n\xfc\xc2\x9b/\xc3\xbc\\".to_vec()).expect("a path"));
        assert_eq!(shown(&path), "a\\u{1b}[2J\\n\\xfc\\u{9b}/ü\\");
        assert_eq!(printable("a\u{1b}b\n\tü\r"), "a\\u{1b}b\n\tü\\r");
    }
}
