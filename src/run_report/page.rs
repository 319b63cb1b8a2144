//! The page: tiles, charts, figures, and the commands to go on.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::chart::{Chart, Line, label};
use super::{Run, Section};
use crate::music::events::Field;
use crate::train::{MetricsRow, duration};

/// Seconds between two loads of the page of a run that lasts.
const RELOAD: u32 = 10;

const STYLE: [&str; 2] = [include_str!("chart.css"), include_str!("page.css")];

/// A column of the metrics.
type Column<'a> = &'a dyn Fn(&MetricsRow) -> f64;

pub(super) fn page(runs: &[Run], is_running: bool) -> String {
    let names: Vec<String> = runs.iter().map(Run::name).collect();
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                @if is_running { meta http-equiv="refresh" content=(RELOAD); }
                title { (names.join(", ")) " - gpu-lstm" }
                style { @for sheet in STYLE { (PreEscaped(sheet)) } }
            }
            body {
                @if let [run] = runs {
                    (headline(run, is_running))
                } @else {
                    h1 { "Comparison of " (runs.len()) " runs" }
                }
                (legend(runs))
                div.charts { @for chart in charts(runs) { (chart.figure()) } }
                @if runs.len() > 1 { (summary(runs)) }
                h2 { "Corpus, network, training" }
                (facts(runs))
                h2 { "Go on" }
                @for run in runs { (commands(run)) }
                @if let [run] = runs { (table(run)) }
            }
        }
    };
    format!("{}\n", markup.into_string())
}

fn headline(run: &Run, is_running: bool) -> Markup {
    let tile = |name: &str, value: String, unit: &str| {
        html! { div.tile { span.dim { (name) } b { (value) } span.dim { (unit) } } }
    };
    html! {
        h1 { (run.name()) }
        @if is_running {
            p.dim { "Training. This page reloads every " (RELOAD) " seconds; it changes at each validation." }
        }
        @if let (Some(best), Some(last)) = (run.best(), run.rows.last()) {
            div.tiles {
                @let at_step = format!("nats per event, at step {}", best.step);
                (tile("best validation loss", label(best.validation_loss), &at_step))
                (tile("latest validation loss", label(last.validation_loss), "nats per event"))
                (tile("training loss", label(last.train_loss), "nats per event, with dropout"))
                (tile("steps", last.step.to_string(), &format!("{:.1} passes over the songs", last.epoch)))
                (tile("time", duration(last.seconds), "in the training loop"))
                (tile("speed", label(last.events_per_second), "events per second"))
            }
        }
    }
}

/// What colours and dashes mean.
fn legend(runs: &[Run]) -> Markup {
    html! {
        ul.legend {
            @if runs.len() == 1 {
                li.c0 { i {} span { "validation" } }
                li.c1 { i {} span { "training, with dropout" } }
            } @else {
                @for (number, run) in runs.iter().enumerate() {
                    li class={ "c" (number % super::chart::COLOURS) } { i {} span { (run.name()) } }
                }
                li { i {} span.dim { "validation" } }
                li.dashed { i {} span.dim { "training, with dropout" } }
            }
        }
    }
}

/// The lines of two columns, validation and training, of each run.
fn pair(runs: &[Run], title: &str, validation: Column<'_>, training: Column<'_>) -> Chart {
    let is_single = runs.len() == 1;
    let line = |number: usize, run: &Run, of_training: bool| Line {
        name: match (is_single, if of_training { "training" } else { "validation" }) {
            (true, kind) => kind.into(),
            (false, kind) => format!("{}, {kind}", run.name()),
        },
        colour: if is_single { usize::from(of_training) } else { number },
        is_dashed: of_training && !is_single,
        points: points(run, if of_training { training } else { validation }),
    };
    let lines = |(number, run)| [line(number, run, true), line(number, run, false)];
    Chart {
        title: title.into(),
        unit: "nats per event",
        lines: runs.iter().enumerate().flat_map(lines).collect(),
        from_zero: false,
    }
}

/// The line of one column of each run.
fn single(runs: &[Run], title: &str, unit: &'static str, column: Column<'_>) -> Chart {
    let line = |(number, run): (usize, &Run)| Line {
        name: if runs.len() == 1 { title.into() } else { run.name() },
        colour: if runs.len() == 1 { 2 } else { number },
        is_dashed: false,
        points: points(run, column),
    };
    Chart { title: title.into(), unit, lines: runs.iter().enumerate().map(line).collect(), from_zero: true }
}

fn points(run: &Run, column: Column<'_>) -> Vec<(f64, f64)> {
    run.rows.iter().map(|row| (row.step as f64, column(row))).collect()
}

pub(super) fn loss_chart(runs: &[Run]) -> Chart {
    pair(runs, "Loss", &|row| row.validation_loss, &|row| row.train_loss)
}

fn charts(runs: &[Run]) -> Vec<Chart> {
    let of_field = |field: Field| {
        let name = field.name();
        let title = format!("{}{}", name[..1].to_uppercase(), &name[1..]);
        pair(runs, &title, &|row| part(&row.validation(), field), &|row| part(&row.training(), field))
    };
    let others = [
        single(runs, "Learning rate", "of the last step", &|row| row.learning_rate),
        single(runs, "Gradient norm", "before clipping", &|row| row.gradient_norm),
        single(runs, "Speed", "events per second", &|row| row.events_per_second),
    ];
    std::iter::once(loss_chart(runs)).chain(fields(runs).into_iter().map(of_field)).chain(others).collect()
}

/// The fields that any of the runs learns.
fn fields(runs: &[Run]) -> Vec<Field> {
    let parts: Vec<_> = runs.iter().filter_map(|run| run.rows.last()).map(MetricsRow::validation).collect();
    let is_learned = |field: &Field| parts.iter().flatten().any(|(other, _)| other == field);
    Field::ALL.into_iter().filter(is_learned).collect()
}

/// What a field costs; 0 where it is not learned.
fn part(parts: &[(Field, f64)], field: Field) -> f64 {
    parts.iter().find(|(other, _)| *other == field).map_or(0.0, |(_, loss)| *loss)
}

/// The best losses of several runs.
fn summary(runs: &[Run]) -> Markup {
    let fields = fields(runs);
    html! {
        h2 { "Best validation loss" }
        div.wide { table.figures {
            tr {
                th { "run" } th { "loss" } @for field in &fields { th { (field.name()) } }
                th { "at step" } th { "steps" } th { "time" }
            }
            @for run in runs {
                @if let (Some(best), Some(last)) = (run.best(), run.rows.last()) {
                    tr {
                        td { (run.name()) }
                        @for loss in validation_losses(best, &fields) { td { (format!("{loss:.4}")) } }
                        td { (best.step) } td { (last.step) } td { (duration(last.seconds)) }
                    }
                }
            }
        } }
    }
}

/// The figures of all runs side by side; those that differ stand out.
fn facts(runs: &[Run]) -> Markup {
    let Some(first) = runs.iter().max_by_key(|run| run.facts.len()).filter(|run| !run.facts.is_empty()) else {
        return html! { p.dim { "Neither a model nor a state was saved yet." } };
    };
    html! {
        div.sections.several[runs.len() > 1] {
            @for Section { title, rows } in &first.facts {
                section.wide {
                    h3 { (title) }
                    table {
                        @if runs.len() > 1 { tr { th {} @for run in runs { th { (run.name()) } } } }
                        @for (name, _) in rows {
                            @let values: Vec<Option<&str>> = runs.iter().map(|run| value(run, title, name)).collect();
                            tr.differs[values.iter().any(|value| *value != values[0])] {
                                th { (name) }
                                @for value in &values { td { (value.unwrap_or("-")) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn value<'a>(run: &'a Run, title: &str, name: &str) -> Option<&'a str> {
    let section = run.facts.iter().find(|section| section.title == title)?;
    section.rows.iter().find(|(of, _)| of == name).map(|(_, value)| value.as_str())
}

fn commands(run: &Run) -> Markup {
    let folder = quoted(&run.name());
    html! {
        pre { "gpu-lstm train --resume --run " (folder) "\ngpu-lstm generate " (folder) " -o piece.mid" }
    }
}

/// All rows.
fn table(run: &Run) -> Markup {
    let fields = fields(std::slice::from_ref(run));
    html! {
        details {
            summary { "All " (run.rows.len()) " validations" }
            div.wide { table.figures {
                tr {
                    @for name in ["step", "epoch", "training", "validation"] { th { (name) } }
                    @for field in &fields { th { (field.name()) } }
                    @for name in ["learning rate", "gradient norm", "events/s", "time"] { th { (name) } }
                }
                @for row in &run.rows {
                    tr {
                        td { (row.step) } td { (format!("{:.2}", row.epoch)) }
                        td { (format!("{:.4}", row.train_loss)) }
                        @for loss in validation_losses(row, &fields) { td { (format!("{loss:.4}")) } }
                        td { (label(row.learning_rate)) } td { (label(row.gradient_norm)) }
                        td { (label(row.events_per_second)) } td { (duration(row.seconds)) }
                    }
                }
            } }
        }
    }
}

/// Sum and parts.
fn validation_losses(row: &MetricsRow, fields: &[Field]) -> Vec<f64> {
    let parts = row.validation();
    std::iter::once(row.validation_loss).chain(fields.iter().map(|&field| part(&parts, field))).collect()
}

/// A path as a shell reads it.
fn quoted(path: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "/._-".contains(c);
    if path.chars().all(is_plain) { path.into() } else { format!("'{}'", path.replace('\'', "'\\''")) }
}
