//! The page of a run: written at each validation, whole, escaped, and never in the way of the run.

mod common;

use std::cell::RefCell;
use std::fs;
use std::path::Path;

use common::runs::Workshop;
use gpu_lstm::run_report::{FILE_NAME, Run, curves, page};
use gpu_lstm::train::{MetricsRow, Outcome};

/// The pictures in a page, each of which must be XML.
fn pictures(page: &str) -> Vec<String> {
    let pictures = page.split("<figure>").skip(1).map(|figure| {
        let (begin, end) = (figure.find("<svg").expect("a picture"), figure.rfind("</svg>").expect("its end"));
        figure[begin..end + "</svg>".len()].to_owned()
    });
    let pictures: Vec<String> = pictures.collect();
    for picture in &pictures {
        roxmltree::Document::parse(picture).expect("XML");
    }
    pictures
}

fn row(step: u64, loss: f64) -> MetricsRow {
    MetricsRow {
        step,
        epoch: step as f64 / 13.0,
        train_loss: loss,
        train_offset: 0.2 * loss,
        train_note: 0.5 * loss,
        train_duration: 0.3 * loss,
        train_velocity: None,
        train_instrument: None,
        validation_loss: loss + 0.25,
        validation_offset: 0.2 * loss,
        validation_note: 0.5 * loss + 0.25,
        validation_duration: 0.3 * loss,
        validation_velocity: None,
        validation_instrument: None,
        learning_rate: 1e-3,
        gradient_norm: 0.5,
        events_per_second: 1234.0,
        seconds: step as f64,
    }
}

fn run(folder: &str, losses: &[f64]) -> Run {
    let rows = (1..).zip(losses).map(|(number, &loss)| row(10 * number, loss)).collect();
    Run { folder: folder.into(), rows, facts: Vec::new() }
}

#[test]
fn a_run_has_a_page_that_reloads_until_it_ends() {
    let workshop = Workshop::new();
    let path = workshop.path("run").join(FILE_NAME);
    let during = RefCell::new(None);
    let look = |step| {
        // The first validation is after a few of the 20 steps.
        if step == 15 {
            during.replace(fs::read_to_string(&path).ok());
        }
        false
    };
    let outcome = workshop.train("run", &workshop.config(), &look).expect("it trains");
    assert!(matches!(outcome, Outcome::Finished { .. }));
    let during = during.into_inner().expect("a page while the run lasts");
    assert!(during.contains("http-equiv=\"refresh\""));
    let after = fs::read_to_string(&path).expect("a page");
    assert!(!after.contains("http-equiv"), "the last page stays as it is");
    assert_eq!(pictures(&after).len(), 7);
    let rows = workshop.metrics("run");
    for row in &rows {
        assert!(after.contains(&format!("<td>{:.4}</td>", row.validation_loss)), "step {}", row.step);
    }
    let figures =
        ["<th>songs</th>", "<th>parameters</th>", "<th>combined size</th>", "<th>batch size</th>", "--resume"];
    for figure in figures {
        assert!(after.contains(figure), "{figure}");
    }
    // The files say the same at any later time.
    let run = Run::load(&workshop.path("run")).expect("a run");
    assert_eq!(run.rows, rows);
    assert_eq!(page(&[run], false), after);
}

#[test]
fn a_page_that_cannot_be_written_does_not_end_a_run() {
    let workshop = Workshop::new();
    // A folder stands where the page should be.
    fs::create_dir_all(workshop.path("run").join(FILE_NAME)).expect("a folder");
    let outcome = workshop.train("run", &workshop.config(), &|_| false).expect("it trains");
    assert!(matches!(outcome, Outcome::Finished { .. }));
    assert!(!workshop.metrics("run").is_empty());
}

#[test]
fn names_are_escaped_for_the_page_and_for_the_shell() {
    let page = page(&[run("runs/<b> it's & \"x\"", &[3.0, 2.0])], false);
    assert!(!page.contains("<b> it"), "{page}");
    assert!(page.contains("--run 'runs/&lt;b&gt; it'\\''s &amp; &quot;x&quot;'"), "{page}");
    pictures(&page);
}

#[test]
fn several_runs_are_side_by_side() {
    let runs = [run("runs/one", &[3.0, 2.0, 1.5]), run("runs/two", &[3.5, 1.0, 2.5]), run("runs/new", &[])];
    let page = page(&runs, false);
    let loss = &pictures(&page)[0];
    assert_eq!(loss.matches("<polyline").count(), 6, "training and validation of each");
    assert_eq!(loss.matches("<circle").count(), 12);
    let best = |name: &str, loss: &str, step: u64| {
        let begin = page.find(&format!("<td>{name}</td>")).expect("a row");
        let row = &page[begin..begin + page[begin..].find("</tr>").expect("its end")];
        assert!(row.contains(loss) && row.contains(&format!("<td>{step}</td>")), "{row}");
    };
    best("runs/one", "1.7500", 30);
    best("runs/two", "1.2500", 20);
    let document = curves(&runs);
    let parsed = roxmltree::Document::parse(&document).expect("XML");
    assert!(parsed.descendants().any(|node| node.text() == Some("runs/two, validation")));
}

#[test]
fn a_run_without_a_validation_and_one_with_extreme_values_have_pages() {
    for losses in [&[][..], &[2.0], &[0.0, 0.0, 0.0], &[1e300, 1e-300, 1e300], &[f64::NAN, f64::INFINITY]] {
        let page = page(&[run("runs/odd", losses)], true);
        assert!(
            pictures(&page).iter().all(|picture| !picture.contains("NaN") && !picture.contains("\"inf")),
            "{losses:?}"
        );
    }
    let error = Run::load(Path::new("nowhere")).expect_err("no run").to_string();
    assert!(error.contains("metrics.csv") && error.contains("check that it exists"), "{error}");
}
