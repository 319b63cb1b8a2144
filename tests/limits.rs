//! How long a generated piece gets, which notes it may have, and that a long one does not go round in circles.

mod common;

use std::collections::HashSet;

use common::device::devices;
use common::runs::tiny_model;
use gpu_lstm::generate::{End, GenerateOptions, Generated, generate};
use gpu_lstm::model::kernels::SampleOptions;
use gpu_lstm::model::{Model, random_state};
use gpu_lstm::music::events::{END, Event, events_to_tokens};
use gpu_lstm::music::midi::Note;
use gpu_lstm::music::pitches::Pitches;
use gpu_lstm::music::report::Report;

/// Random weights, larger than those a training begins with, so that pieces have some variety.
fn model() -> Model {
    let mut state = random_state(&tiny_model(), 4);
    state.values_mut().flat_map(|array| &mut array.values).for_each(|value| *value *= 3.0);
    Model::new(&devices()[0].gpu, &tiny_model(), &state).expect("a model")
}

fn endless() -> GenerateOptions {
    GenerateOptions { may_end: false, ..GenerateOptions::default() }
}

fn one(model: &Model, options: &GenerateOptions) -> Generated {
    generate(model, options).expect("pieces").remove(0)
}

#[test]
fn a_piece_ends_with_the_last_event_that_begins_in_its_length_and_sounds_no_longer() {
    let model = model();
    // More than one submit, so that the pieces must stop at different times.
    let longest = generate(&model, &GenerateOptions { pieces: 3, events: 200, ..endless() }).expect("pieces");
    let mut cut = 0;
    // One of them is the very tick at which an event begins.
    let onset = longest[0].notes.iter().map(|note| note.onset).find(|&onset| onset > 0).expect("it moves on");
    for ticks in [1, onset, 24 * 40] {
        let options = GenerateOptions { pieces: 3, events: 200, ticks: Some(ticks), ..endless() };
        for (piece, longest) in generate(&model, &options).expect("pieces").iter().zip(&longest) {
            let want: Vec<Note> = longest
                .notes
                .iter()
                .filter(|note| note.onset < ticks)
                .map(|note| Note { duration: note.duration.min(ticks - note.onset), ..*note })
                .collect();
            assert_eq!(piece.notes, want, "{ticks} ticks");
            assert_eq!(piece.events, longest.events[..piece.events.len()]);
            assert_eq!(piece.end, End::Ticks);
            cut += piece.notes.iter().filter(|note| note.end() == ticks).count();
        }
    }
    assert!(cut >= 3, "{cut} notes reach the end");
}

#[test]
fn events_still_limit_a_piece_that_has_a_length() {
    let piece = one(&model(), &GenerateOptions { events: 7, ticks: Some(u32::MAX), ..endless() });
    assert_eq!((piece.events.len(), piece.end), (7, End::Events));
}

#[test]
fn a_primer_that_is_written_counts_in_the_length() {
    let model = model();
    let primer: Vec<Event> = (0..4).map(|index| Event::new(24, 60 + index, 600)).collect();
    let options = GenerateOptions { ticks: Some(300), primer, with_primer: true, ..endless() };
    let piece = one(&model, &options);
    assert_eq!(piece.notes[..4].iter().map(|note| note.onset).collect::<Vec<_>>(), [24, 48, 72, 96]);
    assert!(piece.notes.len() > 4 && piece.notes.iter().all(|note| note.end() <= 300), "{:?}", piece.notes);
    let without = one(&model, &GenerateOptions { with_primer: false, ..options.clone() });
    assert!(without.notes.iter().any(|note| note.end() > 300 - 96), "the whole length is its own");
    let error = generate(&model, &GenerateOptions { ticks: Some(96), ..options }).expect_err("no room");
    assert!(error.to_string().contains("--prime-events"), "{error}");
}

#[test]
fn notes_keep_to_key_and_range_however_they_are_drawn() {
    let model = model();
    let drawn = |temperature, top_k, top_p, min_p| SampleOptions { temperature, top_k, top_p, min_p, seed: 9 };
    let samplings = [
        drawn(1.0, 0, 1.0, 0.0),
        drawn(0.0, 0, 1.0, 0.0),
        drawn(100.0, 0, 1.0, 0.0),
        drawn(1.0, 2, 0.3, 0.0),
        drawn(1.0, 0, 0.95, 0.2),
    ];
    for (key, range) in
        [(Some("A minor"), None), (None, Some("C3-C6")), (Some("Eb"), Some("40-47")), (None, Some("0-0"))]
    {
        let key = key.map(|key| key.parse().expect("a key"));
        let range = range.map(|range| range.parse().expect("a range"));
        let pitches = Pitches::new(key.as_ref(), range.as_ref()).expect("not empty");
        for sampling in samplings {
            let options = GenerateOptions { pieces: 2, events: 80, pitches, sampling: [sampling; 5], ..endless() };
            for piece in generate(&model, &options).expect("pieces") {
                let stray = piece.events.iter().find(|event| !pitches.contains(event.note.into()));
                assert!(stray.is_none(), "{key:?} {range:?} {sampling:?}: {stray:?}");
                assert_eq!(piece.events.len(), 80, "and the end is never drawn");
                assert!(events_to_tokens(&piece.events).iter().all(|token| token[0] != END));
            }
        }
    }
}

#[test]
fn each_head_is_drawn_by_its_own_options() {
    let model = model();
    let mut options = GenerateOptions { events: 60, ..endless() };
    // Offset and duration take the most likely class, the note any.
    for head in [0, 2] {
        options.sampling[head].top_k = 1;
    }
    options.sampling[1].temperature = 100.0;
    let piece = one(&model, &options);
    let distinct = |part: fn(&Event) -> u32| piece.events.iter().map(part).collect::<HashSet<u32>>().len();
    let notes = distinct(|event| event.note.into());
    let (offsets, durations) = (distinct(|event| event.offset), distinct(|event| event.duration));
    assert!(notes > 30 && offsets < 20 && durations < 20, "{offsets} offsets, {notes} notes, {durations} durations");
}

#[test]
fn a_long_piece_does_not_repeat_its_random_numbers() {
    let piece = one(&model(), &GenerateOptions { events: 1000, ..endless() });
    let report = Report::new(&piece.notes, None);
    // An untrained network draws among hundreds of combinations: two equal runs of four are a rare chance.
    assert!(report.distinct_4_grams > 0.99, "{}", report.distinct_4_grams);
    assert!(report.distinct_at_end > 0.99, "{}", report.distinct_at_end);
}

#[test]
fn nothing_to_draw_is_an_error() {
    let model = model();
    for options in [
        GenerateOptions { pieces: 0, ..endless() },
        GenerateOptions { events: 0, ..endless() },
        GenerateOptions { ticks: Some(0), ..endless() },
    ] {
        assert!(generate(&model, &options).is_err(), "{options:?}");
    }
}
