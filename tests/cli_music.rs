//! What the program prints and writes of music: `inspect`, `generate`, `score`, `eval`.

mod common;

use std::path::Path;

use common::program::{run, succeed};
use common::runs::write_songs;
use gpu_lstm::music::midi::{Note, WriteOptions, read_folder, write};
use tempfile::TempDir;

/// A folder with songs and a model that was trained for two steps.
fn trained() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    write_songs(&folder.path().join("midi_songs"), 6);
    let sizes = "--embedding-size 8 --stream-size 8 --combined-size 8 --shared-size 8 --head-size 8";
    succeed(folder.path(), &format!("train --steps 2 --seq-len 4 --batch-size 2 {sizes}"));
    folder
}

#[test]
fn inspect_shows_the_corpus_to_people_and_programs() {
    let folder = TempDir::new().expect("a folder");
    write_songs(&folder.path().join("midi_songs"), 3);
    assert!(succeed(folder.path(), "inspect").contains("files           3"));
    let json: serde_json::Value = serde_json::from_str(&succeed(folder.path(), "inspect --json")).expect("JSON");
    assert_eq!(json["files"], 3);
}

#[test]
fn the_same_seed_gives_the_same_file_and_another_seed_another() {
    let folder = trained();
    let piece = |arguments: &str| {
        let printed = succeed(folder.path(), &format!("generate --events 20 -o piece.mid {arguments}"));
        assert!(printed.contains("piece.mid: "), "{printed}");
        std::fs::read(folder.path().join("piece.mid")).expect("the file is there")
    };
    assert_eq!(piece("--seed 1"), piece("--seed 1"));
    assert_ne!(piece("--seed 1"), piece("--seed 2"));
}

#[test]
fn several_pieces_go_to_numbered_files_that_can_be_read() {
    let folder = trained();
    succeed(folder.path(), "generate --events 30 --count 3 -o out.mid --temperature 0.8 --roll --compare midi_songs");
    for number in 1..=3 {
        read_folder(&folder.path().join(format!("out-{number}.mid"))).expect("a MIDI file");
    }
}

#[test]
fn a_piece_has_sheet_music_and_a_picture_where_asked_for() {
    let folder = trained();
    let text = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("the file is there");
    let music = "--events 30 --no-end --count 2 --meter 3/4 --tempo 90 --range C2-C6";
    let files = "-o out.mid --musicxml my_song.musicxml --svg roll.svg";
    succeed(folder.path(), &format!("generate {music} {files}"));
    for number in 1..=2 {
        let score = text(&format!("my_song-{number}.musicxml"));
        for part in [format!("my song-{number}"), "<beats>3</beats>".into(), "<per-minute>90</per-minute>".into()] {
            assert!(score.contains(&part), "{part} is not in: {score}");
        }
        let notes =
            read_folder(&folder.path().join(format!("out-{number}.mid"))).expect("a MIDI file").songs.remove(0).notes;
        // What sounds over the end of a row is drawn in both.
        let drawn = text(&format!("roll-{number}.svg")).matches("class=\"note\"").count();
        assert!((notes.len()..=notes.len() + 10).contains(&drawn), "{drawn} of {}", notes.len());
    }
    assert_eq!(succeed(folder.path(), "score out-1.mid --meter 3/4 --svg one.svg").trim(), "out-1.musicxml\none.svg");
    let heads = |text: &str| text.matches("<pitch>").count();
    assert_eq!(heads(&text("out-1.musicxml")), heads(&text("my_song-1.musicxml")));
    assert!(succeed(folder.path(), "score --help").contains("Examples:"));
}

#[test]
fn a_score_that_cannot_be_written_touches_no_file() {
    let folder = TempDir::new().expect("a folder");
    let low = [Note::new(0, 5, 24)];
    std::fs::write(folder.path().join("low.mid"), write(&low, &WriteOptions::default())).expect("a song");
    std::fs::write(folder.path().join("low.musicxml"), "mine").expect("a file");
    for (arguments, parts) in [
        ("score low.mid", ["F-1", "lowest note of a score is C0"]),
        ("score nowhere.mid", ["cannot read nowhere.mid", "check that it exists"]),
        ("score low.mid --upbeat x", ["--upbeat", "such as 1 or 0.5"]),
        ("score low.mid --meter 4/5", ["--meter", "write it as 4/4"]),
    ] {
        let output = run(folder.path(), arguments);
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && !message.contains("panicked"), "{arguments}: {message}");
        for part in parts {
            assert!(message.contains(part), "{arguments}: \"{part}\" is not in: {message}");
        }
    }
    assert_eq!(std::fs::read_to_string(folder.path().join("low.musicxml")).expect("the file is there"), "mine");
}

#[test]
fn several_pieces_are_summed_up_beside_the_songs() {
    let folder = trained();
    let printed = succeed(folder.path(), "generate --events 30 --no-end --count 2 -o out.mid --compare midi_songs");
    for part in
        ["out-1.mid: 30 events", "out-2.mid: 30 events", "2 pieces: median", "6 songs, up to ", "pitch classes, %"]
    {
        assert!(printed.contains(part), "\"{part}\" is not in: {printed}");
    }
}

#[test]
fn the_best_of_several_is_one_of_them() {
    let folder = trained();
    let generate = |arguments: &str| {
        succeed(folder.path(), &format!("generate --events 30 --compare midi_songs {arguments}"));
    };
    let bytes = |name: &str| std::fs::read(folder.path().join(name)).expect("the file is there");
    generate("--count 4 -o all.mid");
    generate("--count 2 --best-of 2 -o best.mid");
    for (best, group) in [("best-1.mid", ["all-1.mid", "all-2.mid"]), ("best-2.mid", ["all-3.mid", "all-4.mid"])] {
        assert!(group.iter().any(|name| bytes(name) == bytes(best)), "{best} is none of {group:?}");
    }
}

#[test]
fn a_length_a_key_and_a_range_can_be_asked_for() {
    let folder = trained();
    let piece = |arguments: &str| {
        let printed = succeed(folder.path(), &format!("generate --no-end -o piece.mid {arguments}"));
        (read_folder(&folder.path().join("piece.mid")).expect("a MIDI file").songs.remove(0), printed)
    };
    let (song, printed) = piece("--bars 2 --meter 3/4 --key F#m --range C3-C5");
    assert!(song.end() <= 2 * 3 * 24 && printed.contains("cut at --bars"), "{printed}");
    assert_eq!(song.time_signature, Some((3, 4)));
    let f_sharp_minor = [6, 8, 9, 11, 1, 2, 3, 4, 5];
    let fits = |pitch: u8| (48..=72).contains(&pitch) && f_sharp_minor.contains(&(pitch % 12));
    assert!(song.notes.iter().all(|note| fits(note.pitch)), "{:?}", song.notes);
    // At 120 beats per minute, 1.5 seconds are three beats.
    let (song, printed) = piece("--seconds 1.5 --tempo 120");
    assert!(song.end() <= 3 * 24 && printed.contains("cut at --seconds"), "{printed}");
    let (song, printed) = piece("--seconds 600 --events 3");
    assert!(song.notes.len() <= 3 && printed.contains("cut at --events"), "{printed}");
}

#[test]
fn sampling_takes_one_value_or_one_for_each_head() {
    let folder = trained();
    let piece = |arguments: &str| {
        succeed(folder.path(), &format!("generate --events 20 --no-end -o piece.mid {arguments}"));
        std::fs::read(folder.path().join("piece.mid")).expect("the file is there")
    };
    let all = "--temperature 0.7 --top-k 9 --top-p 0.9 --min-p 0.01";
    let each = "--temperature 0.7,0.7,0.7 --top-k 9,9,9 --top-p 0.9,0.9,0.9 --min-p 0.01,0.01,0.01";
    assert_eq!(piece(all), piece(each));
    assert_ne!(piece("--temperature 1"), piece("--temperature 1,0,1"));
}

#[test]
fn a_value_that_makes_no_sense_names_its_flag() {
    let folder = trained();
    for (arguments, parts) in [
        (
            "--temperature 0.8,1",
            [
                "--temperature",
                "these are 2; give one for all, or three or more as offset,note,duration,velocity,instrument",
            ],
        ),
        ("--temperature 0.8,1,x", ["--temperature", "\"x\" is not a number of 0 or more"]),
        ("--temperature=-1", ["--temperature", "\"-1\" is not"]),
        ("--temperature nan", ["--temperature", "\"nan\" is not"]),
        ("--top-k 1.5", ["--top-k", "\"1.5\" is not a whole number"]),
        ("--top-p 1,1,0", ["--top-p", "\"0\" is not a number above 0 and at most 1"]),
        ("--min-p 1.1", ["--min-p", "\"1.1\" is not a number from 0 to 1"]),
        ("--key H", ["--key", "is no key; write it as"]),
        ("--range C4", ["--range", "is no range; write it as"]),
        ("--key C --range C#4-C#4", ["--range C#4-C#4", "no note of --key C"]),
        ("--bars 0", ["--bars", "not in 1.."]),
        ("--bars 4 --seconds 4", ["--bars", "cannot be used with"]),
        ("--seconds 0", ["--seconds", "not a number above 0"]),
        ("--seconds 1e12", ["too long", "1000000 beats"]),
        ("--meter 4/5", ["--meter", "write it as 4/4"]),
        ("--meter 255/4", ["--meter", "write it as 4/4"]),
        ("--tempo 0", ["--tempo", "not a number of 4 or more"]),
        ("--events 0", ["--events", "at least 1"]),
    ] {
        let output = run(folder.path(), &format!("generate {arguments}"));
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && !message.contains("panicked"), "{arguments}: {message}");
        for part in parts {
            assert!(message.contains(part), "{arguments}: \"{part}\" is not in: {message}");
        }
    }
    assert!(!folder.path().join("test_output.mid").exists());
}

#[test]
fn a_primer_can_be_continued_and_written() {
    let folder = trained();
    let song =
        std::fs::read_dir(folder.path().join("midi_songs")).expect("songs").next().expect("one").expect("an entry");
    let prime = format!("generate --events 10 --prime {} --prime-events 5 -o a.mid", song.path().display());
    succeed(folder.path(), &prime);
    succeed(folder.path(), &format!("{prime} --with-primer"));
}

#[test]
fn eval_prints_the_model_beside_what_it_must_beat() {
    let folder = trained();
    let printed =
        succeed(folder.path(), "eval runs/latest midi_songs --train midi_songs --per-piece --json --logits l.st");
    let lines: Vec<serde_json::Value> = printed.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let names: Vec<_> = lines.iter().take(5).map(|line| line["name"].as_str().expect("a name")).collect();
    assert_eq!(names, ["model", "uniform", "unigram", "counts", "counts, adaptive"]);
    assert_eq!(lines.len(), 11, "and the six pieces");
    for line in &lines {
        let [repeated, novel] = ["repeated", "novel"].map(|kind| line[kind]["notes"].as_u64().expect("a number"));
        assert_eq!(Some(repeated + novel), line["notes"].as_u64());
        assert!(line["end_nats"].as_f64() > Some(0.0), "{line}");
    }
    let text = succeed(folder.path(), "eval runs/latest midi_songs --train midi_songs --with-counts");
    assert_eq!(text.lines().count(), 12, "two for each row");
    assert!(text.lines().nth(2).is_some_and(|line| line.starts_with("model with counts ")), "{text}");
    assert!(text.lines().skip(1).step_by(2).all(|line| line.contains("repeats ") && line.contains("novel ")), "{text}");
    assert!(folder.path().join("l.st").exists());
}

/// Writes pieces of 200 notes that wander within `range` semitones.
fn write_long_songs(folder: &Path, count: u32, range: u32) {
    std::fs::create_dir_all(folder).expect("a folder");
    for song in 0..count {
        let mut state = song + 1;
        let mut draw = |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 20) % below
        };
        let note = |index: u32| Note::new(12 * index, (60 + draw(range)) as u8, 12);
        let notes: Vec<Note> = (0..200).map(note).collect();
        std::fs::write(folder.join(format!("{song}.mid")), write(&notes, &WriteOptions::default())).expect("a song");
    }
}

#[test]
fn compare_says_how_well_two_folders_can_be_told_apart() {
    let folder = TempDir::new().expect("a folder");
    write_long_songs(&folder.path().join("wide"), 8, 24);
    write_long_songs(&folder.path().join("narrow"), 8, 5);
    let printed = succeed(folder.path(), "compare wide narrow");
    for part in ["24 from 8 generated pieces, 24 from 8 human", "told apart: 100 % of the excerpts", "range, semitones"]
    {
        assert!(printed.contains(part), "\"{part}\" is not in: {printed}");
    }
    let json: serde_json::Value =
        serde_json::from_str(&succeed(folder.path(), "compare wide narrow --json")).expect("JSON");
    assert_eq!(json["told_apart"], 1.0);
    assert_eq!(json["human"]["excerpts"], 24);
    assert_eq!(json["features"].as_array().map(Vec::len), Some(30));
    assert!(succeed(folder.path(), "compare --help").contains("Examples:"));
}

#[test]
fn compare_says_what_it_lacks() {
    let folder = TempDir::new().expect("a folder");
    write_songs(&folder.path().join("short"), 6);
    write_long_songs(&folder.path().join("long"), 8, 24);
    std::fs::create_dir(folder.path().join("empty")).expect("a folder");
    for (arguments, parts) in [
        ("compare short long", ["the generated music has 0 excerpt(s) of 64 notes from 0", "--count"]),
        ("compare long short", ["the human music has 0 excerpt(s)", "20 from 4 are needed"]),
        (
            "compare long/1.mid long",
            ["the generated music has 3 excerpt(s) of 64 notes from 1 different piece(s)", "add"],
        ),
        ("compare long empty", ["no MIDI files in empty", "put some there"]),
        ("compare nowhere long", ["cannot read nowhere", "check that it exists"]),
        ("compare long", ["required arguments", "<HUMAN>"]),
    ] {
        let output = run(folder.path(), arguments);
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && !message.contains("panicked"), "{arguments}: {message}");
        for part in parts {
            assert!(message.contains(part), "{arguments}: \"{part}\" is not in: {message}");
        }
    }
}

#[test]
fn pieces_are_told_apart_from_songs_where_there_are_enough() {
    let folder = trained();
    write_long_songs(&folder.path().join("long"), 8, 5);
    let generate = "generate --events 400 --no-end --compare long -o made/piece.mid";
    std::fs::create_dir(folder.path().join("made")).expect("a folder");
    let number = |printed: &str| {
        let line = printed.lines().find(|line| line.contains("told apart")).map(str::trim).map(String::from);
        line.map(|line| line.trim_start_matches("told apart").trim_start_matches(':').trim().to_owned())
    };
    let printed = succeed(folder.path(), &format!("{generate} --count 8"));
    assert!(number(&printed).is_some() && printed.contains("... by"), "{printed}");
    // The files say the same as the notes before they were written.
    assert_eq!(number(&printed), number(&succeed(folder.path(), "compare made long")));
    let printed = succeed(folder.path(), generate);
    assert!(number(&printed).is_none() && printed.contains("notes at once"), "one piece is too little: {printed}");
}

#[test]
fn a_missing_model_is_an_error_that_says_what_to_do() {
    let folder = TempDir::new().expect("a folder");
    let output = run(folder.path(), "generate");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("train a model first"));
}
