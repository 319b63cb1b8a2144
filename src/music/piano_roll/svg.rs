//! Notes as a picture: a piano roll in SVG, with rows of bars one below the other.

use maud::{Markup, PreEscaped, html};

use super::note_name;
use crate::music::midi::{Note, TICKS_PER_BEAT};
use crate::paths::printable;

/// Sizes in pixels: of the picture, of what is left of the notes, of a pitch, above the first row, and between rows.
const WIDTH: u32 = 1200;
const MARGIN: u32 = 44;
const PITCH: u32 = 6;
const TOP: u32 = 48;
const GAP: u32 = 30;
/// Pixels of a beat, least and most.
const BEAT: [u32; 2] = [24, 60];
/// Pitches above and below the notes, and the fewest in a row.
const AROUND: u8 = 2;
const FEWEST_PITCHES: u8 = 17;

/// Colours follow the reader's light or dark mode.
const STYLE: &str = "
.paper{fill:#fff}.black{fill:#f0f1f4}.line{stroke:#dfe1e6}.bar{stroke:#a4a9b5}
.note{fill:#2a5fc1;stroke:#fff;stroke-width:.5}
text{font:11px system-ui,sans-serif;fill:#5a6070}.title{font-size:16px;font-weight:600;fill:#22262e}
@media(prefers-color-scheme:dark){
.paper{fill:#16181d}.black{fill:#1e2128}.line{stroke:#2b2f38}.bar{stroke:#545b6a}
.note{fill:#7da7f5;stroke:#16181d}text{fill:#9aa1b0}.title{fill:#e6e8ec}}
";

/// What stands in the picture besides the notes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SvgOptions {
    /// Above the picture; empty for none.
    pub title: String,
    /// Numerator and denominator, for the bar lines.
    pub time_signature: (u8, u32),
}

/// The rows of a picture.
struct Rows {
    /// Lowest and highest pitch.
    pitches: [u8; 2],
    /// Grid ticks of a bar and of a row.
    bar: u32,
    row: u32,
    /// Pixels of a beat.
    beat: u32,
    count: u32,
}

/// Draws the notes as an SVG document, 1200 pixels wide; as many rows as the piece needs.
pub fn svg(notes: &[Note], options: &SvgOptions) -> String {
    let rows = Rows::new(notes, options.time_signature);
    let height = TOP + rows.count * (rows.height() + GAP);
    let markup = html! {
        @let view = format!("0 0 {WIDTH} {height}");
        svg xmlns="http://www.w3.org/2000/svg" viewBox=(view) width=(WIDTH) height=(height) role="img" {
            title { @if options.title.is_empty() { "Piano roll" } @else { (printable(&options.title)) } }
            style { (PreEscaped(STYLE)) }
            rect.paper width=(WIDTH) height=(height) {}
            text.title x=(MARGIN) y="22" { (printable(&options.title)) }
            @for row in 0..rows.count { (rows.draw(row, notes)) "\n" }
        }
    };
    format!("{}\n", markup.into_string())
}

impl Rows {
    fn new(notes: &[Note], (beats, unit): (u8, u32)) -> Self {
        let low = notes.iter().map(|note| note.pitch).min().unwrap_or(60).saturating_sub(AROUND);
        let high = (notes.iter().map(|note| note.pitch).max().unwrap_or(72) + AROUND).min(127).max(low);
        let missing = FEWEST_PITCHES.saturating_sub(high - low + 1);
        let low = low.saturating_sub(missing.div_ceil(2));
        let high = high.max((low + FEWEST_PITCHES - 1).min(127));
        let bar = (4 * TICKS_PER_BEAT / unit.max(1) * u32::from(beats)).max(1);
        let end = notes.iter().map(Note::end).max().unwrap_or(0).max(1);
        let room = WIDTH - MARGIN - 10;
        let fitting = (room * TICKS_PER_BEAT / BEAT[0] / bar).max(1);
        let bars = end.div_ceil(bar);
        // Rows of one length.
        let row = bar * bars.div_ceil(bars.div_ceil(fitting));
        let beat = (room * TICKS_PER_BEAT / row).clamp(1, BEAT[1]);
        Self { pitches: [low, high], bar, row, beat, count: end.div_ceil(row) }
    }

    /// Pixels of a row, without what is between rows.
    fn height(&self) -> u32 {
        (u32::from(self.pitches[1] - self.pitches[0]) + 1) * PITCH
    }

    fn x(&self, ticks: u32) -> f64 {
        f64::from(MARGIN) + f64::from(ticks * self.beat) / f64::from(TICKS_PER_BEAT)
    }

    fn draw(&self, row: u32, notes: &[Note]) -> Markup {
        let [low, high] = self.pitches;
        let begin = row * self.row;
        let end = begin.saturating_add(self.row);
        let top = TOP + row * (self.height() + GAP);
        let bottom = top + self.height();
        let y = |pitch: u8| top + u32::from(high - pitch) * PITCH;
        let (left, right) = (self.x(0), self.x(self.row));
        let inside = notes.iter().filter(|note| note.onset < end && note.end() > begin);
        html! {
            @for pitch in (low..=high).filter(|pitch| [1, 3, 6, 8, 10].contains(&(pitch % 12))) {
                rect.black x=(left) y=(y(pitch)) width=(right - left) height=(PITCH) {}
            }
            @for beat in 0..=self.row / TICKS_PER_BEAT {
                @let x = self.x(beat * TICKS_PER_BEAT);
                line.line x1=(x) x2=(x) y1=(top) y2=(bottom) {}
            }
            @for pitch in (low..=high).filter(|pitch| pitch % 12 == 0) {
                line.bar x1=(left) x2=(right) y1=(y(pitch) + PITCH) y2=(y(pitch) + PITCH) stroke-width=".5" {}
                text x=(MARGIN - 6) y=(y(pitch) + PITCH) text-anchor="end" { (note_name(pitch)) }
            }
            @let bars = self.row / self.bar;
            @for bar in 0..=bars {
                @let x = self.x(bar * self.bar);
                line.bar x1=(x) x2=(x) y1=(top) y2=(bottom) {}
                @if bar < bars { text x=(x + 2.0) y=(top - 4) { (row * bars + bar + 1) } }
            }
            @for note in inside {
                @let x = self.x(note.onset.max(begin) - begin);
                @let width = self.x(note.end().min(end) - begin) - x;
                rect.note x=(rounded(x)) y=(y(note.pitch)) width=(rounded(width)) height=(PITCH) rx="1.5" {
                    title { (note_name(note.pitch)) }
                }
            }
        }
    }
}

/// Tenths of a pixel are enough.
fn rounded(pixels: f64) -> f64 {
    (pixels * 10.0).round() / 10.0
}
