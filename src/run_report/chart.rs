//! A line chart in SVG.

use maud::{Markup, PreEscaped, html};

use crate::paths::printable;

/// Sizes in the units of the picture; on a phone one is about a pixel.
const WIDTH: f64 = 420.0;
const HEIGHT: f64 = 230.0;
const LEFT: f64 = 44.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 34.0;
/// Height of a line of the legend, where the chart has one of its own.
const LEGEND: f64 = 16.0;
/// Ticks on an axis, about.
const TICKS: f64 = 5.0;
/// Colours in the style sheet.
pub(super) const COLOURS: usize = 6;
/// Lines with more points have no marks on them.
const MARKED: usize = 60;

/// What a chart looks like where no page around it says so.
const STYLE: &str = include_str!("chart.css");

pub(super) struct Chart {
    pub(super) title: String,
    /// Of the vertical axis.
    pub(super) unit: &'static str,
    pub(super) lines: Vec<Line>,
    /// Whether the vertical axis begins at 0.
    pub(super) from_zero: bool,
}

pub(super) struct Line {
    pub(super) name: String,
    /// Index of a colour, taken modulo [`COLOURS`].
    pub(super) colour: usize,
    pub(super) is_dashed: bool,
    /// Steps and values.
    pub(super) points: Vec<(f64, f64)>,
}

impl Line {
    fn class(&self) -> String {
        format!("c{}{}", self.colour % COLOURS, if self.is_dashed { " dashed" } else { "" })
    }
}

/// From values to places.
struct Scale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Scale {
    fn place(&self, value: f64) -> f64 {
        let share = (value - self.low) / (self.high - self.low);
        ((self.from + share * (self.to - self.from)) * 10.0).round() / 10.0
    }
}

impl Chart {
    /// A document of its own.
    pub(super) fn document(&self) -> String {
        let top = LEGEND * self.lines.len() as f64;
        let height = HEIGHT + top;
        let markup = html! {
            @let view = format!("0 0 {WIDTH} {height}");
            svg xmlns="http://www.w3.org/2000/svg" viewBox=(view) width=(2.0 * WIDTH) role="img" {
                title { (self.title) ", " (self.unit) ", over the steps" }
                style { (PreEscaped(STYLE)) }
                rect.paper width=(WIDTH) height=(height) {}
                @for (number, line) in self.lines.iter().enumerate() {
                    @let y = LEGEND * number as f64 + 12.0;
                    g class=(line.class()) { polyline points={ (LEFT) "," (y) " " (LEFT + 16.0) "," (y) } {} }
                    text x=(LEFT + 22.0) y=(y + 4.0) { (printable(&line.name)) }
                }
                g transform={ "translate(0 " (top) ")" } { (self.content()) }
            }
        };
        format!("{}\n", markup.into_string())
    }

    /// A part of a page.
    pub(super) fn figure(&self) -> Markup {
        html! {
            figure {
                figcaption { (self.title) " " span.unit { (self.unit) } }
                svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label={ (self.title) " over the steps" } {
                    (self.content())
                }
            }
        }
    }

    fn points(&self) -> impl Iterator<Item = (f64, f64)> {
        self.lines.iter().flat_map(|line| line.points.iter().copied()).filter(|(_, value)| value.is_finite())
    }

    /// The range of the values. The first one of each line may lie outside: the loss falls from its first value so far
    /// that the rest would be flat.
    fn range(&self) -> (f64, f64) {
        let later =
            self.lines.iter().flat_map(|line| line.points.get(usize::from(line.points.len() > 2)..).unwrap_or(&[]));
        let values: Vec<f64> = later.map(|&(_, value)| value).filter(|value| value.is_finite()).collect();
        let low = if self.from_zero { 0.0 } else { values.iter().copied().fold(f64::INFINITY, f64::min) };
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if !(low.is_finite() && high.is_finite()) {
            return (0.0, 1.0);
        }
        let margin = 0.06 * (high - low).max(1e-9 * high.abs()).max(1e-12);
        (if self.from_zero { low } else { low - margin }, high + margin)
    }

    fn content(&self) -> Markup {
        if self.points().next().is_none() {
            return html! { text.empty x=(WIDTH / 2.0) y=(HEIGHT / 2.0) text-anchor="middle" { "no validation yet" } };
        }
        let last = self.points().map(|(step, _)| step).fold(1.0, f64::max);
        let (low, high) = self.range();
        let x = Scale { low: 0.0, high: last, from: LEFT, to: WIDTH - RIGHT };
        let y = Scale { low, high, from: HEIGHT - BOTTOM, to: TOP };
        html! {
            @for tick in ticks(low, high) {
                line.grid x1=(LEFT) x2=(WIDTH - RIGHT) y1=(y.place(tick)) y2=(y.place(tick)) {}
                text x=(LEFT - 6.0) y=(y.place(tick) + 4.0) text-anchor="end" { (label(tick)) }
            }
            @for tick in ticks(0.0, last) {
                text x=(x.place(tick)) y=(HEIGHT - BOTTOM + 16.0) text-anchor="middle" { (label(tick)) }
            }
            line.axis x1=(LEFT) x2=(WIDTH - RIGHT) y1=(HEIGHT - BOTTOM) y2=(HEIGHT - BOTTOM) {}
            text x=(WIDTH - RIGHT) y=(HEIGHT - 4.0) text-anchor="end" { "steps" }
            // A picture within clips what lies outside.
            @let height = HEIGHT - BOTTOM - TOP;
            svg x="0" y=(TOP) width=(WIDTH) height=(height) viewBox={ "0 " (TOP) " " (WIDTH) " " (height) } {
                @for line in &self.lines { (self.line(line, &x, &y)) }
            }
        }
    }

    fn line(&self, line: &Line, x: &Scale, y: &Scale) -> Markup {
        let places = line.points.iter().filter(|(_, value)| value.is_finite());
        let places: Vec<(f64, f64, f64, f64)> =
            places.map(|&(step, value)| (x.place(step), y.place(value), step, value)).collect();
        let path: Vec<String> = places.iter().map(|(x, y, ..)| format!("{x},{y}")).collect();
        html! {
            g class=(line.class()) {
                polyline points=(path.join(" ")) {}
                @if places.len() <= MARKED {
                    @for (x, y, step, value) in places {
                        circle cx=(x) cy=(y) r="2.2" { title { (line.name) ", step " (step) ": " (label(value)) } }
                    }
                }
            }
        }
    }
}

/// Round numbers within a range.
fn ticks(low: f64, high: f64) -> Vec<f64> {
    let rough = (high - low) / TICKS;
    let unit = 10_f64.powf(rough.log10().floor());
    let step =
        [1.0, 2.0, 5.0, 10.0].into_iter().map(|factor| factor * unit).find(|step| *step >= rough).unwrap_or(rough);
    let first = (low / step).ceil() as i64;
    (first..).map(|number| number as f64 * step).take_while(|tick| *tick <= high + 1e-9 * step).take(20).collect()
}

/// A number in as few characters as distinguish it from its neighbours.
pub(super) fn label(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 {
        return "0".into();
    }
    let text = match size {
        1e6.. => return format!("{}M", trimmed(&format!("{:.2}", value / 1e6))),
        1e4.. => return format!("{}k", trimmed(&format!("{:.1}", value / 1e3))),
        100.0.. => format!("{value:.0}"),
        1.0.. => format!("{value:.2}"),
        0.01.. => format!("{value:.3}"),
        1e-4.. => format!("{value:.5}"),
        _ => return format!("{value:.1e}"),
    };
    trimmed(&text).into()
}

/// Without zeros after the point.
fn trimmed(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_within() {
        assert_eq!(ticks(0.0, 250.0), [0.0, 50.0, 100.0, 150.0, 200.0, 250.0]);
        assert_eq!(
            ticks(2.9, 3.3).iter().map(|tick| label(*tick)).collect::<Vec<_>>(),
            ["2.9", "3", "3.1", "3.2", "3.3"]
        );
        assert_eq!(ticks(0.0, 1.0).len(), 6);
        assert!(ticks(1.0, 1.0 + 1e-12).len() <= 20);
    }

    #[test]
    fn labels_are_short() {
        let values = [0.0, 0.006, 0.00025, 2.95, 12.0, 4233.7, 27_840.0, 1_500_000.0, -0.5, 3e-7];
        let labels = ["0", "0.006", "0.00025", "2.95", "12", "4234", "27.8k", "1.5M", "-0.5", "3.0e-7"];
        assert_eq!(values.map(label), labels);
    }
}
