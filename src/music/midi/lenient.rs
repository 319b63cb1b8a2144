//! The events of one track, read by `midly` and carried on where `midly` stops.

use midly::{EventIter, MetaMessage, TrackEventKind};

/// Steps through the events of a track and keeps the time.
pub(super) struct Events<'a> {
    track: &'a [u8],
    rest: &'a [u8],
    /// The last channel status. The standard drops it at meta and system exclusive events; files in the wild rely on
    /// its staying.
    running: Option<u8>,
    /// Whether the standard would have dropped `running`.
    dropped: bool,
    /// Time of the last event in file ticks. A delta has 28 bits and a byte of file at least, so this cannot overflow.
    pub(super) tick: u64,
    /// What was wrong and what was done, with the byte of the track, each kind once.
    pub(super) complaints: Vec<(usize, String)>,
    /// The kinds that were complained of.
    kinds: Vec<&'static str>,
}

/// What an event that `midly` refuses is taken for.
struct Repair<'a> {
    kind: Option<TrackEventKind<'static>>,
    rest: &'a [u8],
    complaint: &'static str,
}

impl<'a> Events<'a> {
    pub(super) fn new(track: &'a [u8]) -> Self {
        Self { track, rest: track, running: None, dropped: false, tick: 0, complaints: Vec::new(), kinds: Vec::new() }
    }

    /// The next event; `None` at the end-of-track mark, at the end of the bytes, and where nothing more can be read.
    pub(super) fn next(&mut self) -> Option<TrackEventKind<'a>> {
        loop {
            if self.rest.is_empty() {
                self.complain("no end-of-track mark; the track ends with its last byte", "");
                return None;
            }
            let Some((delta, event)) = time_value(self.rest) else {
                return self.give_up("a time value that is cut off or longer than four bytes");
            };
            if self.dropped && self.running.is_some() && event.first().is_some_and(|status| *status < 0x80) {
                self.complain("running status after a meta or system exclusive event, taken as it was before", "");
            }
            let mut reader = EventIter::new(self.rest);
            *reader.running_status_mut() = self.running;
            if let Some(Ok(read)) = reader.next() {
                self.dropped = reader.running_status().is_none();
                self.running = reader.running_status().or(self.running);
                self.rest = reader.unread();
                self.tick += u64::from(delta);
                if read.kind == TrackEventKind::Meta(MetaMessage::EndOfTrack) {
                    if !self.rest.is_empty() {
                        let left = self.rest.len();
                        self.complain(
                            "bytes after the end-of-track mark",
                            &format!(", {left} of them, ignored; other programs may read on"),
                        );
                    }
                    return None;
                }
                return Some(read.kind);
            }
            let Some(repair) = repair(event, self.running) else {
                return self.give_up(match (event.first(), self.running) {
                    (None | Some(0x80..), _) | (_, Some(_)) => "an event that cannot be read",
                    (_, None) => "data without a status, which cannot be read",
                });
            };
            self.tick += u64::from(delta);
            self.complain(repair.complaint, "");
            self.rest = repair.rest;
            if let Some(kind) = repair.kind {
                if event[0] >= 0x80 {
                    self.running = Some(event[0]);
                }
                return Some(kind);
            }
        }
    }

    fn give_up(&mut self, complaint: &'static str) -> Option<TrackEventKind<'a>> {
        let left = self.rest.len();
        self.complain(
            complaint,
            &format!("; the last {left} bytes of the track are not read, other programs may read on"),
        );
        self.rest = &[];
        None
    }

    /// Notes what is wrong at the event that comes next.
    fn complain(&mut self, kind: &'static str, details: &str) {
        if !self.kinds.contains(&kind) {
            self.kinds.push(kind);
            self.complaints.push((self.track.len() - self.rest.len(), format!("{kind}{details}")));
        }
    }
}

/// A time value of one to four bytes, and what follows it.
fn time_value(raw: &[u8]) -> Option<(u32, &[u8])> {
    let last = raw.iter().take(4).position(|byte| *byte < 0x80)?;
    let (value, rest) = raw.split_at(last + 1);
    let value = value.iter().fold(0, |sum, byte| sum << 7 | u32::from(byte & 0x7f));
    Some((value, rest))
}

/// Reads what `midly` refused. `raw` starts at the status, or at the first data byte under a running status.
fn repair(raw: &[u8], running: Option<u8>) -> Option<Repair<'_>> {
    let first = *raw.first()?;
    let (status, data) = if first < 0x80 { (running?, raw) } else { (first, &raw[1..]) };
    match status {
        0x80..=0xef => {
            let length = if matches!(status >> 4, 0xc | 0xd) { 1 } else { 2 };
            let mut clipped = vec![0, status];
            clipped.extend(data.get(..length)?.iter().map(|byte| (*byte).min(127)));
            let event = EventIter::new(&clipped).next()?.ok()?;
            Some(Repair {
                kind: Some(event.kind.to_static()),
                rest: &data[length..],
                complaint: "data bytes above 127, read as 127",
            })
        }
        0xff => {
            let (length, body) = time_value(data.get(1..)?)?;
            Some(Repair {
                kind: None,
                rest: body.get(length as usize..)?,
                complaint: "a malformed meta event, ignored",
            })
        }
        0xf1..=0xf6 | 0xf8..=0xfe => {
            let length = match status {
                0xf1 | 0xf3 => 1,
                0xf2 => 2,
                _ => 0,
            };
            Some(Repair {
                kind: None,
                rest: data.get(length..)?,
                complaint: "system messages that have no place in a file, ignored",
            })
        }
        _ => None,
    }
}
