//! Drawing pieces: the carried state, the seed, primers and the end.

mod common;

use common::device::devices;
use common::network::{with_defaults, with_switches_off};
use gpu_lstm::engine::reference::random;
use gpu_lstm::generate::{End, GenerateOptions, generate};
use gpu_lstm::model::config::ModelConfig;
use gpu_lstm::model::kernels::SampleOptions;
use gpu_lstm::model::reference::{self, network};
use gpu_lstm::model::{GenerationStep, Model, StateDict, random_state};
use gpu_lstm::music::candidates::{Bounds, FIGURE_CLASSES, WINDOW};
use gpu_lstm::music::dataset::Limits;
use gpu_lstm::music::events::{END, Event, FIELDS, Field, Token, decode, events_to_tokens};
use gpu_lstm::music::midi::Note;
use gpu_lstm::music::pitches::Pitches;

fn config() -> ModelConfig {
    ModelConfig {
        fields: Field::CORE.to_vec(),
        input_vocab_sizes: Field::CORE.map(Field::ids).to_vec(),
        output_vocab_sizes: Field::CORE.map(Field::classes).to_vec(),
        embedding_size: 6,
        stream_size: 10,
        combined_size: 12,
        combined_layers: 2,
        shared_size: 9,
        head_size: 7,
        metre: true,
        chord: true,
        last: true,
        relative: true,
        matches: true,
    }
}

/// Random weights, larger than those a training begins with, so that pieces have some variety.
fn state(config: &ModelConfig) -> StateDict {
    let mut state = random_state(config, 21);
    state.values_mut().flat_map(|array| &mut array.values).for_each(|value| *value *= 3.0);
    state
}

fn options(temperature: f32, pieces: usize, events: usize) -> GenerateOptions {
    let sampling = SampleOptions { temperature, top_k: 0, top_p: 1.0, min_p: 0.0, seed: 4 };
    GenerateOptions { pieces, events, sampling: [sampling; FIELDS], ..GenerateOptions::default() }
}

/// What the f64 network draws: piece `piece` of a batch, after `primer`, with the state carried by hand.
fn reference_tokens(config: &ModelConfig, weights: &StateDict, options: &GenerateOptions, piece: usize) -> Vec<Token> {
    let widen = |values: &[f32]| values.iter().copied().map(f64::from).collect();
    let state: network::StateDict = weights.iter().map(|(name, array)| (name.clone(), widen(&array.values))).collect();
    let primer = events_to_tokens(&options.primer);
    let mut counter = 0;
    let tokens = network::draw(
        config,
        &state,
        WINDOW,
        &primer,
        options.events,
        |network::Choice { field, events, drawn, mut logits, .. }| {
            if let Some(Limits { bounds, .. }) = &options.limits {
                reference::draw_field(field, WINDOW, events, drawn, bounds, &mut logits);
            }
            let SampleOptions { temperature, top_k, top_p, min_p, seed } = options.sampling[field.index()];
            let [temperature, top_p, min_p] = [temperature, top_p, min_p].map(f64::from);
            // END is exempt from the filters.
            let exempt = (field == Field::Offset).then_some(END as usize);
            let in_range = |limits: &Limits, pitch: u32| (limits.ranges[0][0]..=limits.ranges[0][1]).contains(&pitch);
            let allowed: Vec<bool> = (0..logits.len() as u32)
                .map(|class| {
                    field != Field::Pitch || options.limits.as_ref().is_none_or(|limits| in_range(limits, class))
                })
                .collect();
            let uniform = random::uniform(seed, counter, piece as u32);
            counter += 1;
            reference::sample(&logits, &allowed, exempt, temperature, top_k as usize, top_p, min_p, uniform) as u32
        },
    );
    if config.fields.len() == FIELDS { tokens } else { with_defaults(tokens) }
}

#[test]
fn pieces_are_those_that_the_reference_draws() {
    for temperature in [0.0, 1.0] {
        // More than one submit, and more than one piece.
        let options = options(temperature, 3, 70);
        let want: Vec<_> =
            (0..3).map(|piece| reference_tokens(&config(), &state(&config()), &options, piece)).collect();
        for device in devices() {
            let model = Model::new(&device.gpu, &config(), &state(&config())).expect("a model");
            let got = generate(&model, &options).expect("pieces");
            for (got, want) in got.iter().zip(&want) {
                assert_eq!(&events_to_tokens(&got.events), want, "temperature {temperature}");
                assert_eq!(got.end, if want.len() < options.events { End::Network } else { End::Events });
            }
        }
    }
}

/// A figure that is repeated as often as it may be goes on otherwise, and no pitch lies outside.
#[test]
fn a_piece_keeps_within_the_limits_of_the_songs() {
    let free = options(0.0, 1, 60);
    let weights = state(&config());
    for bounds in [Bounds { rounds: [3; FIGURE_CLASSES], ..Bounds::NONE }, Bounds { repeats: 3, ..Bounds::NONE }] {
        let limits = Limits { ranges: vec![[50, 70]], bounds: bounds.clone() };
        let [limited, in_range] = [limits.clone(), Limits { bounds: Bounds::NONE, ..limits }]
            .map(|limits| GenerateOptions { limits: Some(limits), ..free.clone() });
        let want = reference_tokens(&config(), &weights, &limited, 0);
        assert_ne!(want, reference_tokens(&config(), &weights, &in_range, 0), "{bounds:?} are reached");
        assert!(want.iter().all(|token| (50..=70).contains(&token[1])));
        for device in devices() {
            let model = Model::new(&device.gpu, &config(), &weights).expect("a model");
            let got = generate(&model, &limited).expect("a piece").remove(0);
            assert_eq!(events_to_tokens(&got.events), want);
        }
    }
}

/// A network that ends after any event with a probability of about a half.
#[test]
fn a_piece_does_not_end_before_the_shortest_songs_do() {
    let mut weights = state(&config());
    weights.get_mut("head_offset.2.bias").expect("a bias").values[END as usize] += 12.0;
    let with = |shortest: u32| {
        let limits = Limits { ranges: vec![[0, 127]], bounds: Bounds { shortest, ..Bounds::NONE } };
        GenerateOptions { limits: Some(limits), ..options(1.0, 3, 70) }
    };
    let lengths = |shortest: u32| -> Vec<usize> {
        let length = |piece: usize| reference_tokens(&config(), &weights, &with(shortest), piece).len();
        (0..3).map(length).collect()
    };
    assert!(lengths(0).iter().any(|&length| length < 20), "{:?}", lengths(0));
    assert!(lengths(20).iter().all(|&length| (20..70).contains(&length)), "{:?}", lengths(20));
    for device in devices() {
        let model = Model::new(&device.gpu, &config(), &weights).expect("a model");
        let got = generate(&model, &with(20)).expect("pieces");
        assert_eq!(got.iter().map(|piece| piece.events.len()).collect::<Vec<_>>(), lengths(20));
    }
}

#[test]
fn filters_leave_the_end_and_nothing_else_alone() {
    let mut options = options(1.0, 3, 70);
    options.sampling = [(2, 1.0, 0.0), (0, 0.6, 0.0), (0, 1.0, 0.3), (0, 1.0, 0.0), (0, 1.0, 0.0)]
        .map(|(top_k, top_p, min_p)| SampleOptions { top_k, top_p, min_p, ..options.sampling[0] });
    let mut weights = state(&config());
    // Not among the two most likely, and likely enough to be drawn.
    weights.get_mut("head_offset.2.bias").expect("a bias").values[END as usize] += 1.5;
    let want: Vec<_> = (0..3).map(|piece| reference_tokens(&config(), &weights, &options, piece)).collect();
    assert!(want.iter().any(|piece| piece.len() < options.events), "a piece ends, or this shows nothing");
    for device in devices() {
        let model = Model::new(&device.gpu, &config(), &weights).expect("a model");
        for (got, want) in generate(&model, &options).expect("pieces").iter().zip(&want) {
            assert_eq!(&events_to_tokens(&got.events), want);
        }
    }
}

#[test]
fn pieces_end_as_often_as_the_network_says_whatever_the_filters() {
    // A network that says the same after any music: END has 1/20, one offset 12/20, and seven others 1/20 each.
    let mut constant = random_state(&config(), 1);
    constant.values_mut().flat_map(|array| &mut array.values).for_each(|value| *value = 0.0);
    let bias = &mut constant.get_mut("head_offset.2.bias").expect("a bias").values;
    bias.fill(-100.0);
    bias[0] = 12_f32.ln();
    bias[1..8].fill(0.0);
    bias[END as usize] = 0.0;
    let model = Model::new(&devices()[0].gpu, &config(), &constant).expect("a model");
    for (temperature, top_k, top_p, min_p) in
        [(1.0, 0, 1.0, 0.0), (1.0, 0, 0.5, 0.0), (1.0, 1, 1.0, 0.0), (1.0, 0, 1.0, 0.5)]
    {
        let sampling = SampleOptions { temperature, top_k, top_p, min_p, seed: 5 };
        let options =
            GenerateOptions { pieces: 200, events: 1000, sampling: [sampling; FIELDS], ..GenerateOptions::default() };
        let pieces = generate(&model, &options).expect("pieces");
        // Lengths before an END of probability 1/20: 19 on average, with a standard deviation of 19.5.
        let mean = pieces.iter().map(|piece| piece.events.len()).sum::<usize>() as f64 / 200.0;
        assert!((mean - 19.0).abs() < 4.0 * 19.5 / 200_f64.sqrt(), "{mean} events on average, {sampling:?}");
        let filtered = (top_k, top_p, min_p) != (0, 1.0, 0.0);
        let others = pieces.iter().flat_map(|piece| &piece.events).filter(|event| event.offset > 0).count();
        assert_eq!(others == 0, filtered, "{others} events with another offset, {sampling:?}");
    }
}

#[test]
fn pieces_are_those_that_the_reference_draws_with_other_fields_and_with_switches_off() {
    let options = options(1.0, 1, 12);
    let all_fields = config().with_fields(&Field::ALL);
    for config in with_switches_off(&config()).into_iter().chain([all_fields]) {
        let want = reference_tokens(&config, &state(&config), &options, 0);
        for device in devices() {
            let model = Model::new(&device.gpu, &config, &state(&config)).expect("a model");
            let got = generate(&model, &options).expect("a piece").remove(0);
            assert_eq!(events_to_tokens(&got.events), want, "{config:?}");
        }
    }
}

#[test]
fn a_primer_conditions_the_piece_and_is_kept_out_of_it() {
    let primer: Vec<Event> = [(0, 60, 24), (24, 64, 12), (12, 67, 48)]
        .map(|(offset, note, duration)| Event::new(offset, note, duration))
        .to_vec();
    // An odd number and an even one: the state goes back and forth between two slots.
    for (device, events) in devices().iter().flat_map(|device| [(device, 20), (device, 21)]) {
        let options = GenerateOptions { primer: primer.clone(), ..options(1.0, 1, events) };
        let want = reference_tokens(&config(), &state(&config()), &options, 0);
        let model = Model::new(&device.gpu, &config(), &state(&config())).expect("a model");
        let piece = &generate(&model, &options).expect("a piece")[0];
        assert_eq!(events_to_tokens(&piece.events), want);
        assert_eq!(piece.notes.first().map(|note| note.onset), piece.events.first().map(|_| 0));
        let with_primer = GenerateOptions { with_primer: true, ..options.clone() };
        let longer = &generate(&model, &with_primer).expect("a piece")[0];
        assert_eq!(longer.events, piece.events);
        assert_eq!(longer.notes, decode(&[&primer[..], &piece.events].concat()));
    }
}

/// The state goes back and forth between two slots; a plan of an odd number of events must leave it where it began.
#[test]
fn a_piece_does_not_depend_on_how_many_events_are_drawn_at_once() {
    let options = options(1.0, 2, 6);
    let mut allowed = Field::ALL.map(|field| vec![vec![true; field.classes()]]);
    allowed[3..].iter_mut().for_each(Vec::clear);
    for device in devices() {
        let model = Model::new(&device.gpu, &config(), &state(&config())).expect("a model");
        let drawn = |at_once: usize| -> Vec<u32> {
            let step =
                GenerationStep::new(&model, 2, at_once, &options.sampling, &allowed, &Bounds::NONE).expect("it fits");
            (0..6).step_by(at_once).flat_map(|first| step.play(first as u32).expect("it plays")).collect()
        };
        let want = drawn(6);
        assert_eq!([drawn(1), drawn(2), drawn(3)], [want.clone(), want.clone(), want]);
    }
}

#[test]
fn the_seed_decides_the_piece() {
    let device = &devices()[0];
    let model = Model::new(&device.gpu, &config(), &state(&config())).expect("a model");
    let with_seed = |seed: u32| {
        let mut options = options(1.0, 2, 40);
        options.sampling.iter_mut().for_each(|sampling| sampling.seed = seed);
        generate(&model, &options).expect("pieces")
    };
    assert_eq!(with_seed(1), with_seed(1));
    assert_ne!(with_seed(1), with_seed(2));
    assert_ne!(with_seed(1)[0], with_seed(1)[1], "pieces of one batch differ");
}

#[test]
fn a_shift_moves_the_piece_and_the_primer_the_other_way() {
    let device = &devices()[0];
    let model = Model::new(&device.gpu, &config(), &state(&config())).expect("a model");
    let primer = |shift: u8| -> Vec<Event> { [60, 64, 67].map(|note| Event::new(12, note + shift, 12)).to_vec() };
    let pitches = |low: u8, high: u8| {
        Pitches::new(None, Some(&format!("{low}-{high}").parse().expect("a range"))).expect("not empty")
    };
    let at_home =
        GenerateOptions { primer: primer(0), pitches: pitches(40, 80), with_primer: true, ..options(1.0, 2, 40) };
    let away = GenerateOptions { primer: primer(3), pitches: pitches(43, 83), shifts: vec![3, 3], ..at_home.clone() };
    let at_home = generate(&model, &at_home).expect("pieces");
    for (home, away) in at_home.iter().zip(generate(&model, &away).expect("pieces")) {
        let notes: Vec<Note> = home.notes.iter().map(|note| Note { pitch: note.pitch + 3, ..*note }).collect();
        assert_eq!((notes, home.events.len()), (away.notes, away.events.len()));
    }
}

#[test]
fn pieces_of_different_shifts_all_stay_within_their_pitches() {
    let device = &devices()[0];
    let model = Model::new(&device.gpu, &config(), &state(&config())).expect("a model");
    let options = GenerateOptions { shifts: vec![-5, 0, 6], may_end: false, ..options(100.0, 3, 200) };
    let narrow = "60-80".parse().expect("a range");
    let pitches = Pitches::new(None, Some(&narrow)).expect("not empty");
    for (pitches, range) in [(Pitches::ALL, 0..=127), (pitches, 60..=80)] {
        let pieces = generate(&model, &GenerateOptions { pitches, ..options.clone() }).expect("pieces");
        let notes: Vec<u8> = pieces.iter().flat_map(|piece| &piece.events).map(|event| event.note).collect();
        assert!(notes.len() == 600 && notes.iter().all(|note| range.contains(note)), "{notes:?}");
    }
}

#[test]
fn shifts_that_cannot_be_are_errors() {
    let device = &devices()[0];
    let model = Model::new(&device.gpu, &config(), &state(&config())).expect("a model");
    let primer = |note: u8| vec![Event::new(0, note, 12)];
    let lowest = Pitches::new(None, Some(&"0-0".parse().expect("a range"))).expect("not empty");
    let two = options(1.0, 2, 5);
    for (options, part) in [
        (GenerateOptions { shifts: vec![1], ..two.clone() }, "1 shifts for 2 pieces"),
        (GenerateOptions { shifts: vec![1, 2], primer: primer(60), ..two.clone() }, "different keys"),
        (GenerateOptions { shifts: vec![5, 5], primer: primer(4), ..two.clone() }, "too low or too high"),
        (GenerateOptions { shifts: vec![5, 5], pitches: lowest, ..two }, "no pitch is left"),
    ] {
        let error = generate(&model, &options).expect_err(part).to_string();
        assert!(error.contains(part), "{error}");
    }
}
