//! Plays a piece with a SoundFont, by the crate `rustysynth`, which is named only here.
//!
//! Files are untrusted. The lengths of their chunks are checked before the crate reserves memory by them. The crate
//! checks the rest, but not all of it: indices and loops of a damaged file can still run out of bounds while it loads
//! or plays (issue 57 of its repository). Such panics are caught and become [`Error::SoundFont`].

mod chunks;
mod find;
mod guard;

use std::fmt;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustysynth::{SoundFontError, Synthesizer, SynthesizerSettings};

use super::SAMPLE_RATE;
use super::audio::{frame, peak};
use crate::music::midi::Performance;
use crate::{Error, Result};
pub(super) use find::candidates;
use guard::guarded;

/// Notes that sound at once, the most that the crate allows.
const VOICES: usize = 256;
/// After the last message the sound ends where a tenth of a second is softer than this share of the peak (-80 dB), or
/// after these tenths of a second.
const SILENCE: f32 = 1e-4;
const LONGEST_TAIL: usize = 200;

/// An instrument bank.
pub(super) struct SoundFont {
    path: PathBuf,
    font: Arc<rustysynth::SoundFont>,
}

impl SoundFont {
    pub(super) fn load(path: &Path) -> Result<Self> {
        let read = |source| Error::Read { path: path.into(), source };
        let refuse = |reason| Error::SoundFont { path: path.into(), reason };
        let mut file = File::open(path).map_err(read)?;
        let metadata = file.metadata().map_err(read)?;
        if !metadata.is_file() {
            return Err(refuse("it is not a file".into()));
        }
        chunks::check(&mut file, metadata.len()).map_err(read)?.map_err(refuse)?;
        let loaded = guarded(|| rustysynth::SoundFont::new(&mut BufReader::new(file)));
        let font = match loaded.map_err(|panic| refuse(format!("it is damaged ({panic})")))? {
            Ok(font) => Arc::new(font),
            Err(SoundFontError::UnsupportedSampleFormat) => {
                return Err(refuse("its samples are compressed (SoundFont 3), which is not supported".into()));
            }
            Err(error) => return Err(refuse(format!("it is damaged ({error})"))),
        };
        Ok(Self { path: path.into(), font })
    }

    /// Plays to the last message, lets go of all notes, and goes on until they have died away.
    pub(super) fn play(&self, piece: &Performance) -> Result<Vec<[f32; 2]>> {
        let refuse = |reason| Error::SoundFont { path: self.path.clone(), reason };
        let frames = guarded(|| self.play_unguarded(piece));
        let frames = frames.map_err(|panic| refuse(format!("it is damaged: playing it failed ({panic})")))?;
        if frames.iter().flatten().all(|sample| sample.is_finite()) {
            Ok(frames)
        } else {
            Err(refuse("it is damaged: its sound grows beyond all bounds".into()))
        }
    }

    fn play_unguarded(&self, piece: &Performance) -> Vec<[f32; 2]> {
        let mut settings = SynthesizerSettings::new(SAMPLE_RATE as i32);
        settings.maximum_polyphony = VOICES;
        let mut synthesizer = Synthesizer::new(&self.font, &settings).expect("settings within its limits");
        let mut sound = Sound::default();
        for message in &piece.messages {
            sound.render(&mut synthesizer, frame(message.seconds));
            let [first, second] = message.data.map(i32::from);
            synthesizer.process_midi_message(message.channel.into(), message.status.into(), first, second);
        }
        for channel in 0..Synthesizer::CHANNEL_COUNT as i32 {
            synthesizer.process_midi_message(channel, 0xb0, 64, 0);
        }
        synthesizer.note_off_all(false);
        let tenth = SAMPLE_RATE as usize / 10;
        let mut loudest = peak(&sound.frames);
        for _ in 0..LONGEST_TAIL {
            let start = sound.frames.len();
            sound.render(&mut synthesizer, start + tenth);
            let level = peak(&sound.frames[start..]);
            loudest = loudest.max(level);
            if level <= SILENCE * loudest {
                break;
            }
        }
        sound.frames
    }
}

impl fmt::Display for SoundFont {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())
    }
}

/// What was rendered so far, and room for the next part.
#[derive(Default)]
struct Sound {
    frames: Vec<[f32; 2]>,
    left: Vec<f32>,
    right: Vec<f32>,
}

impl Sound {
    /// Renders up to the frame `end`.
    fn render(&mut self, synthesizer: &mut Synthesizer, end: usize) {
        let count = end.saturating_sub(self.frames.len());
        self.left.resize(count, 0.0);
        self.right.resize(count, 0.0);
        synthesizer.render(&mut self.left, &mut self.right);
        self.frames.extend(self.left.iter().zip(&self.right).map(|(left, right)| [*left, *right]));
    }
}
