//! What the program writes to be heard: `render`, `generate --wav` and `generate --page`.

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::program::{run, succeed};
use common::runs::{Workshop, write_songs};
use tempfile::TempDir;

/// Frames in a WAV file of this program.
#[track_caller]
fn frames(path: &Path) -> u32 {
    let reader = hound::WavReader::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert_eq!((reader.spec().channels, reader.spec().sample_rate, reader.spec().bits_per_sample), (2, 44_100, 16));
    reader.duration()
}

fn songs() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    write_songs(folder.path(), 2);
    folder
}

#[test]
fn render_writes_beside_the_midi_file_or_where_it_is_asked_to() {
    let folder = songs();
    let printed = succeed(folder.path(), "render song_00.mid song_01.mid --soundfont piano");
    assert!(printed.contains("song_01.wav: ") && printed.contains(" seconds, played by built-in piano"), "{printed}");
    // Twenty eighths at 120 beats per minute, and the tail.
    assert!(frames(&folder.path().join("song_00.wav")) > 5 * 44_100);
    let bytes = |name: &str| fs::read(folder.path().join(name)).expect("a file");
    let first = bytes("song_00.wav");
    succeed(folder.path(), "render song_00.mid -o other.WAV --soundfont piano");
    assert!(first == bytes("other.WAV"), "the same file gives the same bytes");
    // With what the system has: a SoundFont, or the piano and a line that says what to install.
    let output = run(folder.path(), "render song_00.mid");
    let [printed, remarks] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
    assert!(output.status.success(), "{remarks}");
    assert_eq!(printed.contains("built-in piano"), remarks.contains("no SoundFont was found; for more instruments"));
}

#[test]
fn render_explains_what_it_cannot_do_and_leaves_files_as_they_are() {
    let folder = songs();
    for (name, text) in [("song_00.wav", "precious"), ("text.mid", "no MIDI"), ("font.sf2", "no SoundFont")] {
        fs::write(folder.path().join(name), text).expect("a file");
    }
    for (arguments, parts) in [
        ("render nowhere.mid", ["cannot read nowhere.mid", "check that it exists"]),
        ("render text.mid", ["text.mid cannot be read as MIDI", "export it again"]),
        ("render song_00.mid --soundfont font.sf2", ["font.sf2 cannot be used as a SoundFont", "--soundfont piano"]),
        ("render song_00.mid --soundfont none.sf2", ["cannot read none.sf2", "check that it exists"]),
        ("render song_00.mid -o song.mp3", ["song.mp3", "must end in .wav"]),
        ("render song_00.mid song_01.mid -o a.wav", ["--output names one file", "leave it out"]),
        ("render song_00.mid -o nowhere/a.wav --soundfont piano", ["cannot write to nowhere/a.wav", "make it first"]),
        ("generate --soundfont piano", ["--soundfont is what plays for --wav", "add --wav"]),
        ("render song_00.mid song_00.wav", ["song_00.wav would be replaced", "rename one of them"]),
        ("render a/song.mid a/song.kar", ["song.wav would be replaced", "rename one of them"]),
        ("generate -o piece.wav --wav", ["cannot write to piece.wav", "written twice"]),
        ("generate -o piece.mid --page piece.mid", ["cannot write to piece.mid", "written twice"]),
        ("generate --wav runs/mine", ["runs/mine", "must end in .wav"]),
    ] {
        let output = run(folder.path(), arguments);
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && !message.contains("panicked"), "{arguments}: {message}");
        for part in parts {
            assert!(message.contains(part), "{arguments}: \"{part}\" is not in: {message}");
        }
    }
    assert_eq!(fs::read_to_string(folder.path().join("song_00.wav")).expect("a file"), "precious");
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 5, "nothing else was written");
}

#[test]
fn a_soundfont_that_the_environment_names_is_the_one_that_must_play() {
    let folder = songs();
    let mut command = Command::new(cargo_bin!("gpu-lstm"));
    let output =
        command.current_dir(folder.path()).env("SOUNDFONT", "mine.sf2").args(["render", "song_00.mid"]).output();
    let output = output.expect("the program starts");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot read mine.sf2"));
}

#[test]
fn generate_writes_sound_and_a_page_of_all_pieces() {
    let workshop = Workshop::new();
    workshop.train("run", &workshop.config(), &|_| false).expect("it trains");
    let folder = workshop.path("");
    let generate = "generate run --events 20 --no-end --wav --soundfont piano";
    succeed(&folder, &format!("{generate} -o one.mid"));
    assert!(frames(&folder.join("one.wav")) > 44_100);

    let printed = succeed(
        &folder,
        "generate run --events 20 --no-end --count 2 -o two.mid --compare songs --page page.html \
         --wav sound.wav --soundfont piano",
    );
    assert!(printed.contains("page.html: a page to look at and listen to"), "{printed}");
    let page = fs::read_to_string(folder.join("page.html")).expect("a page");
    assert!(page.contains("6 songs, up to "), "the report is there");
    for number in [1, 2] {
        assert!(frames(&folder.join(format!("sound-{number}.wav"))) > 44_100);
        let midi = fs::read(folder.join(format!("two-{number}.mid"))).expect("a piece");
        assert!(page.contains(&STANDARD.encode(&midi)), "two-{number}.mid is not in the page");
        assert!(page.contains(&format!("\"name\":\"two-{number}.mid\"")));
    }
    assert!(!page.contains("http://") && !page.contains("https://"), "the page needs nothing else");
}
