//! Notes, events and token ids, there and back.

use gpu_lstm::music::events::*;
use gpu_lstm::music::midi::{Note, WriteOptions, read, sort_and_merge, write};
use proptest::prelude::*;

fn note(onset: u32, pitch: u8, duration: u32) -> Note {
    Note::new(onset, pitch, duration)
}

/// Notes to tokens and back.
fn round_trip(notes: &[Note]) -> Vec<Note> {
    decode(&tokens_to_events(&events_to_tokens(&encode(notes))))
}

#[test]
fn a_song_of_two_notes_three_beats_apart_comes_back_three_beats_apart() {
    let notes = [note(0, 60, 24), note(72, 64, 24)];
    assert_eq!(encode(&notes), [Event::new(0, 60, 24), Event::new(72, 64, 24)]);
    assert_eq!(round_trip(&notes), notes);
}

#[test]
fn the_vocabulary_has_the_sizes_and_values_of_its_first_version() {
    assert_eq!(VOCABULARY_ID, "grid24-v1");
    assert_eq!(Field::ALL.map(Field::classes), [130, 128, 128, 32, 128]);
    assert_eq!(Field::ALL.map(Field::ids), [130, 129, 129, 33, 129]);
    assert_eq!(Field::CORE.map(Field::classes), Field::CORE_CLASSES);
    let scale: Vec<u32> = (0..END).map(offset_ticks).collect();
    let expected: Vec<u32> = (0..=48)
        .chain((50..=96).step_by(2))
        .chain((100..=192).step_by(4))
        .chain((204..=384).step_by(12))
        .chain((408..=768).step_by(24))
        .collect();
    assert_eq!(scale, expected);
    assert_eq!(scale.len(), Field::Offset.classes() - 1);
    for (id, ticks) in scale.iter().enumerate() {
        assert_eq!(offset_id(*ticks), id as u32);
    }
    for id in 0..Field::Duration.classes() as u32 {
        assert_eq!(duration_ticks(id), scale[id as usize + 1]);
        assert_eq!(duration_id(duration_ticks(id)), id);
    }
    for (token, field) in BOS.into_iter().zip(Field::ALL) {
        assert_eq!(token as usize, field.ids() - 1);
    }
    for id in 0..Field::Velocity.classes() as u32 {
        assert_eq!(velocity_id(id_velocity(id)), id);
    }
    assert_eq!([0, 1, 64, 127, 255].map(velocity_id), [0, 0, 16, 31, 31]);
    assert_eq!([0, 31, 99].map(id_velocity), [1, 124, 124]);
}

#[test]
fn values_between_the_classes_go_to_the_nearest_and_long_ones_to_the_last() {
    let scale: Vec<u32> = (0..END).map(offset_ticks).collect();
    for ticks in 0..1000 {
        let got = offset_ticks(offset_id(ticks));
        let best = scale.iter().map(|class| class.abs_diff(ticks)).min().unwrap();
        assert_eq!(got.abs_diff(ticks), best, "{ticks} went to {got}");
    }
    assert_eq!(offset_ticks(offset_id(u32::MAX)), MAX_TICKS);
    assert_eq!(duration_ticks(duration_id(0)), 1);
    assert_eq!(duration_ticks(duration_id(u32::MAX)), MAX_TICKS);
}

#[test]
fn whole_beats_of_silence_at_the_start_are_dropped() {
    let at = |onset: u32| round_trip(&[note(onset, 60, 24), note(onset + 72, 62, 24)]);
    assert_eq!(at(24 * 500), at(0));
    assert_eq!(at(24 * 500 + 18), at(18));
    assert_eq!(at(18)[0].onset, 18);
    assert!(encode(&[]).is_empty());
}

#[test]
fn a_pause_beyond_the_vocabulary_is_shortened_and_what_follows_is_not_touched() {
    let notes = [note(0, 60, 24), note(5000, 62, 24), note(5007, 64, 24)];
    let got: Vec<u32> = round_trip(&notes).iter().map(|note| note.onset).collect();
    assert_eq!(got, [0, 768, 775]);
}

#[test]
fn tokens_beyond_the_vocabulary_count_as_its_last_class_and_the_end_ends() {
    let tokens = [[500; 5], [1, 2, u32::MAX, 20, 0], [END, 5, 5, 5, 5], [0; 5]];
    let last = Event { velocity: 124, instrument: 127, ..Event::new(768, 127, 768) };
    let expected = [last, Event::new(1, 2, 768)];
    assert_eq!(tokens_to_events(&tokens), expected);
    assert!(tokens_to_events(&[BOS]).is_empty());
}

/// A value of the vocabulary, most often a small one.
fn class() -> impl Strategy<Value = u32> {
    prop_oneof![3 => 0_u32..49, 1 => 49_u32..END].prop_map(offset_ticks)
}

/// Notes whose values are all in the vocabulary, at most one of a pitch and an instrument at a time.
fn grid_notes() -> impl Strategy<Value = Vec<Note>> {
    let event = (class(), 0_u8..128, class(), 0_u32..32, 0_u8..3);
    (0_u32..24, prop::collection::vec(event, 1..80)).prop_map(|(start, events)| {
        let mut onset = start;
        let mut notes = Vec::new();
        for (index, (offset, pitch, duration, velocity, instrument)) in events.into_iter().enumerate() {
            onset += if index == 0 { 0 } else { offset };
            let velocity = id_velocity(velocity);
            notes.push(Note { velocity, instrument, ..note(onset, pitch, duration.max(1)) });
        }
        sort_and_merge(&mut notes);
        notes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

    #[test]
    fn notes_on_the_grid_survive_the_way_to_tokens_and_back(notes in grid_notes()) {
        let events = encode(&notes);
        prop_assert_eq!(&tokens_to_events(&events_to_tokens(&events)), &events);
        prop_assert_eq!(decode(&events), notes);
    }

    #[test]
    fn rounding_never_adds_up_and_chords_stay_chords(
        steps in prop::collection::vec((prop_oneof![Just(0_u32), 1_u32..60, 1_u32..769], 0_u8..128), 1..200),
    ) {
        let mut onset = 0;
        let mut notes = Vec::new();
        for (offset, pitch) in steps {
            onset += offset;
            notes.push(note(onset, pitch, 24));
        }
        sort_and_merge(&mut notes);
        let shift = notes[0].onset - notes[0].onset % 24;
        let got = round_trip(&notes);
        prop_assert_eq!(got.len(), notes.len());
        for (before, after) in notes.iter().zip(&got) {
            prop_assert!((before.onset - shift).abs_diff(after.onset) <= 12, "{:?} became {:?}", before, after);
            prop_assert_eq!(before.pitch, after.pitch);
        }
        for (before, after) in notes.windows(2).zip(got.windows(2)) {
            prop_assert_eq!(before[0].onset == before[1].onset, after[0].onset == after[1].onset);
        }
    }

    #[test]
    fn any_tokens_are_music_that_can_be_written_and_read_back(
        tokens in prop::collection::vec([0_u32..140, 0_u32..140, 0_u32..140, 0_u32..40, 0_u32..14], 0..200),
        wild in prop::collection::vec(any::<Token>(), 0..20),
    ) {
        let tokens: Vec<Token> = tokens.into_iter().chain(wild).collect();
        let notes = decode(&tokens_to_events(&tokens));
        let bytes = write(&notes, &WriteOptions::default());
        prop_assert!(midly::Smf::parse(&bytes).is_ok());
        if !notes.is_empty() {
            let song = read(&bytes, "random").unwrap().remove(0);
            prop_assert!(song.report.warnings.is_empty());
            prop_assert_eq!(song.report.stray_releases + song.report.unreleased + song.report.zero_length, 0);
            // Only lengths may differ, where a pitch starts anew.
            let starts = |notes: &[Note]| notes.iter().map(|note| (note.onset, note.pitch, note.instrument)).collect::<Vec<_>>();
            prop_assert_eq!(starts(&song.notes), starts(&notes));
        }
    }
}

#[test]
fn what_the_vocabulary_cannot_say_is_counted() {
    // Two beats and five ticks of silence, a gap of 40 beats, a note of 33, a gap of exactly 32.
    let song = [note(53, 60, 24), note(53 + 40 * 24, 62, 33 * 24), note(53 + 72 * 24, 64, 32 * 24)];
    let cut = Cut::of([&song[..], &[note(0, 60, 24)], &[]]);
    let expected = Cut { gaps: 1, gap_beats: 8.0, lengths: 1, length_beats: 1.0, rests: 1, rest_beats: 2.0 };
    assert_eq!(cut, expected);
    let text = "1 gap cut to 32 beats (beats lost: 8.0), 1 length cut to 32 beats (beats lost: 1.0), \
                1 rest at the beginning left out (beats: 2)";
    assert_eq!(cut.to_string(), text);
    assert!(Cut::of([&round_trip(&song)[..]]).is_nothing());
    // That is what does not come back.
    let back = round_trip(&song);
    let onsets: Vec<u32> = back.iter().map(|note| note.onset).collect();
    assert_eq!(onsets, [5, 5 + 32 * 24, 5 + 64 * 24]);
    assert_eq!(back[1].duration, 32 * 24);
}
