//! The options of `generate`, in groups.

use std::path::PathBuf;

use clap::Args;
use gpu_lstm::model::kernels::SampleOptions;
use gpu_lstm::music::events::{FIELDS, Field};
use gpu_lstm::music::key::Key;
use gpu_lstm::music::midi::TICKS_PER_BEAT;
use gpu_lstm::music::pitches::PitchRange;
use gpu_lstm::music::timing::Timing;

use super::values::{self, Meter, PerField};

/// The network may end a piece sooner, without `--no-end`.
#[derive(Debug, Args)]
#[command(next_help_heading = "Length")]
pub(super) struct Length {
    /// Longest piece, in events [default: 500, or as many as --bars, --seconds or --melody need]
    #[arg(long, value_name = "N")]
    pub(super) events: Option<usize>,
    /// Longest piece, in bars; what would sound beyond is cut off
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), conflicts_with = "seconds")]
    pub(super) bars: Option<u32>,
    /// Longest piece, in seconds at the tempo written
    #[arg(long, value_name = "X", value_parser = values::seconds)]
    pub(super) seconds: Option<f64>,
    /// The bars of --bars, and the time signature of the file [default: that of most songs that the network learned from]
    #[arg(long, value_name = "N/N")]
    pub(super) meter: Option<Meter>,
    /// Go on to that length; without this the network may end a piece sooner
    #[arg(long)]
    pub(super) no_end: bool,
}

/// Each takes one value, or three and more: offset,note,duration,velocity,instrument.
#[derive(Debug, Args)]
#[command(next_help_heading = "Sampling (one value, or three to five as offset,note,duration,velocity,instrument)")]
pub(super) struct Sampling {
    /// Below 1 bolder in what is likely, above 1 more surprising; 0 always takes the most likely
    #[arg(long, value_name = "T", default_value = "1", allow_hyphen_values = true, value_parser = values::temperature)]
    pub(super) temperature: PerField<f32>,
    /// Choose among the K most likely classes; 0 is all. This and the next two leave the end of the piece at its
    /// probability, and cut the other offsets alone
    #[arg(long, value_name = "K", default_value = "0", allow_hyphen_values = true, value_parser = values::top_k)]
    pub(super) top_k: PerField<u32>,
    /// Choose among the most likely classes that together hold this probability
    #[arg(long, value_name = "P", default_value = "0.98,0.88,0.98,0.98,0.98", allow_hyphen_values = true, value_parser = values::top_p)]
    pub(super) top_p: PerField<f32>,
    /// Choose among classes at least this likely, relative to the most likely
    #[arg(long, value_name = "P", default_value = "0", allow_hyphen_values = true, value_parser = values::min_p)]
    pub(super) min_p: PerField<f32>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Pitches")]
pub(super) struct Limits {
    /// Only notes of this key: C, Eb, "A minor", F#m; minor has both forms of its sixth and seventh. A model of songs in
    /// one key is moved to it, without this option to a key that --seed draws
    #[arg(long, value_name = "KEY")]
    pub(super) key: Option<Key>,
    /// Only notes from here to there: C3-C6 (C4 is middle C), or MIDI keys 48-84
    #[arg(long, value_name = "LOW-HIGH")]
    pub(super) range: Option<PitchRange>,
    /// Pitches may lie beyond those of the songs that the network learned from, and figures may be repeated more often
    #[arg(long)]
    pub(super) unlimited: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Primer")]
pub(super) struct Primer {
    /// MIDI file whose beginning is continued
    #[arg(long, value_name = "FILE")]
    pub(super) prime: Option<PathBuf>,
    /// How many of its events
    #[arg(long, value_name = "N", default_value_t = 64, requires = "prime")]
    pub(super) prime_events: usize,
    /// Write the primer too, before what follows it; it counts in --bars and --seconds
    #[arg(long, requires = "prime")]
    pub(super) with_primer: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Sound")]
pub(super) struct Sound {
    /// Beats per minute [default: the median of the songs that the network learned from]
    #[arg(long, value_name = "BPM", value_parser = values::tempo)]
    pub(super) tempo: Option<f64>,
    /// Instrument of General MIDI, 0 to 127: 0 piano, 6 harpsichord, 19 organ, 40 violin; of a model that does not predict them
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u8).range(..=127))]
    pub(super) program: u8,
}

impl Length {
    /// The longest piece on the grid.
    pub(super) fn ticks(&self, timing: Timing) -> anyhow::Result<Option<u32>> {
        let bar = Meter::from(timing.time_signature).bar_ticks();
        let bars = self.bars.map(|bars| f64::from(bars) * f64::from(bar));
        let seconds = self.seconds.map(|seconds| seconds * timing.tempo / 60.0 * f64::from(TICKS_PER_BEAT));
        bars.or(seconds).map(values::grid_ticks).transpose()
    }
}

impl Sampling {
    pub(super) fn of_fields(&self, seed: u32) -> [SampleOptions; FIELDS] {
        Field::ALL.map(|field| SampleOptions {
            temperature: self.temperature.of(field, 1.0),
            top_k: self.top_k.of(field, 0),
            top_p: self.top_p.of(field, 1.0),
            min_p: self.min_p.of(field, 0.0),
            seed,
        })
    }
}
