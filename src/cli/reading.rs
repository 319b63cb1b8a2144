//! How MIDI files are read, for every command that reads some.

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use gpu_lstm::music::midi::Pedal;

/// The help of --pedal.
pub(super) const PEDAL: &str = "Sustain pedal: hold lengthens the notes that it holds, ignore reads the keys alone, auto holds in \
    songs that were played, with half of their notes or more off the grid [default: auto; with a model, as its songs were read]";

#[derive(Debug, Args)]
pub(super) struct Reading {
    #[arg(long, value_name = "auto|hold|ignore", value_parser = pedal(), hide_possible_values = true, help = PEDAL)]
    pub(super) pedal: Option<Pedal>,
}

/// The values of --pedal.
pub(super) fn pedal() -> impl TypedValueParser<Value = Pedal> {
    PossibleValuesParser::new(["auto", "hold", "ignore"].map(PossibleValue::new)).map(|text| match text.as_str() {
        "hold" => Pedal::Hold,
        "ignore" => Pedal::Ignore,
        _ => Pedal::Auto,
    })
}
