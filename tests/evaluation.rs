//! The likelihood of whole pieces, and what it does not depend on.

mod common;

use common::device::devices;
use gpu_lstm::evaluate::{Baselines, NotesOfAKind, Scores, evaluate};
use gpu_lstm::model::config::ModelConfig;
use gpu_lstm::model::{EvaluationStep, Model, random_state};
use gpu_lstm::music::dataset::{EvaluationStream, Piece};
use gpu_lstm::music::events::Field;
use gpu_lstm::music::key::{KeyCounts, to_one_key};
use gpu_lstm::music::midi::{Note, Song, WriteOptions, read, write};

fn config() -> ModelConfig {
    ModelConfig {
        fields: Field::CORE.to_vec(),
        input_vocab_sizes: Field::CORE.map(Field::ids).to_vec(),
        output_vocab_sizes: Field::CORE.map(Field::classes).to_vec(),
        embedding_size: 8,
        stream_size: 8,
        combined_size: 16,
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

/// Songs of 1 to 21 notes. The fourth is a figure of four notes, played four times and once begun again.
fn songs() -> Vec<Song> {
    let song = |number: u32| {
        let pitches = if number == 4 { [0, 4, 7, 5].repeat(5) } else { (0..23).map(|at| at * number % 17).collect() };
        let note = |at: u32| Note::new(at * (6 + number), 50 + pitches[at as usize] as u8, 6 + at % 4);
        let notes: Vec<Note> = (0..1 + 4 * number % 23).map(note).collect();
        read(&write(&notes, &WriteOptions::default()), &format!("song {number}")).expect("it reads back").remove(0)
    };
    (1..=6).map(song).collect()
}

fn scores(seq_len: usize, batch_size: usize) -> Vec<Scores> {
    let device = &devices()[0];
    let model = Model::new(&device.gpu, &config(), &random_state(&config(), 9)).expect("a model");
    evaluate(&model, None, &songs(), None, seq_len, batch_size).expect("scores")
}

#[test]
fn scores_do_not_depend_on_sequence_length_or_batch_size() {
    let want = scores(64, 1);
    assert_eq!(want.len(), 7, "all songs together, then each");
    for (seq_len, batch_size) in [(1, 2), (3, 4), (7, 6), (64, 32)] {
        for (got, want) in scores(seq_len, batch_size).iter().zip(&want) {
            assert_eq!((&got.name, got.notes), (&want.name, want.notes));
            assert_eq!((got.repeated.notes, got.novel.notes), (want.repeated.notes, want.novel.notes));
            let [got, want] = [got, want].map(|scores| {
                let kinds = [scores.repeated, scores.novel].map(|kind| kind.nats_per_note.unwrap_or(0.0));
                [&scores.heads[..], &[scores.total_nats, scores.end_nats], &kinds].concat()
            });
            common::assert_close_f64("nats", &got, &want, common::Tolerance { abs: 1e-5, rel: 1e-5 });
        }
    }
}

#[test]
fn the_whole_is_the_sum_of_its_pieces() {
    let scores = scores(16, 3);
    let (all, each) = scores.split_first().expect("scores");
    let sum: f64 = each.iter().map(|scores| scores.total_nats).sum();
    assert!((all.total_nats - sum).abs() < 1e-9 * sum, "{} against {sum}", all.total_nats);
    assert_eq!(all.notes, each.iter().map(|scores| scores.notes).sum::<usize>());
    assert!((all.heads.iter().sum::<f64>() - all.nats_per_note).abs() < 1e-9);
}

/// A network of one key is charged with the key: the notes cost as much as those of the moved songs, and the shift.
#[test]
fn a_network_of_one_key_scores_moved_songs_and_their_keys() {
    let model = Model::new(&devices()[0].gpu, &config(), &random_state(&config(), 9)).expect("a model");
    let songs = songs();
    let mut keys = KeyCounts::default();
    (keys.major[7], keys.minor[0]) = (5, 2);
    let home: Vec<(Song, i32)> = songs
        .iter()
        .map(|song| {
            let (notes, shift) = to_one_key(song);
            (Song { notes, ..song.clone() }, shift)
        })
        .collect();
    assert!(home.iter().any(|(_, shift)| *shift != 0), "all songs are in C major or A minor");
    let (moved, shifts): (Vec<Song>, Vec<i32>) = home.into_iter().unzip();
    let plain = evaluate(&model, None, &moved, None, 16, 3).expect("scores");
    let charged = evaluate(&model, Some(&keys), &songs, None, 16, 3).expect("scores");
    // Seven songs, and each of the twelve shifts once more: 19. The five in G major are moved by 5, the two in C minor by -3.
    let nats = |shift: i32| f64::ln(19.0 / [1.0, 6.0, 3.0][usize::from(shift == 5) + 2 * usize::from(shift == -3)]);
    let all: f64 = shifts.iter().map(|&shift| nats(shift)).sum();
    for ((plain, charged), charge) in
        plain.iter().zip(&charged).zip(std::iter::once(all).chain(shifts.iter().map(|&shift| nats(shift))))
    {
        assert!(
            (charged.total_nats - plain.total_nats - charge).abs() < 1e-6,
            "{charged} against {plain} and {charge}"
        );
        let [_, plain_note, _] = plain.heads;
        assert!((charged.heads[1] - plain_note - charge / plain.notes as f64).abs() < 1e-6, "{charged}");
        assert_eq!((charged.heads[0], charged.heads[2]), (plain.heads[0], plain.heads[2]));
    }
}

/// By the network alone, and mixed with counts.
fn scores_with_counts(keys: Option<&KeyCounts>, seq_len: usize, batch_size: usize) -> Vec<Scores> {
    let model = Model::new(&devices()[0].gpu, &config(), &random_state(&config(), 9)).expect("a model");
    let baselines = Baselines::train(&[walk(60, 0)]);
    evaluate(&model, keys, &songs(), Some(&baselines.counts), seq_len, batch_size).expect("scores")
}

#[test]
fn counts_beside_the_network_are_a_row_of_their_own() {
    let [want, other] = [(16, 3), (64, 1)].map(|(seq_len, batch_size)| scores_with_counts(None, seq_len, batch_size));
    assert_eq!(want.len(), 8, "all songs together, the same with counts, then each");
    let (without, network, both) = (&scores(16, 3), &want[0], &want[1]);
    assert_eq!((network.name.as_str(), both.name.as_str()), ("model", "model with counts"));
    assert_eq!(network.total_nats, without[0].total_nats);
    assert_eq!(want[2].total_nats, without[1].total_nats, "the first song");
    assert_eq!((both.notes, both.pieces), (network.notes, network.pieces));
    assert!((other[1].total_nats / both.total_nats - 1.0).abs() < 1e-5, "{both} depends on the size of a batch");
    // The network is a random one, so the counts of the pieces themselves are what helps.
    assert!(both.total_nats < 0.8 * network.total_nats, "{both} against {network}");
    let nats = |kind: NotesOfAKind| kind.notes as f64 * kind.nats_per_note.unwrap_or(0.0);
    let sum = nats(both.repeated) + nats(both.novel) + both.end_nats;
    assert!((sum - both.total_nats).abs() < 1e-9 * sum, "{sum} is not the whole: {both}");
}

/// Other counts of keys move no piece otherwise, so their costs are all that changes.
#[test]
fn with_counts_a_network_of_one_key_is_charged_with_the_keys_too() {
    let [few, many] = [1, 50].map(|songs| {
        let mut keys = KeyCounts::default();
        keys.major[7] = songs;
        scores_with_counts(Some(&keys), 16, 3)
    });
    let [network, both] = [0, 1].map(|row| many[row].total_nats - few[row].total_nats);
    assert!(network.abs() > 1.0 && (network - both).abs() < 1e-6, "{network} and {both}");
}

#[test]
fn repeats_and_novel_notes_and_ends_add_up_to_the_whole() {
    let network = scores(16, 3);
    let counts = Baselines::train(&songs()).score(&songs());
    for scores in network.iter().chain(&counts) {
        let nats = |kind: NotesOfAKind| kind.notes as f64 * kind.nats_per_note.unwrap_or(0.0);
        let sum = nats(scores.repeated) + nats(scores.novel) + scores.end_nats;
        assert!((sum - scores.total_nats).abs() < 1e-9 * sum, "{sum} is not the whole: {scores}");
        assert_eq!(scores.repeated.notes + scores.novel.notes, scores.notes);
        assert!((scores.repeated.share + scores.novel.share - 1.0).abs() < 1e-12);
    }
    // The first round has no steps before its second note, and the eighth equal step is that of note 12.
    let repeats = [&network[0], &network[4], &counts[3]].map(|scores| scores.repeated.notes);
    assert_eq!(repeats, [17 - 12; 3]);
    assert_eq!(network[1].repeated.nats_per_note, None);
    let adaptive = &counts[3];
    assert!(adaptive.repeated.nats_per_note < adaptive.novel.nats_per_note, "{adaptive}");
    let uniform_end = counts[0].end_nats / counts[0].pieces as f64;
    assert!((uniform_end - 130_f64.ln()).abs() < 1e-12, "{uniform_end}");
}

#[test]
fn a_network_that_knows_nothing_is_near_the_uniform_baseline() {
    let songs = songs();
    let all = &scores(16, 3)[0];
    let baselines = Baselines::train(&songs).score(&songs);
    let [uniform, unigram, counts, adaptive] = baselines.as_slice() else { panic!("four baselines") };
    assert!((all.nats_per_note / uniform.nats_per_note - 1.0).abs() < 0.1, "{all} against {uniform}");
    assert!(unigram.nats_per_note < uniform.nats_per_note && counts.nats_per_note < unigram.nats_per_note);
    assert!(adaptive.nats_per_note < unigram.nats_per_note);
    let exact = (all.notes + all.pieces) as f64 * 130_f64.ln() + 2.0 * all.notes as f64 * 128_f64.ln();
    assert!((uniform.total_nats - exact).abs() < 1e-9 * exact, "{uniform}");
}

/// A field of an event may depend on those before it, and on nothing else of it. The passage comes twice before, in another
/// key, so that there are candidates.
#[test]
fn no_head_depends_on_what_it_predicts() {
    [config(), config().with_fields(&Field::ALL)].iter().for_each(assert_no_leak);
}

fn assert_no_leak(config: &ModelConfig) {
    let theme = [0, 4, 7, 12, 7, 9, 4];
    let pitches = [60, 65, 58].iter().flat_map(|key| theme.map(|step| key + step)).take(18);
    let begun: Vec<Note> = pitches.zip(0..).map(|(pitch, at)| Note::new(12 * at, pitch, 6 + at % 3)).collect();
    // The same last event, and with each of its fields changed.
    let changed = [None].into_iter().chain(Field::ALL.map(Some));
    let lasts: Vec<Option<Field>> = changed.collect();
    let pieces: Vec<Piece> = lasts
        .iter()
        .map(|changed| {
            let mut last = Note::new(12 * 18, 62, 6);
            match changed {
                None => {}
                Some(Field::Offset) => last.onset += 18,
                Some(Field::Pitch) => last.pitch = 80,
                Some(Field::Duration) => last.duration = 30,
                Some(Field::Velocity) => last.velocity = 120,
                Some(Field::Instrument) => last.instrument = 40,
            }
            Piece::new(&begun.iter().copied().chain([last]).collect::<Vec<_>>())
        })
        .collect();

    // The tables are zero at first, so nothing would show.
    let state = random_state(config, 9).into_iter().map(|(name, mut tensor)| {
        tensor.values.iter_mut().zip(0..).for_each(|(value, at)| *value += (at as f32 * 0.7).sin());
        (name, tensor)
    });
    let model = Model::new(&devices()[0].gpu, config, &state.collect()).expect("a model");
    let rows = begun.len() + 1;
    let step = EvaluationStep::new(&model, rows, lasts.len()).expect("a step");
    step.run(&EvaluationStream::new(&pieces, rows, lasts.len()).next().expect("a batch")).expect("losses");
    let logits = step.logits().expect("logits");
    let place = |field: Field| Field::ORDER.iter().position(|&other| other == field);
    for (head, field) in config.fields() {
        let classes = config.output_vocab_sizes[head];
        let of_last: Vec<&[f32]> = logits[head].chunks(classes).skip(lasts.len() * (rows - 1)).collect();
        for (changed, logits) in lasts.iter().zip(&of_last) {
            let is_input = changed.is_some_and(|other| config.fields.contains(&other) && place(other) < place(field));
            assert_eq!(*logits != of_last[0], is_input, "{field:?} depends on {changed:?}");
        }
    }
}

/// Notes of one onset are sorted by instrument, but those that a network without instruments learned are sorted by pitch.
#[test]
fn a_network_without_instruments_is_scored_on_songs_of_one() {
    let model = Model::new(&devices()[0].gpu, &config(), &random_state(&config(), 9)).expect("a model");
    let mut song = songs().remove(0);
    song.notes = (0..12).flat_map(|at| [Note::new(24 * at, 60, 24), Note::new(24 * at, 67, 24)]).collect();
    let nats =
        |song: &Song| evaluate(&model, None, std::slice::from_ref(song), None, 16, 1).expect("scores")[0].total_nats;
    let want = nats(&song);
    song.notes.iter_mut().step_by(2).for_each(|note| note.instrument = 40);
    assert_eq!(nats(&song), want);
}

/// A song of `notes` notes on intervals that do not come again.
fn walk(notes: u32, shift: u8) -> Song {
    let note = |at: u32| Note::new(24 * at, 50 + shift + (at * at % 11) as u8, 24 + at / 11);
    let notes: Vec<Note> = (0..notes).map(note).collect();
    read(&write(&notes, &WriteOptions::default()), "song").expect("it reads back").remove(0)
}

#[test]
fn the_counts_know_a_song_in_another_key() {
    let nats = |shift: u8| {
        Baselines::train(&[walk(60, 0)]).score(&[walk(60, shift)]).iter().map(|s| s.nats_per_note).collect::<Vec<_>>()
    };
    let (same, moved) = (nats(0), nats(3));
    assert!(moved[2] < 0.5 * moved[1], "in another key: {moved:?}");
    assert!(same[2] < moved[2], "in its own key the notes themselves help: {same:?} {moved:?}");
}
