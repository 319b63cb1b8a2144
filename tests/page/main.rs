//! The page of pieces, in a real browser: it plays, moves, draws and saves, and its console stays empty.
//!
//! `PAGE_SCREENSHOTS=folder cargo test --test page` also keeps pictures of it.
#![cfg(unix)]

mod browser;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use browser::Browser;
use gpu_lstm::listen::{Page, Piece};
use gpu_lstm::music::midi::{Note, WriteOptions, write};
use gpu_lstm::music::report::{Report, Songs, Table};
use serde_json::json;
use tempfile::TempDir;

/// A name that ends scripts, opens tags, and looks like a part of the page.
const NAME: &str = "</script><b onload=x>&amp; \"{{script}}\" <!-- {{data}}.mid";

/// Notes a third of a second apart.
fn notes(count: u32, pitch: u32) -> Vec<Note> {
    (0..count).map(|at| Note::new(8 * at, (pitch + at * 7 % 24) as u8, 12)).collect()
}

fn piece(name: &str, notes: &[Note]) -> Piece {
    let songs = Songs::new((0..3).map(|song| (format!("song {song}"), self::notes(30 + song, 50 + song))).collect());
    Piece {
        name: name.into(),
        description: "a piece <i>to test</i>".into(),
        midi: write(notes, &WriteOptions { tempo_bpm: 60.0, ..WriteOptions::default() }),
        report: Some(Table::new(&[Report::new(notes, Some(&songs))], Some(&songs))),
    }
}

/// The page in a browser, and the folder where it lies; `None` with a line where there is no Chromium.
fn open(pieces: Vec<Piece>) -> Option<(Browser, TempDir)> {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("page.html");
    fs::write(&path, Page::new("runs/</script>", pieces).expect("pieces with notes").html()).expect("a page");
    let browser = Browser::open(&path);
    if browser.is_none() {
        println!("skipped: no Chromium found (Debian: apt-get install chromium)");
    }
    Some((browser?, folder))
}

#[test]
fn a_click_plays_and_the_keyboard_pauses_moves_and_chooses() {
    let pieces = vec![piece("one.mid", &notes(600, 50)), piece("two.mid", &notes(200, 40))];
    let Some((mut browser, _folder)) = open(pieces) else { return };
    let picture = "document.querySelector('.roll').toDataURL()";
    assert_eq!(browser.number("player.position"), 0.0);
    let before = browser.value(picture);
    browser.click(".play", 0.5);
    browser.wait_for("player.playing && Number(document.querySelector('.seek input').value) > 1");
    assert_ne!(browser.value(picture), before, "the playhead is drawn where it is");
    assert_eq!(browser.value("document.querySelector('.play').ariaLabel"), "Pause one.mid");

    // The button has the focus, and the key is its own.
    browser.value("document.activeElement.blur()");
    browser.press(" ");
    browser.wait_for("!player.playing");
    let paused = browser.number("player.position");
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(browser.number("player.position"), paused);
    browser.press("ArrowRight");
    assert!((browser.number("player.position") - paused - 2.0).abs() < 1e-6);
    browser.press("ArrowLeft");
    assert!((browser.number("player.position") - paused).abs() < 1e-6);

    browser.press("ArrowDown");
    assert_eq!(browser.value("document.querySelector('article.current h2').textContent"), "two.mid");
    browser.click("article:last-child .seek input", 0.5);
    let middle = browser.number("player.position / player.piece.seconds");
    assert!((middle - 0.5).abs() < 0.02, "the slider led to {middle}");
    let shown = browser.number("view(player.piece, 1000, player.position).start");
    assert!(shown > 10.0, "the roll turns its pages, and shows from {shown} s");
    browser.press("Home");
    browser.click("article:first-child .roll", 0.9);
    let late = browser.number("player.position");
    assert!((5.0..30.0).contains(&late), "a click into the first page of the roll led to {late} s");
    assert_eq!(browser.complaints, Vec::<serde_json::Value>::new());
}

#[test]
fn tempo_and_volume_change_what_sounds() {
    let Some((mut browser, _folder)) = open(vec![piece("one.mid", &notes(600, 50))]) else { return };
    browser.click("#tempo", 0.999);
    assert_eq!(browser.number("player.rate"), 2.0);
    assert_eq!(browser.value("document.getElementById('tempo-text').textContent"), "200 % · 120 bpm");
    browser.click(".play", 0.5);
    browser.wait_for("player.position > 0.5");
    let rate = "(async () => { const start = [player.position, player.context.currentTime]; \
                await new Promise(done => setTimeout(done, 1000)); \
                return (player.position - start[0]) / (player.context.currentTime - start[1]); })()";
    let rate = browser.number(rate);
    assert!((rate - 2.0).abs() < 0.05, "{rate} seconds of the piece in a second");
    browser.click("#volume", 0.001);
    browser.wait_for("player.output.gain.value < 0.01");
    // The piece ends by itself, and its button plays it again from the start.
    browser.value("player.seek(player.piece.seconds - 1)");
    browser.wait_for("!player.playing");
    assert_eq!(browser.number("player.position - player.piece.seconds"), 0.0);
    browser.click(".play", 0.5);
    browser.wait_for("player.playing && player.position < 100");
    assert_eq!(browser.complaints, Vec::<serde_json::Value>::new());
}

#[test]
fn the_page_sounds_and_does_not_clip() {
    let Some((mut browser, _folder)) = open(vec![piece("one.mid", &notes(30, 50))]) else { return };
    let figures = "renderOffline(player.piece).then(sound => { const samples = sound.getChannelData(0); \
                   const level = (from, to) => Math.sqrt(samples.slice(from * 44100, to * 44100) \
                       .reduce((sum, sample) => sum + sample * sample, 0) / (44100 * (to - from))); \
                   return [samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0), \
                       level(1, 2), level(8, 9), level(sound.duration - 0.5, sound.duration)]; })";
    let figures: Vec<f64> = serde_json::from_value(browser.value(figures)).expect("numbers");
    let [peak, start, end, after] = figures[..] else { panic!("{figures:?}") };
    assert!((0.05..1.0).contains(&peak), "peak {peak}");
    assert!(start > 0.01 && end > 0.01, "levels {start} and {end}");
    assert!(after < 0.02 * start, "it dies away: {after}");
}

#[test]
fn the_page_saves_the_same_bytes_and_shows_any_name() {
    let made = piece(NAME, &notes(40, 50));
    let midi = made.midi.clone();
    let Some((mut browser, folder)) = open(vec![made]) else { return };
    assert_eq!(browser.value("document.querySelector('h2').textContent"), NAME);
    assert_eq!(browser.value("document.querySelector('.description').textContent"), "a piece <i>to test</i>");
    assert_eq!(browser.value("document.title"), "runs/</script> · gpu-lstm");
    assert_eq!(browser.number("document.querySelectorAll('b, i, article').length"), 1.0, "no name became a tag");
    let report = browser.value("document.querySelector('table').innerText");
    assert!(report.as_str().is_some_and(|text| text.contains("3 songs") && text.contains("longest copy")), "{report}");

    let saved = folder.path().join("saved");
    fs::create_dir(&saved).expect("a folder");
    browser.call("Browser.setDownloadBehavior", json!({"behavior": "allow", "downloadPath": saved}));
    browser.click(".save", 0.5);
    assert!(wait_for_file(&saved) == midi, "the bytes differ");
    assert_eq!(browser.complaints, Vec::<serde_json::Value>::new());
}

/// The bytes of the first file of a folder that is there as a whole.
fn wait_for_file(folder: &Path) -> Vec<u8> {
    let start = Instant::now();
    loop {
        let files = fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path());
        let mut whole = files.filter(|path| path.extension().is_some_and(|extension| extension == "mid"));
        if let Some(path) = whole.next() {
            return fs::read(path).expect("a file");
        }
        assert!(start.elapsed() < Duration::from_secs(30), "nothing was saved");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn the_page_fits_a_desk_and_a_phone_in_light_and_dark() {
    let Some((mut browser, _folder)) = open(vec![piece(NAME, &notes(60, 50))]) else { return };
    let background = "getComputedStyle(document.body).backgroundColor";
    let mut pictures = Vec::new();
    for (width, height) in [(1200, 900), (390, 844)] {
        for scheme in ["light", "dark"] {
            browser.resize(width, height, scheme);
            let needed = browser.number("document.documentElement.scrollWidth");
            assert!(needed <= f64::from(width), "{needed} pixels are needed of {width}");
            let shown = browser.number("document.querySelector('.roll').width");
            assert!(shown > 0.8 * f64::from(width) || width == 1200 && shown > 900.0, "a roll of {shown} pixels");
            let picture = browser.value("document.querySelector('.roll').toDataURL()");
            pictures.push((browser.value(background), picture));
            if let Ok(folder) = std::env::var("PAGE_SCREENSHOTS") {
                let png = browser.call("Page.captureScreenshot", json!({}));
                let png = STANDARD.decode(png["data"].as_str().expect("text")).expect("base64");
                fs::write(Path::new(&folder).join(format!("page-{width}-{scheme}.png")), png).expect("it writes");
            }
        }
    }
    assert_ne!(pictures[0], pictures[1], "light and dark differ");
    assert_ne!(pictures[0].1, pictures[1].1, "also in the roll");
    assert_eq!(browser.complaints, Vec::<serde_json::Value>::new());
}

#[test]
fn a_piece_without_notes_is_refused() {
    let error = Page::new(
        "x",
        vec![Piece { midi: write(&[], &WriteOptions::default()), ..piece("silent.mid", &notes(9, 50)) }],
    );
    assert!(error.is_err_and(|error| error.to_string().contains("silent.mid cannot be read as MIDI: it has no notes")));
}
