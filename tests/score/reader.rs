//! Reads MusicXML as a player and as a musician would, and panics where the two disagree or a bar is not full.

use std::collections::BTreeMap;

use gpu_lstm::music::midi::Note;
use roxmltree::{Document, Node, ParsingOptions};

/// A head or a rest as it stands in the file.
pub(crate) struct Symbol {
    pub(crate) voice: u32,
    pub(crate) staff: u32,
    /// Bar from 0, and ticks from its beginning.
    pub(crate) place: (usize, u32),
    /// Ticks from the beginning of the piece.
    pub(crate) onset: u32,
    pub(crate) duration: u32,
    pub(crate) pitch: Option<u8>,
    /// Step with octave, and sharps.
    pub(crate) name: (String, i8),
    /// Value with dots, `T` behind it in a triplet: `quarter.`, `eighthT`.
    pub(crate) value: String,
    pub(crate) accidental: Option<String>,
    /// Whether it continues another head, and another head continues it.
    ties: [bool; 2],
    tuplet: Vec<String>,
}

pub(crate) struct Part {
    pub(crate) staves: usize,
    pub(crate) bars: usize,
    pub(crate) fifths: i32,
    pub(crate) symbols: Vec<Symbol>,
}

impl Part {
    /// The notes that sound, sorted.
    pub(crate) fn notes(&self) -> Vec<Note> {
        let mut notes: Vec<Note> = Vec::new();
        // Notes whose tie is open, by voice and pitch.
        let mut open: BTreeMap<(u32, u8), Note> = BTreeMap::new();
        for symbol in &self.symbols {
            let Some(pitch) = symbol.pitch else { continue };
            let mut note = Note::new(symbol.onset, pitch, symbol.duration);
            if symbol.ties[0] {
                let begun = open.remove(&(symbol.voice, pitch)).expect("a tie that begins");
                assert_eq!(begun.end(), symbol.onset, "a tie to the next head");
                note = Note { duration: begun.duration + symbol.duration, ..begun };
            }
            if symbol.ties[1] {
                assert!(open.insert((symbol.voice, pitch), note).is_none(), "one tie at a time");
            } else {
                notes.push(note);
            }
        }
        assert!(open.is_empty(), "every tie ends: {open:?}");
        notes.sort_unstable();
        notes
    }

    /// The values of a voice in a bar: `eighth`, and `(eighth)` for a rest.
    pub(crate) fn values(&self, bar: usize, voice: u32) -> Vec<String> {
        let mine = self.symbols.iter().filter(|symbol| symbol.place.0 == bar && symbol.voice == voice);
        let mut values: Vec<((usize, u32), String)> = mine
            .map(|symbol| {
                let text = &symbol.value;
                (symbol.place, if symbol.pitch.is_some() { text.clone() } else { format!("({text})") })
            })
            .collect();
        values.dedup_by_key(|(place, _)| *place);
        values.into_iter().map(|(_, value)| value).collect()
    }
}

fn child<'a>(node: Node<'a, 'a>, name: &str) -> Option<Node<'a, 'a>> {
    node.children().find(|child| child.has_tag_name(name))
}

fn text<'a>(node: Node<'a, 'a>, name: &str) -> Option<&'a str> {
    child(node, name).and_then(|child| child.text())
}

fn number<T: std::str::FromStr>(node: Node<'_, '_>, name: &str) -> Option<T> {
    text(node, name).map(|text| text.parse().ok().expect("a number"))
}

/// Reads a score and checks everything that does not depend on the notes. `bar_ticks` and `first_bar` are the lengths
/// that bars and the first bar must have.
pub(crate) fn read(document: &str, bar_ticks: u32, first_bar: u32) -> Vec<Part> {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    let document = Document::parse_with_options(document, options).expect("XML");
    let parts = document.descendants().filter(|node| node.has_tag_name("part"));
    parts.map(|part| read_part(part, bar_ticks, first_bar)).collect()
}

fn read_part<'a>(part: Node<'a, 'a>, bar_ticks: u32, first_bar: u32) -> Part {
    let attributes = part.descendants().find(|node| node.has_tag_name("attributes")).expect("attributes");
    assert_eq!(text(attributes, "divisions"), Some("24"));
    let fifths = child(attributes, "key").and_then(|key| number(key, "fifths")).expect("a key");
    let staves = number(attributes, "staves").unwrap_or(1);
    let mut read = Part { staves, bars: 0, fifths, symbols: Vec::new() };
    let mut start = 0;
    for measure in part.children().filter(|node| node.has_tag_name("measure")) {
        let length = if read.bars == 0 { first_bar } else { bar_ticks };
        let from = read.symbols.len();
        read_measure(measure, &mut read, start);
        check_bar(&read.symbols[from..], length, fifths);
        (start, read.bars) = (start + length, read.bars + 1);
    }
    read
}

fn read_measure<'a>(measure: Node<'a, 'a>, part: &mut Part, start: u32) {
    let (mut at, mut before) = (0, 0);
    for node in measure.children() {
        let duration = || number::<u32>(node, "duration").expect("a duration");
        match node.tag_name().name() {
            "backup" => at -= duration(),
            "forward" => panic!("rests fill the bar"),
            "note" => {
                let is_chord = child(node, "chord").is_some();
                let begin = if is_chord { before } else { at };
                part.symbols.push(symbol(node, (part.bars, begin), start + begin));
                (before, at) = (begin, begin + duration());
            }
            _ => {}
        }
    }
}

fn symbol<'a>(node: Node<'a, 'a>, place: (usize, u32), onset: u32) -> Symbol {
    let pitch = child(node, "pitch").map(|pitch| {
        let step = text(pitch, "step").expect("a step");
        let (alter, octave) = (number(pitch, "alter").unwrap_or(0), number::<i32>(pitch, "octave").expect("an octave"));
        assert!((0..=9).contains(&octave), "MusicXML has the octaves 0 to 9");
        let natural = [('C', 0), ('D', 2), ('E', 4), ('F', 5), ('G', 7), ('A', 9), ('B', 11)];
        let natural = natural.into_iter().find(|(name, _)| step.starts_with(*name)).expect("a step").1;
        let key = (octave + 1) * 12 + natural + i32::from(alter);
        (u8::try_from(key).expect("a MIDI key"), (format!("{step}{octave}"), alter))
    });
    let ties = ["stop", "start"].map(|kind| {
        let sounds = node.children().any(|tie| tie.has_tag_name("tie") && tie.attribute("type") == Some(kind));
        let is_written =
            node.descendants().any(|tied| tied.has_tag_name("tied") && tied.attribute("type") == Some(kind));
        assert_eq!(sounds, is_written, "a tie is heard and seen");
        sounds
    });
    let duration = number(node, "duration").expect("a duration");
    let dots = node.children().filter(|child| child.has_tag_name("dot")).count();
    let is_triplet = child(node, "time-modification").is_some();
    let value = text(node, "type").map_or_else(
        || {
            let rest = child(node, "rest").expect("only a rest has no value");
            assert_eq!(rest.attribute("measure"), Some("yes"));
            "bar".to_owned()
        },
        |kind| {
            assert_eq!(ticks(kind, dots, is_triplet), f64::from(duration), "{kind} with {dots} dots, {is_triplet}");
            format!("{kind}{}{}", ".".repeat(dots), if is_triplet { "T" } else { "" })
        },
    );
    let tuplets = node.descendants().filter(|node| node.has_tag_name("tuplet"));
    Symbol {
        voice: number(node, "voice").expect("a voice"),
        staff: number(node, "staff").unwrap_or(1),
        place,
        onset,
        duration,
        pitch: pitch.as_ref().map(|(pitch, _)| *pitch),
        name: pitch.map(|(_, name)| name).unwrap_or_default(),
        value,
        accidental: text(node, "accidental").map(str::to_owned),
        ties,
        tuplet: tuplets.map(|tuplet| tuplet.attribute("type").expect("a type").to_owned()).collect(),
    }
}

/// Ticks of a value, 24 to a quarter.
fn ticks(kind: &str, dots: usize, is_triplet: bool) -> f64 {
    let names = ["64th", "32nd", "16th", "eighth", "quarter", "half", "whole", "breve"];
    let place = names.iter().position(|name| *name == kind).expect("a value") as i32;
    let plain = 1.5 * 2_f64.powi(place);
    let dotted = if dots == 0 { plain } else { 1.5 * plain };
    if is_triplet { dotted * 2.0 / 3.0 } else { dotted }
}

/// Each voice is full, triplets are whole, no staff has three voices, and the signs say what sounds.
fn check_bar(bar: &[Symbol], length: u32, fifths: i32) {
    let mut voices: BTreeMap<(u32, u32), Vec<&Symbol>> = BTreeMap::new();
    for symbol in bar {
        voices.entry((symbol.staff, symbol.voice)).or_default().push(symbol);
    }
    for ((staff, voice), symbols) in &voices {
        assert_eq!((voice - 1) / 4 + 1, *staff, "voices are numbered through the staves");
        assert!((voice - 1) % 4 < 2, "two voices on a staff");
        let mut at = 0;
        let mut triplet: Option<u32> = None;
        for chord in symbols.chunk_by(|one, other| one.place == other.place) {
            let first = chord[0];
            assert_eq!(first.place.1, at, "no gap in voice {voice}");
            assert!(chord.iter().all(|head| (head.duration, &head.value) == (first.duration, &first.value)));
            if first.tuplet.iter().any(|end| end == "start") {
                assert!(triplet.replace(at).is_none(), "triplets are not nested");
            }
            assert_eq!(triplet.is_some(), first.value.ends_with('T'), "a triplet has a beginning");
            at += first.duration;
            if first.tuplet.iter().any(|end| end == "stop") {
                let span = at - triplet.take().expect("a triplet that ends has begun");
                assert!([3, 6, 12, 24, 48, 96].contains(&span), "a triplet of {span} ticks");
            }
        }
        assert_eq!((at, triplet), (length, None), "voice {voice} fills its bar");
    }
    for staff in [1, 2] {
        assert!(voices.keys().filter(|(of, _)| *of == staff).count() <= 2);
        check_signs(bar.iter().filter(|symbol| symbol.staff == staff && symbol.pitch.is_some()).collect(), fifths);
    }
}

fn check_signs(mut heads: Vec<&Symbol>, fifths: i32) {
    heads.sort_by_key(|head| head.place);
    let mut signs: BTreeMap<&str, i8> = BTreeMap::new();
    for head in heads.into_iter().filter(|head| !head.ties[0]) {
        let (name, alter) = &head.name;
        if let Some(sign) = &head.accidental {
            let names = ["flat-flat", "flat", "natural", "sharp", "double-sharp"];
            let place = names.iter().position(|name| name == sign).expect("a sign");
            signs.insert(name, place as i8 - 2);
        }
        let by_key = || {
            let place = "FCGDAEB".find(&name[..1]).expect("a step") as i32;
            i8::from(fifths > place) - i8::from(-fifths > 6 - place)
        };
        assert_eq!(*signs.entry(name).or_insert_with(by_key), *alter, "{name} is read as it sounds");
    }
}
