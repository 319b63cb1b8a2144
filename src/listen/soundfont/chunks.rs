//! Whether the lengths in a SoundFont fit the file: a wrong one must not reserve gigabytes.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};

/// Bytes of a name and a length.
const HEAD: u64 = 8;

/// Checks that all chunks lie within the chunk around them, and that one within the file of `len` bytes; leaves the
/// file at its start. The inner error is the reason, as a clause.
pub(super) fn check(file: &mut File, len: u64) -> io::Result<Result<(), String>> {
    let result = check_riff(file, len)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(result)
}

fn check_riff(file: &mut File, len: u64) -> io::Result<Result<(), String>> {
    let mut head = [0; 12];
    if len < head.len() as u64 {
        return Ok(Err("it is too short".into()));
    }
    file.read_exact(&mut head)?;
    if !head.starts_with(b"RIFF") || !head.ends_with(b"sfbk") {
        return Ok(Err("it has no SoundFont header".into()));
    }
    let end = HEAD + length(&head[4..8]);
    if end > len {
        return Ok(Err(format!("it is cut off: {end} bytes are declared, {len} are there")));
    }
    check_list(file, 12, end, true)
}

/// Checks the chunks from `at` to `end`, and those in lists where there may be lists: they do not nest.
fn check_list(file: &mut File, mut at: u64, end: u64, has_lists: bool) -> io::Result<Result<(), String>> {
    while at + HEAD <= end {
        let mut head = [0; HEAD as usize];
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(&mut head)?;
        let inside = at + HEAD;
        let next = inside + length(&head[4..]);
        if next > end {
            return Ok(Err(format!("the chunk at byte {at} is longer than what it lies in")));
        }
        if has_lists
            && head.starts_with(b"LIST")
            && let Err(reason) = check_list(file, inside + 4, next, false)?
        {
            return Ok(Err(reason));
        }
        at = next;
    }
    Ok(Ok(()))
}

fn length(bytes: &[u8]) -> u64 {
    u64::from(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
}
