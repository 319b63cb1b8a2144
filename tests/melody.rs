//! Pieces around a melody: its notes are all there, exactly, and the others keep their distance.

mod common;

use std::path::Path;
use std::process::{Command, Output};

use assert_cmd::cargo::cargo_bin;
use common::device::devices;
use common::network::with_defaults;
use common::numeric::random_ids;
use common::runs::write_songs_in_keys;
use gpu_lstm::engine::reference::random;
use gpu_lstm::generate::{End, GenerateOptions, Generated, generate};
use gpu_lstm::model::config::ModelConfig;
use gpu_lstm::model::kernels::SampleOptions;
use gpu_lstm::model::reference::network::{self, Choice};
use gpu_lstm::model::reference::{KeptMelody, sample};
use gpu_lstm::model::{Model, StateDict, random_state};
use gpu_lstm::music::candidates::WINDOW;
use gpu_lstm::music::events::{END, Event, FIELDS, Field, events_to_tokens};
use gpu_lstm::music::melody::{Melody, Voice};
use gpu_lstm::music::midi::{Note, WriteOptions, read, read_folder, write};
use gpu_lstm::music::pitches::Pitches;
use tempfile::TempDir;

const VOICES: [Voice; 3] = [Voice::Top, Voice::Bottom, Voice::Inner];

fn config() -> ModelConfig {
    ModelConfig {
        fields: Field::CORE.to_vec(),
        input_vocab_sizes: Field::CORE.map(Field::ids).to_vec(),
        output_vocab_sizes: Field::CORE.map(Field::classes).to_vec(),
        embedding_size: 5,
        stream_size: 8,
        combined_size: 8,
        combined_layers: 1,
        shared_size: 8,
        head_size: 8,
        metre: true,
        chord: true,
        last: true,
        relative: true,
        matches: true,
    }
}

/// Random weights, larger than those a training begins with, and short offsets as frequent as in music.
fn state() -> StateDict {
    let mut state = random_state(&config(), 33);
    state.values_mut().flat_map(|array| &mut array.values).for_each(|value| *value *= 3.0);
    let bias = &mut state.get_mut("head_offset.2.bias").expect("a bias").values;
    bias[..30].iter_mut().for_each(|value| *value += 2.0);
    state
}

fn options(melody: Melody, temperature: f32, seed: u32) -> GenerateOptions {
    let sampling = SampleOptions { temperature, top_k: 0, top_p: 0.98, min_p: 0.0, seed };
    GenerateOptions { pieces: 3, events: 3000, sampling: [sampling; FIELDS], melody, ..GenerateOptions::default() }
}

/// Chords and single notes, some of them held under later ones; times and lengths that are no classes, silence at the beginning.
fn melody(seed: u64, voice: Voice) -> Melody {
    let numbers = random_ids(seed, 60, 1 << 20);
    let mut onset = 103;
    let note = |numbers: &[u32]| {
        onset += [0, 0, 6, 12, 24, 24, 49, 99, 101, 402, 900][numbers[0] as usize % 11];
        let duration = [6, 12, 24, 49, 51, 333, 1001][numbers[2] as usize % 7];
        Note::new(onset, (50 + numbers[1] % 31) as u8, duration)
    };
    Melody::new(numbers.chunks_exact(3).map(note).collect(), voice)
}

/// Panics unless all notes of the melody are in the file of the piece, and no other note is on the wrong side of one.
#[track_caller]
fn assert_keeps(piece: &Generated, melody: &Melody, what: &str) {
    let bytes = write(&piece.notes, &WriteOptions::default());
    let notes = read(&bytes, "piece").expect("a MIDI file").remove(0).notes;
    for note in melody.notes() {
        assert!(notes.contains(note), "{what}: {note:?} is not in {notes:?}");
    }
    let drawn = notes.iter().filter(|note| !melody.notes().contains(note));
    for note in drawn {
        let sounds = |given: &&Note| given.onset <= note.onset && given.end() > note.onset;
        let sounding = || melody.notes().iter().filter(sounds).map(|given| given.pitch);
        let outermost = if melody.voice() == Voice::Top { sounding().max() } else { sounding().min() };
        let is_beyond = |given: u8| melody.voice().is_beyond(note.pitch, given);
        assert!(!outermost.is_some_and(is_beyond), "{what}: {note:?} begins beyond {outermost:?}");
        let mut begun = melody.notes().iter().filter(|given| given.onset > note.onset && given.onset < note.end());
        let over = begun.find(|given| is_beyond(given.pitch) || given.pitch == note.pitch);
        assert_eq!(over, None, "{what}: {note:?} sounds on");
    }
}

#[test]
fn every_note_of_the_melody_is_in_the_file_and_the_others_keep_their_side() {
    let model = Model::new(&devices()[0].gpu, &config(), &state()).expect("a model");
    let mut drawn = 0;
    for (seed, voice) in (1..).zip(VOICES.into_iter().cycle().take(6)) {
        let melody = melody(seed.into(), voice);
        for temperature in [0.7, 1.0, 1.3] {
            let pieces = generate(&model, &options(melody.clone(), temperature, seed)).expect("pieces");
            assert_eq!(pieces.len(), 3);
            for piece in &pieces {
                assert_keeps(piece, &melody, &format!("seed {seed}, {voice:?}, temperature {temperature}"));
                drawn += piece.notes.len() - melody.notes().len();
            }
            assert_ne!(pieces[0], pieces[1], "pieces of one batch differ");
        }
    }
    assert!(drawn > 54 * 10, "{drawn} notes drawn in 54 pieces");
}

#[test]
fn pieces_are_those_that_the_reference_draws() {
    let weights = state();
    let widen = |values: &[f32]| values.iter().copied().map(f64::from).collect();
    let exact: network::StateDict = weights.iter().map(|(name, array)| (name.clone(), widen(&array.values))).collect();
    for (voice, temperature) in VOICES.into_iter().zip([1.0, 0.0, 1.2]) {
        // A rest of 49 ticks, one of 101, and lengths of 51 and 99 are no classes.
        let notes =
            [(31, 60, 24), (31, 67, 51), (55, 64, 12), (104, 72, 24), (128, 65, 24), (128, 69, 99), (229, 60, 24)];
        let notes = notes.map(|(onset, pitch, duration)| Note::new(onset, pitch, duration));
        let short = Melody::new(notes.to_vec(), voice);
        let options = GenerateOptions { events: 80, ..options(short.clone(), temperature, 4) };
        let moved = short.moved(0).expect("it is not moved");
        let want = |piece: usize| {
            let (mut counter, sampling) = (0, options.sampling[0]);
            let kept = KeptMelody::new(moved.clone(), vec![true; 128]);
            let choose = |Choice { field, logits, allowed, .. }: Choice<'_>| {
                let uniform = random::uniform(sampling.seed, counter, piece as u32);
                counter += 1;
                let exempt = (field == Field::Offset).then_some(END as usize);
                let [temperature, top_p] = [sampling.temperature, sampling.top_p].map(f64::from);
                sample(&logits, &allowed, exempt, temperature, 0, top_p, 0.0, uniform) as u32
            };
            with_defaults(network::draw_around(&config(), &exact, WINDOW, &[], options.events, kept, choose))
        };
        let want: Vec<_> = (0..options.pieces).map(want).collect();
        for device in devices() {
            let model = Model::new(&device.gpu, &config(), &weights).expect("a model");
            for (got, want) in generate(&model, &options).expect("pieces").iter().zip(&want) {
                assert_eq!(&events_to_tokens(&got.events), want, "{voice:?}");
            }
        }
    }
}

#[test]
fn a_key_and_a_range_bind_all_but_the_melody() {
    let model = Model::new(&devices()[0].gpu, &config(), &state()).expect("a model");
    // All pitches from 50 to 80 are there; C major has seven of twelve, and four of those below 60.
    let range = "40-60".parse().expect("a range");
    let pitches = Pitches::new(Some(&"C".parse().expect("a key")), Some(&range)).expect("not empty");
    let melody = melody(2, Voice::Top);
    let options = GenerateOptions { pitches, shifts: vec![3; 3], ..options(melody.clone(), 1.0, 1) };
    for piece in generate(&model, &options).expect("pieces") {
        assert_keeps(&piece, &melody, "in C major");
        let mut others = piece.notes.iter().filter(|note| !melody.notes().contains(note));
        assert!(others.all(|note| pitches.contains(note.pitch.into())), "{:?}", piece.notes);
    }
}

#[test]
fn the_piece_ends_where_it_is_to_and_not_before_the_melody() {
    let model = Model::new(&devices()[0].gpu, &config(), &state()).expect("a model");
    let melody = melody(3, Voice::Inner);
    let free = options(melody.clone(), 1.0, 2);
    let to_the_end = GenerateOptions { ticks: Some(melody.end()), may_end: false, ..free.clone() };
    for piece in generate(&model, &to_the_end).expect("pieces") {
        assert_keeps(&piece, &melody, "to the end of the melody");
        assert_eq!((piece.end, piece.notes.iter().map(Note::end).max()), (End::Ticks, Some(melody.end())));
    }
    let first = &melody.notes()[0];
    let primer = vec![Event::new(0, 60, 12)];
    let narrow = format!("{0}-{0}", first.pitch).parse().expect("a range");
    let narrow = Pitches::new(None, Some(&narrow)).expect("not empty");
    for (options, part) in [
        (GenerateOptions { ticks: Some(melody.end() - 1), ..free.clone() }, "--bars"),
        (GenerateOptions { events: melody.notes().len() - 1, ..free.clone() }, "raise --events"),
        (GenerateOptions { events: melody.notes().len() + 1, ..free.clone() }, "still to come; raise --events"),
        (GenerateOptions { primer, ..free.clone() }, "leave out --melody or --prime"),
        (GenerateOptions { shifts: vec![0, 1, 2], ..free.clone() }, "different keys"),
        (GenerateOptions { shifts: vec![60; 3], ..free.clone() }, "too low or too high"),
        (GenerateOptions { pitches: narrow, ..free.clone() }, "no pitch is left beside"),
    ] {
        let error = generate(&model, &options).expect_err(part).to_string();
        assert!(error.contains(part), "{error}");
    }
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(cargo_bin!("gpu-lstm")).current_dir(folder).args(arguments).output().expect("the program starts")
}

#[track_caller]
fn succeed(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

const BASS: [u8; 3] = [38, 45, 43];

/// A model of songs in one key, and a file with a tune in another key over a bass.
fn workshop() -> (TempDir, Vec<Note>) {
    let folder = TempDir::new().expect("a folder");
    write_songs_in_keys(&folder.path().join("songs"), 6, |song| [7, 2, 0, 7, 9, 5][song as usize]);
    let sizes = ["--embedding-size", "8", "--stream-size", "8", "--combined-size", "8", "--shared-size", "8"];
    let train = ["train", "songs", "--steps", "2", "--seq-len", "4", "--batch-size", "2", "--head-size", "8"];
    succeed(folder.path(), &[&train[..], &sizes, &["--transpose", "key"]].concat());
    let tune: Vec<Note> = (0..)
        .zip([64, 64, 65, 67, 67, 65, 64, 62, 60, 60, 62, 64])
        .map(|(at, pitch)| Note::new(24 * at, pitch + 2, 24))
        .collect();
    let bass = (0..6).map(|at| Note::new(48 * at, BASS[at as usize % 3], 48));
    let all: Vec<Note> = tune.iter().copied().chain(bass).collect();
    std::fs::write(folder.path().join("tune.mid"), write(&all, &WriteOptions::default())).expect("it writes");
    (folder, tune)
}

#[test]
fn the_program_keeps_the_voice_that_is_asked_for() {
    let (folder, tune) = workshop();
    let piece = |arguments: &[&str], name: &str| {
        let printed =
            succeed(folder.path(), &[&["generate", "--melody", "tune.mid", "-o", "out.mid"], arguments].concat());
        let path = folder.path().join(name);
        (read_folder(&path).expect("a MIDI file").songs.remove(0), std::fs::read(path).expect("it is there"), printed)
    };
    let (song, bytes, printed) = piece(&["--no-end"], "out.mid");
    assert!(tune.iter().all(|note| song.notes.contains(note)), "{:?}", song.notes);
    assert!(["in D major", "in B minor"].iter().any(|key| printed.contains(key)), "{printed}");
    assert!(printed.contains("ended with the melody"), "{printed}");
    assert_eq!(song.end(), 12 * 24);
    assert_eq!(bytes, piece(&["--no-end"], "out.mid").1);
    assert_ne!(bytes, piece(&["--no-end", "--seed", "2"], "out.mid").1);
    for number in 1..=3 {
        let (song, ..) = piece(&["--count", "3", "--seed", "3"], &format!("out-{number}.mid"));
        assert!(tune.iter().all(|note| song.notes.contains(note)), "{number}: {:?}", song.notes);
    }
    let (song, ..) = piece(&["--voice", "bottom", "--best-of", "2", "--compare", "songs"], "out.mid");
    let bass = |at: u32| Note::new(48 * at, BASS[at as usize % 3], 48);
    assert!((0..6).all(|at| song.notes.contains(&bass(at))), "{:?}", song.notes);
    // The file has one track.
    let (song, ..) = piece(&["--voice", "track 1", "--bars", "4"], "out.mid");
    assert!(tune.iter().all(|note| song.notes.contains(note)) && song.end() <= 4 * 96, "{:?}", song.notes);
}

#[test]
fn a_melody_that_cannot_be_kept_is_refused() {
    let (folder, _) = workshop();
    for (arguments, parts) in [
        (&["--melody", "none.mid"][..], ["none.mid", "check that it exists"]),
        (&["--melody", "tune.mid", "--voice", "track 3"], ["tune.mid has no notes in track 3", "1 (18 notes)"]),
        (&["--melody", "tune.mid", "--voice", "middle"], ["\"middle\" is no voice", "top, bottom or"]),
        (&["--melody", "tune.mid", "--prime", "tune.mid"], ["--melody", "cannot be used with"]),
        (&["--voice", "top"], ["--melody", "required"]),
        (&["--melody", "tune.mid", "--bars", "2"], ["the melody is longer", "--bars"]),
        (&["--melody", "tune.mid", "--events", "5"], ["the melody has more notes", "--events"]),
    ] {
        let output = run(folder.path(), &[&["generate", "-o", "out.mid"], arguments].concat());
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && !message.contains("panicked"), "{arguments:?}: {message}");
        for part in parts {
            assert!(message.contains(part), "{arguments:?}: \"{part}\" is not in: {message}");
        }
        assert!(!folder.path().join("out.mid").exists(), "{arguments:?}");
    }
}
