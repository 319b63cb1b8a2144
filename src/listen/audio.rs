//! Samples: rendered, brought to one level, and written as WAV.

use std::io::{self, Cursor};
use std::path::Path;

use hound::{SampleFormat, WavSpec, WavWriter};

use super::Instrument;
use crate::error::{Error, Result};
use crate::music::midi::Performance;
use crate::whole_file;

/// Frames in a second.
pub const SAMPLE_RATE: u32 = 44_100;

/// Length of the longest piece that is rendered: samples are held in memory, 21 MB for each minute.
pub const MAX_MINUTES: u32 = 60;

/// Peak of what is rendered, as a share of full scale: 1 dB below it, since the curve between two samples may rise
/// above both.
const PEAK: f32 = 0.891;
/// What is softer than this share of the peak (-66 dB) after the last note is cut off.
const SILENCE: f32 = 0.0005;
/// Frames over which the end fades out.
const FADE: usize = SAMPLE_RATE as usize / 10;

/// Stereo sound, left and right of each frame, 44,100 frames a second, full scale ±1.
#[derive(Clone, Debug, PartialEq)]
pub struct Audio {
    /// The frames.
    pub frames: Vec<[f32; 2]>,
}

impl Audio {
    /// Plays a piece to its end and until it has died away. The peak of the result is 1 dB below full scale, so nothing
    /// clips. The same piece and instrument give the same samples. `name` stands for the piece in errors.
    ///
    /// # Errors
    /// [`Error::TooLong`] beyond [`MAX_MINUTES`]; [`Error::SoundFont`] where the SoundFont proves to be damaged.
    pub fn render(piece: &Performance, name: &str, instrument: &Instrument) -> Result<Self> {
        let minutes = piece.seconds() / 60.0;
        if minutes > f64::from(MAX_MINUTES) {
            return Err(Error::TooLong { path: name.into(), minutes, allowed: MAX_MINUTES });
        }
        let mut audio = Self { frames: instrument.play(piece)? };
        audio.cut_silence(frame(piece.seconds()));
        audio.normalise();
        Ok(audio)
    }

    /// Length in seconds.
    pub fn seconds(&self) -> f64 {
        self.frames.len() as f64 / f64::from(SAMPLE_RATE)
    }

    /// The largest absolute sample.
    pub fn peak(&self) -> f32 {
        peak(&self.frames)
    }

    /// Writes a WAV file of 16 bits a sample. It is whole or absent, whatever happens meanwhile.
    ///
    /// # Errors
    /// [`Error::Write`] where the folder or the disk refuses.
    pub fn write_wav(&self, path: &Path) -> Result<()> {
        let spec =
            WavSpec { channels: 2, sample_rate: SAMPLE_RATE, bits_per_sample: 16, sample_format: SampleFormat::Int };
        let to_io = |error| match error {
            hound::Error::IoError(error) => error,
            other => io::Error::other(other),
        };
        let fill = |bytes: &mut Cursor<Vec<u8>>| -> io::Result<()> {
            let mut wav = WavWriter::new(bytes, spec).map_err(to_io)?;
            for sample in self.frames.iter().flatten() {
                wav.write_sample((sample.clamp(-1.0, 1.0) * f32::from(i16::MAX)).round() as i16).map_err(to_io)?;
            }
            wav.finalize().map_err(to_io)
        };
        let mut bytes = Cursor::new(Vec::new());
        fill(&mut bytes).map_err(|source| Error::Write { path: path.into(), source })?;
        let bytes = bytes.into_inner();
        whole_file::write(path, &bytes)
    }

    /// Ends the sound where it has died away after the frame `end`, and fades it out there.
    fn cut_silence(&mut self, end: usize) {
        let threshold = SILENCE * self.peak();
        let last = self.frames.iter().rposition(|frame| peak(&[*frame]) > threshold).map_or(0, |last| last + 1);
        self.frames.truncate(last.max(end) + FADE);
        let from = self.frames.len().saturating_sub(FADE);
        let fading = &mut self.frames[from..];
        let steps = fading.len() as f32;
        for (step, frame) in fading.iter_mut().enumerate() {
            *frame = frame.map(|sample| sample * (1.0 - (step + 1) as f32 / steps));
        }
    }

    fn normalise(&mut self) {
        let peak = self.peak();
        if peak > 0.0 {
            self.frames.iter_mut().flatten().for_each(|sample| *sample *= PEAK / peak);
        }
    }
}

/// The largest absolute sample.
pub(super) fn peak(frames: &[[f32; 2]]) -> f32 {
    frames.iter().flatten().fold(0.0, |peak, sample| peak.max(sample.abs()))
}

/// The frame at a time in seconds.
pub(super) fn frame(seconds: f64) -> usize {
    (seconds * f64::from(SAMPLE_RATE)).round() as usize
}
