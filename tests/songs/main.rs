//! The music that ships with the project: every file through our own reader, against its score, against the recorded
//! values in `tests/golden/songs.json`, and against the table in its README. After a score was changed on purpose,
//! `make songs` makes its MIDI file and `RECORD_SONGS=1 cargo test --test songs` writes the recorded values anew.

mod abc;
mod key;
mod reader;

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use abc::Score;
use gpu_lstm::music::midi::{Corpus, Note, Song, TICKS_PER_BEAT, read_folder, sort_and_merge};
use serde_json::{Value, json};

/// The converter starts a note 1/480 beat late and ends it as much early.
const LATE: f64 = 1.001 / 480.0;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("midi_songs")
}

fn corpus() -> Corpus {
    read_folder(&folder()).expect("the songs are read")
}

/// The scores by the names of their files, without the ending.
fn scores() -> BTreeMap<String, Score> {
    let entries = fs::read_dir(folder().join("scores")).expect("there are scores");
    let paths = entries.map(|entry| entry.expect("a score").path());
    let read = |path: PathBuf| {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        println!("reading {name}"); // where the reader stops
        (name, Score::read(&fs::read_to_string(&path).expect("text")))
    };
    paths.filter(|path| path.extension().is_some_and(|ending| ending == "abc")).map(read).collect()
}

/// Every song with its name and its score.
fn songs() -> Vec<(String, Song, Score)> {
    let mut scores = scores();
    let pair = |song: Song| {
        let name = song.name.strip_suffix(".mid").expect("a .mid file with one song").to_string();
        let score = scores.remove(&name).unwrap_or_else(|| panic!("{name}: no score"));
        (name, song, score)
    };
    corpus().songs.into_iter().map(pair).collect()
}

/// Notes by pitch class, C first.
fn histogram(notes: &[Note]) -> [usize; 12] {
    let mut counts = [0; 12];
    for note in notes {
        counts[usize::from(note.pitch % 12)] += 1;
    }
    counts
}

#[test]
fn every_score_has_its_midi_file_and_every_midi_file_its_score() {
    let corpus = corpus();
    assert_eq!((corpus.files, corpus.skipped.len()), (corpus.songs.len(), 0), "{corpus}");
    let files: BTreeSet<String> = corpus.songs.iter().map(|song| song.name.replace(".mid", "")).collect();
    assert_eq!(files, scores().into_keys().collect());
}

#[test]
fn every_score_says_what_it_is_and_how_sure_we_are() {
    for (name, score) in scores() {
        assert_eq!(score.fields, format!("XTCMLQK{}", "V".repeat(score.voices.len())), "{name}");
        assert!(!score.title.is_empty() && !score.composer.is_empty(), "{name}");
        for start in ["source: ", "licence: CC0-1.0", "certainty: "] {
            assert!(score.comments.iter().any(|comment| comment.starts_with(start)), "{name}: no % {start}");
        }
        for voice in &score.voices {
            assert!(voice.directives[0].starts_with("program "), "{name}");
            // Without it the converter spreads chords.
            assert_eq!(voice.directives[1..], ["chordattack 0"], "{name}");
        }
    }
}

#[test]
fn every_bar_of_every_voice_fills_its_metre() {
    for (name, score) in scores() {
        score.count_bars().unwrap_or_else(|fault| panic!("{name}: {fault}"));
    }
}

#[test]
fn midi_files_hold_the_notes_of_their_scores() {
    for (name, song, score) in songs() {
        let mut notes: Vec<Note> = score.voices.iter().flat_map(|voice| voice.notes.clone()).collect();
        let (placed, duplicates) = (notes.len(), sort_and_merge(&mut notes));
        for (index, (got, expected)) in song.notes.iter().zip(&notes).enumerate() {
            // A score has neither velocities nor programs.
            assert_eq!(
                &Note::new(got.onset, got.pitch, got.duration),
                expected,
                "{name}: note {index}, in bar {}",
                score.bar_at(expected.onset)
            );
        }
        let report = &song.report;
        assert_eq!((report.placed, report.duplicates), (placed, duplicates), "{name}");
        assert!(report.mean_shift() < LATE, "{name}: {report:?}");
        assert_eq!(song.notes.len(), notes.len(), "{name}");
        assert_eq!(report.warnings, [""; 0], "{name}");
        assert_eq!(song.time_signature, Some(score.metre), "{name}");
        assert!((song.tempo.expect("a tempo") - score.tempo).abs() < 0.01, "{name}: {:?}", song.tempo);
        let file = fs::read(folder().join(&song.name)).expect("the file");
        let title = [&[0xff, 3, score.title.len() as u8], score.title.as_bytes()].concat();
        assert!(file.windows(title.len()).any(|bytes| bytes == title), "{name}: another title");
    }
}

#[test]
fn the_key_of_the_score_is_the_key_of_the_notes() {
    for (name, song, score) in songs() {
        let counts = histogram(&song.notes);
        let share = |classes: &[usize]| {
            classes.iter().map(|&class| counts[class % 12]).sum::<usize>() as f64 / song.notes.len() as f64
        };
        let scale = score.key.scale();
        assert!(share(&scale) > 0.75, "{name}: {:.2} of the notes are in {}", share(&scale), score.key.name());
        // The neighbours in the circle of fifths differ in one pitch class; modulations and sharpened leading notes
        // may favour them. A third of the notes is a lot for the key note's triad: by chance it would be a quarter.
        for transposed in [1, 2, 3, 4, 6, 8, 9, 10, 11] {
            let other = share(&scale.map(|class| class + transposed));
            assert!(other < share(&scale), "{name}: the scale {transposed} semitones higher fits better");
        }
        let triad = [scale[0], scale[2], scale[4]];
        assert!(share(&triad) > 1.0 / 3.0, "{name}: {:.2} of the notes are in the triad", share(&triad));
    }
}

#[test]
fn every_voice_stays_in_the_range_of_its_clef() {
    for (name, score) in scores() {
        for (voice, number) in score.voices.iter().zip(1..) {
            let range: RangeInclusive<u8> = match voice.clef.as_str() {
                "treble" => 50..=88,
                "bass" => 28..=76,
                clef => panic!("{name}, voice {number}: {clef}"),
            };
            for note in &voice.notes {
                let bar = score.bar_at(note.onset);
                assert!(range.contains(&note.pitch), "{name}, voice {number}, bar {bar}: pitch {}", note.pitch);
            }
        }
    }
}

#[test]
fn notes_and_pitches_are_those_that_were_recorded() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/songs.json");
    let line = |song: &Song| {
        let pitches = || song.notes.iter().map(|note| note.pitch);
        let values = json!({
            "notes": song.notes.len(),
            "ticks": song.end(),
            "lowest": pitches().min(),
            "highest": pitches().max(),
            "pitch_sum": pitches().map(u64::from).sum::<u64>(),
            "duration_sum": song.notes.iter().map(|note| note.duration).sum::<u32>(),
            "pitch_classes": histogram(&song.notes),
        });
        format!("  {}: {values}", json!(song.name))
    };
    let lines: Vec<String> = corpus().songs.iter().map(line).collect();
    let got = format!("{{\n{}\n}}\n", lines.join(",\n"));
    if env::var_os("RECORD_SONGS").is_some() {
        fs::write(&path, &got).expect("the values are written");
    }
    let recorded = fs::read_to_string(&path).expect("recorded values");
    let [got, recorded]: [Value; 2] = [&got, &recorded].map(|text| serde_json::from_str(text).expect("JSON"));
    for (name, values) in got.as_object().expect("an object") {
        assert_eq!(values, &recorded[name], "{name}");
    }
    assert_eq!(got, recorded);
}

#[test]
fn the_readme_lists_every_piece_with_its_numbers() {
    let readme = fs::read_to_string(folder().join("README.md")).expect("a README");
    let songs = songs();
    for (name, song, score) in &songs {
        let row = format!(
            "| [{}](scores/{name}.abc) | {} | {} | {} | {} | {}/{} |",
            score.title,
            score.composer,
            score.count_bars().expect("whole bars"),
            song.notes.len(),
            score.key.name(),
            score.metre.0,
            score.metre.1,
        );
        assert!(readme.contains(&row), "not in midi_songs/README.md:\n{row}");
    }
    let rows = readme.lines().filter(|line| line.starts_with("| [")).count();
    assert_eq!(rows, songs.len(), "rows of midi_songs/README.md");
    let sum = |number: fn(&Song) -> f64| songs.iter().map(|(_, song, _)| number(song)).sum::<f64>();
    let summary = format!(
        "{} files, {} notes, {:.0} beats, {:.1} minutes",
        songs.len(),
        sum(|song| song.notes.len() as f64),
        sum(|song| f64::from(song.end()) / f64::from(TICKS_PER_BEAT)),
        sum(|song| song.seconds / 60.0),
    );
    assert!(readme.contains(&summary), "not in midi_songs/README.md: {summary}");
}
