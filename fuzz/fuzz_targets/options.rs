//! Any arguments of the program, one to a line, and any key and range: an error or values, never a panic.
#![no_main]

// The command line is private to the program, so it is compiled here once more; only parsing is called.
#[allow(dead_code, reason = "no command is run")]
#[path = "../../src/cli/mod.rs"]
mod cli;

use clap::Parser as _;
use gpu_lstm::music::key::Key;
use gpu_lstm::music::pitches::{PitchRange, Pitches};
use gpu_lstm_fuzz::{Edit, edited};
use libfuzzer_sys::fuzz_target;

/// One for each of what the options hold.
const ORIGINALS: [&str; 4] = [
    "generate\n--temperature=1,0.9,1\n--top-k=0,5,40\n--top-p=0.98,0.88,1\n--min-p=0.05\n--key=A minor\n--range=C3-C6\n\
     --seconds=12.5\n--meter=6/8\n--tempo=90\n--program=19\n--seed=7\n-o\nx.mid",
    "generate\nchorales\n--bars=32\n--count=4\n--melody=tune.mid\n--voices=1\n--compare=songs\n--best-of=16\n--wav\n--page=a.html",
    "train\nsongs\n--transpose=-5,6\n--pedal=hold\n--preset=seed\n--metre=true\n--learning-rate=6e-3\n--minutes=2.5\n--steps=9",
    "check\n--bench\n--workload\n16,1,64\n--all-families",
];

fuzz_target!(|input: (u8, Vec<Edit>)| {
    let (original, edits) = input;
    let text = edited(ORIGINALS[usize::from(original) % ORIGINALS.len()].as_bytes(), &edits);
    let text = String::from_utf8_lossy(&text);
    match cli::Cli::try_parse_from(["gpu-lstm"].into_iter().chain(text.lines())) {
        Ok(cli) => drop(format!("{cli:?}")),
        Err(error) => drop(error.render().ansi().to_string()),
    }
    for value in text.lines().filter_map(|line| line.split_once('=')).map(|(_, value)| value) {
        let (key, range) = (value.parse::<Key>(), value.parse::<PitchRange>());
        if let Ok(key) = key {
            assert_eq!(key.to_string().parse(), Ok(key));
            assert!((0..12).filter(|&pitch| key.contains(pitch)).count() >= 7);
        }
        if let Ok(range) = range {
            assert_eq!(range.to_string().parse(), Ok(range));
            let allowed = Pitches::new(None, Some(&range)).expect("a range has a pitch");
            assert!((0..128).any(|pitch| allowed.contains(pitch)));
            let _ = Pitches::new(Some(&Key::new(0, true)), Some(&range));
        }
    }
});
