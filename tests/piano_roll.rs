//! Notes as text and as a picture.

use gpu_lstm::music::midi::Note;
use gpu_lstm::music::piano_roll::{SvgOptions, note_name, render, svg};

fn note(onset: u32, pitch: u8, duration: u32) -> Note {
    Note::new(onset, pitch, duration)
}

#[test]
fn a_small_piece_is_drawn_as_by_hand() {
    let notes = [note(0, 60, 24), note(24, 64, 12), note(36, 64, 12), note(48, 60, 96), note(48, 67, 96)];
    // Room for 25 columns: 144 ticks at 6 a column.
    let expected = "\
beat 0               4
     |   .   .   .   |   .
G4           █───────────────
E4       █─█─
C4   █───    █───────────────
     a column is 1/4 of a beat
";
    assert_eq!(render(&notes, 30), expected);
}

#[test]
fn lines_keep_to_the_width_and_every_pitch_has_its_row() {
    let notes: Vec<Note> = (0..500).map(|index| note(index * 7, 40 + (index % 31) as u8, 13)).collect();
    for width in [0, 20, 47, 80, 200, 5000] {
        let text = render(&notes, width);
        assert!(text.lines().all(|line| line.chars().count() <= width.max(33)), "{width}\n{text}");
        assert_eq!(text.lines().count(), 31 + 3);
        assert_eq!(text.matches('█').count() > 30, width > 0 || text.contains('█'));
    }
}

#[test]
fn a_piece_that_starts_late_is_drawn_from_its_bar() {
    let text = render(&[note(24 * 9, 60, 24)], 40);
    assert!(text.starts_with("beat 8"), "{text}");
    assert!(render(&[], 40).contains("no notes"));
}

#[test]
fn keys_have_their_usual_names() {
    let names: Vec<String> = [0, 21, 60, 69, 70, 127].into_iter().map(note_name).collect();
    assert_eq!(names, ["C-1", "A0", "C4", "A4", "A#4", "G9"]);
}

#[test]
fn a_picture_shows_each_note_in_each_row_where_it_sounds() {
    let options = SvgOptions { title: "a <b> & \u{7}c".into(), time_signature: (4, 4) };
    let notes: Vec<Note> = (0..200).map(|beat| note(24 * beat, 60 + (beat % 13) as u8, 24)).collect();
    let text = svg(&notes, &options);
    let document = roxmltree::Document::parse(&text).expect("XML");
    let of_class = |class: &str| {
        let class = class.to_owned();
        document.descendants().filter(move |node| node.attribute("class") == Some(class.as_str()))
    };
    assert_eq!(of_class("note").count(), 200);
    assert_eq!(of_class("title").next().and_then(|node| node.text()), Some("a <b> & \\u{7}c"));
    let number =
        |node: &roxmltree::Node<'_, '_>, name: &str| node.attribute(name).and_then(|text| text.parse::<f64>().ok());
    let (width, height) = (number(&document.root_element(), "width"), number(&document.root_element(), "height"));
    for rect in of_class("note") {
        let [x, y, right, bottom] = ["x", "y", "width", "height"].map(|name| number(&rect, name).expect("a number"));
        assert!(
            x >= 44.0 && Some(x + right) <= width && y > 0.0 && Some(y + bottom) <= height,
            "{x} {y} {right} {bottom}"
        );
    }
    // A note over the end of a row is drawn in both.
    let long = svg(&[note(0, 60, 24 * 200)], &options);
    assert!(
        roxmltree::Document::parse(&long)
            .expect("XML")
            .descendants()
            .filter(|n| n.attribute("class") == Some("note"))
            .count()
            > 1
    );
    let extremes = [note(0, 0, 1), note(5, 127, u32::MAX / 1_000_000)];
    for notes in [&[][..], &extremes] {
        roxmltree::Document::parse(&svg(notes, &options)).expect("XML");
    }
    roxmltree::Document::parse(&svg(&notes, &SvgOptions { time_signature: (64, 1), ..options })).expect("XML");
}
