//! The outer layer of a MIDI file: its header, its clock, and where its tracks lie.

use super::TICKS_PER_BEAT;

/// What the header says and the bytes of every track.
pub(super) struct Chunks<'a> {
    pub(super) format: u16,
    pub(super) clock: Clock,
    /// Each with its place in the file.
    pub(super) tracks: Vec<(usize, &'a [u8])>,
    pub(super) warnings: Vec<String>,
}

/// How file ticks become grid ticks: `grid = file * numerator / denominator`.
#[derive(Clone, Copy)]
pub(super) struct Clock {
    numerator: u64,
    denominator: u64,
    /// Whether the file counts frames: a beat has half a second then, whatever tempo it names.
    pub(super) counts_frames: bool,
}

impl Clock {
    /// Reads the division word of the header. Frames become beats at 120 beats per minute.
    fn new(division: u16) -> Result<Self, String> {
        let [high, low] = division.to_be_bytes();
        if division == 0 || (high >= 0x80 && low == 0) {
            return Err("its header says zero ticks".into());
        }
        if high < 0x80 {
            return Ok(Self {
                numerator: u64::from(TICKS_PER_BEAT),
                denominator: u64::from(division),
                counts_frames: false,
            });
        }
        // Ticks in a second as a fraction; 29 stands for 30 / 1.001 frames.
        let (ticks, seconds) = match 256 - u64::from(high) {
            frames @ (24 | 25 | 30) => (frames * u64::from(low), 1),
            29 => (30_000 * u64::from(low), 1001),
            other => return Err(format!("its header counts {other} frames a second")),
        };
        Ok(Self { numerator: 2 * u64::from(TICKS_PER_BEAT) * seconds, denominator: ticks, counts_frames: true })
    }

    /// The nearest grid tick, halves up, in exact integers.
    pub(super) fn to_grid(self, tick: u64) -> u64 {
        let (n, d) = (u128::from(self.numerator), u128::from(self.denominator));
        u64::try_from((2 * u128::from(tick) * n + d) / (2 * d)).unwrap_or(u64::MAX)
    }

    /// How far `tick` lies from `grid`, in beats.
    pub(super) fn distance(self, tick: u64, grid: u64) -> f64 {
        let exact = u128::from(tick) * u128::from(self.numerator);
        let taken = u128::from(grid) * u128::from(self.denominator);
        exact.abs_diff(taken) as f64 / self.denominator as f64 / f64::from(TICKS_PER_BEAT)
    }

    /// File ticks to beats.
    pub(super) fn beats(self, ticks: u64) -> f64 {
        ticks as f64 * self.numerator as f64 / self.denominator as f64 / f64::from(TICKS_PER_BEAT)
    }
}

/// Finds the header and the tracks. The error is the reason, as a clause.
pub(super) fn parse(bytes: &[u8]) -> Result<Chunks<'_>, String> {
    if bytes.is_empty() {
        return Err("it is empty".into());
    }
    if bytes.starts_with(&[0x1f, 0x8b]) {
        return Err("it is packed with gzip, unpack it first".into());
    }
    let start = find(bytes, b"MThd", 0).ok_or("it has no MIDI header (MThd)")?;
    let mut warnings = Vec::new();
    if start > 0 && !bytes.starts_with(b"RIFF") {
        warnings.push(format!("{start} bytes before the header are ignored"));
    }
    let header = bytes.get(start + 8..start + 14).ok_or("it is cut off inside its header")?;
    let word = |at: usize| u16::from_be_bytes([header[at], header[at + 1]]);
    let (format, declared) = (word(0), usize::from(word(2)));
    if format > 2 {
        warnings.push(format!("the header says format {format}, known are 0, 1 and 2; it is read as format 1"));
    }
    let clock = Clock::new(word(4))?;

    let mut tracks = Vec::new();
    let mut at = start;
    while at + 8 <= bytes.len() {
        let chunk = Chunk::at(bytes, at);
        if chunk.is_track {
            tracks.push((at + 8, &bytes[at + 8..chunk.end]));
        }
        // Whatever stands behind the last track is no damage.
        if !chunk.sound && (chunk.is_track || chunk.end < bytes.len()) {
            let done = if chunk.is_track { "read" } else { "ignored" };
            let end = chunk.end;
            warnings
                .push(format!("the chunk at byte {at} is damaged or of wrong length; it is {done} up to byte {end}"));
        }
        at = chunk.end;
    }
    if tracks.len() != declared {
        warnings.push(format!("the header declares {declared} tracks, there are {}; those are read", tracks.len()));
    }
    Ok(Chunks { format, clock, tracks, warnings })
}

/// A chunk, or bytes that take the place of one.
struct Chunk {
    is_track: bool,
    /// Whether it has a name and a length that can be believed.
    sound: bool,
    end: usize,
}

impl Chunk {
    /// The chunk at `at`, of which at least 8 bytes are there. A length is believed when it ends at an end-of-track
    /// mark, before another chunk, or with the file; otherwise the chunk reaches to the next track.
    fn at(bytes: &[u8], at: usize) -> Self {
        let is_name = |id: &[u8]| id.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b' ');
        let (id, length) = (&bytes[at..at + 4], &bytes[at + 4..at + 8]);
        let length = u32::from_be_bytes([length[0], length[1], length[2], length[3]]);
        let is_track = id == b"MTrk";
        let body = at + 8;
        let end = body.saturating_add(length as usize);
        let ends_well = bytes.get(body..end).is_some_and(|inside| {
            let next = &bytes[end..];
            next.is_empty() || inside.ends_with(&[0xff, 0x2f, 0]) || next.len() >= 8 && is_name(&next[..4])
        });
        let sound = is_name(id) && ends_well;
        let from = if is_track { body } else { at + 1 };
        Self { is_track, sound, end: if sound { end } else { find(bytes, b"MTrk", from).unwrap_or(bytes.len()) } }
    }
}

fn find(bytes: &[u8], what: &[u8; 4], from: usize) -> Option<usize> {
    bytes[from..].windows(4).position(|window| window == what).map(|at| from + at)
}
